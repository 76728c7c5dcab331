from __future__ import annotations

import numpy as np
import pytest

from landfast.vision.overlay.maps import moved
from landfast.vision.overlay.scene.parallax import project, slopes, solve_parallax
from landfast.vision.overlay.scene.relief import nearby, surfaces
from landfast.vision.overlay.scene.ways import Relief, ahead, behind, chained

FRAMES = 20
BOX = (380.0, 200.0, 520.0, 260.0)


def world(seed: int = 1, noise_px: float = 0.1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points on two planes and a hill before a camera that flies forward and turns."""
    rng = np.random.default_rng(seed)
    points = rng.uniform((0, 60), (960, 540), (400, 2))
    near = rng.uniform((350, 180), (550, 280), (120, 2))
    points = np.concatenate([points, near])
    ray = np.column_stack([(points - (480, 270)) / 830, np.ones(len(points))])
    hill = 0.12 * np.exp(-np.square((points - (450, 230)) / 40).sum(axis=1))
    inverse = 0.2 + 0.9 * np.maximum(ray[:, 1] + 0.25, 0) + hill
    inverse[:60] = 1.4
    seen = []
    for k in range(1, FRAMES + 1):
        turn = np.array([[1, -0.002 * k, 0.001 * k], [0.002 * k, 1, 0], [-0.001 * k, 0, 1]])
        at = ray @ turn.T + inverse[:, None] * np.array([0.01 * k, 0.0, -0.02 * k])
        seen.append(830 * at[:, :2] / at[:, 2:] + (480, 270))
    exact = np.array(seen)
    noisy = exact + rng.normal(0, noise_px, exact.shape)
    noisy[:, rng.random(len(points)) < 0.1] += rng.normal(0, 20, (FRAMES, 1, 2))
    return points, noisy, exact


def test_every_point_is_where_plane_and_parallax_have_it() -> None:
    points, seen, exact = world()
    found = solve_parallax(points, seen)
    assert found is not None
    off = np.linalg.norm(project(found.views, points, found.depths) - exact, axis=2)
    assert float(np.median(off)) < 0.06
    assert float(np.quantile(off[:, :60], 0.8)) < 0.15
    assert 0.08 < found.scale_px < 0.25


def test_a_turning_camera_shows_no_parallax() -> None:
    points, _, _ = world()
    turn = [np.array([[1, 0, 3.0 * k], [0, 1, k], [1e-5 * k, 0, 1]]) for k in range(1, 12)]
    rng = np.random.default_rng(2)
    seen = np.array([moved(one, points) for one in turn]) + rng.normal(0, 0.1, (11, len(points), 2))
    assert solve_parallax(points, seen) is None


@pytest.mark.parametrize("count", [0, 5, 30])
def test_too_few_points_are_not_enough(count: int) -> None:
    points, seen, _ = world()
    assert solve_parallax(points[:count], seen[:, :count]) is None


def test_noise_that_no_camera_explains_is_refused() -> None:
    points, _, _ = world()
    seen = points + np.random.default_rng(3).normal(0, 15, (FRAMES, len(points), 2))
    assert solve_parallax(points, seen) is None


def test_a_hill_under_the_overlay_is_a_relief() -> None:
    points, seen, exact = world()
    found = solve_parallax(points, seen)
    assert found is not None
    near = nearby(found, points, BOX)
    assert near is not None
    first = surfaces(near, BOX)[0]
    assert first.heights is not None
    flat, bent = first.foretold_px
    assert bent < 0.75 * flat
    plane = found.plane(FRAMES - 1, first.plane)
    assert plane is not None
    way = Relief(found.views[-1], first, plane)
    inside = np.flatnonzero((np.abs(points - (450, 230)) < (60, 25)).all(axis=1))
    off = np.linalg.norm(ahead(way, points[inside]) - exact[-1, inside], axis=1)
    assert float(np.median(off)) < 0.25
    home = behind(chained(way, np.diag([2.0, 2.0, 1.0])), 2 * ahead(way, points[inside]))
    assert np.abs(home - points[inside]).max() < 1e-3


def test_a_point_moves_more_the_nearer_it_is() -> None:
    points, seen, _ = world()
    found = solve_parallax(points, seen)
    assert found is not None
    moves = slopes(found.views, points[100:110], found.depths[100:110])
    assert (moves[-1] > moves[4]).all()

"""Camera motion, nearness and the path through the gap against exact cameras."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.generators.geometry.camera import (
    CameraPath,
    Lens,
    Motion,
    fit_motion,
    relative_motion,
)

LENS = Lens(640, 360)
MOVED = Motion(np.array([0.01, -0.02, 0.005]), np.array([0.2, 0.05, -0.97]))


@pytest.fixture
def cloud() -> tuple[np.ndarray, np.ndarray]:
    """Normalised points and their nearness, in front of both cameras."""
    random = np.random.default_rng(8)
    points = random.uniform((-0.5, -0.3), (0.5, 0.3), (300, 2)).astype(np.float32)
    return points, random.uniform(0.02, 0.3, 300).astype(np.float32)


def test_pixels_and_points_go_back_and_forth():
    pixels = np.float32([[0, 0], [319.5, 179.5], [639, 359]])
    assert np.allclose(LENS.pixels(LENS.normalise(pixels)), pixels, atol=1e-3)
    assert np.allclose(LENS.normalise(pixels)[1], 0, atol=1e-7)


def test_there_and_back_is_no_motion(cloud):
    points, nearness = cloud
    there = MOVED.project(points, nearness)
    near_there = nearness / MOVED.depth_ratio(points, nearness)
    assert np.allclose(MOVED.inverse().project(there, near_there), points, atol=1e-5)


def test_motions_in_turn_are_one_motion(cloud):
    points, nearness = cloud
    second = Motion(np.array([0.0, 0.03, 0.0]), np.array([-0.1, 0.0, 0.1]))
    there = MOVED.project(points, nearness)
    twice = second.project(there, nearness / MOVED.depth_ratio(points, nearness))
    assert np.allclose(second.after(MOVED).project(points, nearness), twice, atol=1e-5)


def test_nearness_is_recovered_from_where_points_go(cloud):
    points, nearness = cloud
    top, weight = MOVED.nearness_terms(points, MOVED.project(points, nearness))
    found = top / weight
    clear = np.linalg.norm(points + MOVED.shift[:2] / 0.97, axis=1) > 0.1
    assert np.allclose(found[clear], nearness[clear], rtol=0.02)


def test_relative_motion_is_found_among_wrong_matches(cloud):
    points, nearness = cloud
    there = MOVED.project(points, nearness)
    there[::6] += np.float32(0.1)
    found = relative_motion(points, there, LENS)
    assert found is not None
    direction = found.shift / np.linalg.norm(found.shift)
    assert direction @ (MOVED.shift / np.linalg.norm(MOVED.shift)) > 0.999
    assert np.allclose(found.turn, MOVED.turn, atol=0.003)


def test_no_motion_from_few_points(cloud):
    points, nearness = cloud
    assert relative_motion(points[:10], MOVED.project(points, nearness)[:10], LENS) is None


def test_fit_recovers_a_small_motion_with_outliers(cloud):
    points, nearness = cloud
    small = Motion(np.array([0.002, 0.001, -0.003]), np.array([0.02, -0.01, 0.1]))
    targets = small.project(points, nearness)
    targets[::5] += np.float32(0.05)
    found = fit_motion(points, nearness, targets, noise=1e-4)
    assert np.allclose(found.turn, small.turn, atol=1e-4)
    assert np.allclose(found.shift, small.shift, atol=2e-3)


def test_path_keeps_places_and_velocities_at_both_ends():
    start = Motion(np.array([0.03, 0.0, 0.0]), np.array([0.0, 0.5, -1.0]))
    stop = Motion(np.array([0.0, -0.01, 0.0]), np.array([0.4, 0.0, -0.6]))
    path = CameraPath(MOVED, start, stop, 30)
    step = 1e-5
    for t, place, velocity in ((0.0, Motion(np.zeros(3), np.zeros(3)), start), (1.0, MOVED, stop)):
        at, near = path.at(t), path.at(t + step if t == 0 else t - step)
        assert np.allclose(at.turn, place.turn) and np.allclose(at.shift, place.shift)
        sign = 1 if t == 0 else -1
        assert np.allclose(sign * (near.turn - at.turn) / step, velocity.turn, atol=1e-3)
        assert np.allclose(sign * (near.shift - at.shift) / step, velocity.shift, atol=1e-3)


def test_without_footage_the_path_is_straight():
    half = CameraPath(MOVED, MOVED, MOVED, 30).at(0.5)
    assert np.allclose(half.turn, MOVED.turn / 2)
    assert np.allclose(half.shift, MOVED.shift / 2)

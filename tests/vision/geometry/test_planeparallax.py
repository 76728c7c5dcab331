"""Plane plus parallax against rendered scenes whose motion is exact."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.vision.geometry import planeparallax
from landfast.vision.geometry.planeparallax import fit_rigid
from scenes import Scene, flow, path

SIZE = (480, 270)
STEP = 3


def measured(kind: str, scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of a middle frame, where four neighbours show them, and whether they do."""
    cameras = path(kind, 4 * STEP + 1, size=SIZE)
    x, y = np.meshgrid(np.arange(8, SIZE[0] - 8, 12), np.arange(8, SIZE[1] - 8, 12))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    moved, seen = [], []
    for k in (0, STEP, 3 * STEP, 4 * STEP):
        motion, visible = flow(scene, cameras[2 * STEP], cameras[k])
        moved.append(points + np.nan_to_num(motion[points[:, 1], points[:, 0]]))
        seen.append(visible[points[:, 1], points[:, 0]])
    return points.astype(float), np.stack(moved), np.stack(seen)


def residual(fit, seen: np.ndarray) -> np.ndarray:
    size = np.hypot(fit.residual[..., 0], fit.residual[..., 1])
    return np.median(np.where(seen, size, 0), axis=0)


@pytest.mark.parametrize("kind", ["forward", "sideways", "orbit", "crane"])
def test_a_rigid_relief_is_explained_whatever_the_move(kind: str) -> None:
    points, moved, seen = measured(kind, Scene("terrain", seed=3))
    fit = fit_rigid(points, moved, seen, width=SIZE[0], height=SIZE[1])
    left = residual(fit, seen)
    assert fit.model == "parallax"
    assert np.percentile(left, 95) < 0.15
    assert np.percentile(fit.parallax_px, 95) > 1


def test_noise_and_wrong_matches_do_not_bend_the_camera() -> None:
    points, moved, seen = measured("orbit", Scene("terrain", seed=3))
    rng = np.random.default_rng(1)
    moved = moved + rng.normal(0, 0.3, moved.shape)
    wrong = rng.random(len(points)) < 0.2
    moved[:, wrong] += rng.normal(0, 15, (4, int(wrong.sum()), 2))
    fit = fit_rigid(points, moved, seen, width=SIZE[0], height=SIZE[1])
    left = residual(fit, seen)
    assert np.median(left[~wrong]) < 0.45
    assert np.percentile(left[~wrong], 95) < 0.8


@pytest.mark.parametrize("scene", [Scene("plane"), Scene("terrain", seed=3)])
def test_a_turning_camera_needs_no_depth(scene: Scene) -> None:
    points, moved, seen = measured("pan", scene)
    fit = fit_rigid(points, moved, seen, width=SIZE[0], height=SIZE[1])
    assert fit.model == "plane"
    assert np.all(fit.inverse_depth == 0)
    assert residual(fit, seen).max() < 0.05


@pytest.mark.parametrize("kind", ["forward", "pan"])
def test_what_moves_by_itself_is_left_over_and_nothing_else(kind: str) -> None:
    points, moved, seen = measured(kind, Scene("terrain", seed=3))
    odd = np.hypot(points[:, 0] - 240, points[:, 1] - 180) < 40
    # There and back: not proportional to any camera's way.
    for k, size in enumerate((2.0, 1.0, 1.0, 2.0)):
        moved[k, odd] += [size, -size]
    fit = fit_rigid(points, moved, seen, width=SIZE[0], height=SIZE[1])
    left = residual(fit, seen)
    assert np.median(left[odd]) > 0.8
    assert np.percentile(left[~odd], 90) < 0.2


def test_nothing_seen_gives_a_plane_and_finite_numbers() -> None:
    points = np.random.default_rng(0).uniform(0, 200, (50, 2))
    moved = np.repeat(points[None], 3, axis=0)
    nothing = np.zeros((3, 50), bool)
    fit = fit_rigid(points, moved, nothing, width=200, height=200)
    assert fit.model == "plane"
    assert np.isfinite(fit.residual).all()


@pytest.mark.parametrize("rounds", [5, 40])
def test_more_rounds_do_not_change_what_is_explained(
    rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    points, moved, seen = _valley()
    monkeypatch.setattr(planeparallax, "_PARALLAX_ROUNDS", rounds)
    fit = fit_rigid(points, moved, seen, width=SIZE[0], height=SIZE[1])
    monkeypatch.setattr(planeparallax, "_PARALLAX_ROUNDS", 12)
    other = fit_rigid(points, moved, seen, width=SIZE[0], height=SIZE[1])
    assert np.percentile(np.abs(fit.residual - other.residual), 95) < 0.002


def _valley() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A flight towards far hills over rising ground, with a cliff on the left: depths far from
    even, so that the plane among them is badly determined."""
    rng = np.random.default_rng(1)
    points = rng.uniform([4, 4], [476, 266], (1500, 2))
    x, y = ((points - [239.5, 134.5]) / 240).T
    near = 0.02 + 0.5 * np.clip(y + 0.1, 0, None) + 0.8 * np.clip(-x - 0.3, 0, None) ** 2
    near = near + 0.05 * rng.random(len(points))
    moved = []
    for step in (-2, -1, 1, 2):
        ahead = 1 - near * 0.12 * step
        moved.append(np.stack([(x - near * 0.01 * step) / ahead, y / ahead], axis=1))
    noise = rng.normal(0, 0.02, (4, len(points), 2))
    return points, np.stack(moved) * 240 + [239.5, 134.5] + noise, np.ones((4, len(points)), bool)

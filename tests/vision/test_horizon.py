"""The horizon against rendered truth, and its silence."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from landfast.vision.horizon import HorizonFinder, without_outliers
from scenes import Camera, Pose, Scene, gaussian_noise, horizon, render, town


def view(scene: Scene, pose: Pose, size: tuple[int, int] = (320, 180)) -> np.ndarray:
    """Luma of a view, its silhouettes smoothed by rendering at twice the size."""
    large = render(scene, Camera.at(pose, (2 * size[0], 2 * size[1]))).image
    return cv2.cvtColor(cv2.resize(large, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)


@pytest.mark.parametrize(
    "scene",
    [
        Scene(),
        Scene(sky="clouds", seed=3),
        Scene(sky="plain", boxes=town()),
        Scene(kind="terrain", sea_y=100.0, sky="clouds", seed=2),
    ],
    ids=["plain", "clouds", "town", "sea"],
)
@pytest.mark.parametrize(("pitch_deg", "roll_deg"), [(-10.0, 6.0), (2.0, -11.0)])
def test_horizon_against_truth(scene: Scene, pitch_deg: float, roll_deg: float) -> None:
    pose = Pose(pitch_deg=pitch_deg, roll_deg=roll_deg)
    angle, height = horizon(Camera.at(pose))
    found = HorizonFinder().see(view(scene, pose))
    assert found.confidence > 0.4
    assert found.angle_deg == pytest.approx(angle, abs=0.3)
    assert found.height == pytest.approx(height, abs=0.005)


def test_horizon_in_noise() -> None:
    pose = Pose(pitch_deg=-6, roll_deg=3)
    angle, height = horizon(Camera.at(pose))
    found = HorizonFinder().see(gaussian_noise([view(Scene(), pose)], 5, seed=1)[0])
    assert (found.angle_deg, found.height) == pytest.approx((angle, height), abs=0.3)


@pytest.mark.parametrize(
    "pose", [Pose(pitch_deg=-50), Pose(pitch_deg=-89), Pose(pitch_deg=40)], ids=str
)
def test_silent_without_a_horizon(pose: Pose) -> None:
    found = HorizonFinder().see(view(Scene(kind="terrain", sky="clouds"), pose))
    assert math.isnan(found.angle_deg) and math.isnan(found.height)
    assert found.confidence == 0


def test_silent_on_stripes() -> None:
    """Straight edges with texture above them are no horizon."""
    rows = np.arange(180)[:, None] // 9 % 2 * 120 + 60
    striped = np.broadcast_to(rows, (180, 320)).astype(np.uint8)
    assert HorizonFinder().see(np.ascontiguousarray(striped)).confidence == 0


def test_follows_a_moving_horizon() -> None:
    finder = HorizonFinder()
    for k in range(12):
        pose = Pose(pitch_deg=-4 - 0.4 * k, roll_deg=0.5 * k)
        angle, height = horizon(Camera.at(pose))
        found = finder.see(view(Scene(), pose))
        assert (found.angle_deg, found.height) == pytest.approx((angle, height), abs=0.05)


def test_a_stray_frame_is_silenced() -> None:
    angle = np.full(30, 1.0, np.float32)
    height = np.full(30, 0.4, np.float32)
    angle[12], height[20] = 9.0, 0.5
    kept, _, confidence = without_outliers(angle, height, np.ones(30, np.float32), fps=25)
    assert np.flatnonzero(np.isnan(kept)).tolist() == [12, 20]
    assert np.flatnonzero(confidence == 0).tolist() == [12, 20]

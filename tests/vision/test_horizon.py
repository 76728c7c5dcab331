"""The horizon against rendered truth, and its silence."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from landfast.model.camera import Lens
from landfast.vision.horizon import HorizonFinder
from landfast.vision.horizon_path import HorizonPath, attitude, settle_horizon
from scenes import Box, Camera, Pose, Scene, gaussian_noise, horizon, path, render, town


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


def steady(frames: int = 30) -> HorizonPath:
    return HorizonPath(*(np.full(frames, value, np.float32) for value in (1.0, 0.4, 1.0)))


def test_a_stray_frame_is_silenced() -> None:
    found = steady()
    found.angle_deg[12], found.height[20] = 9.0, 0.5
    kept = settle_horizon(found, np.full(30, np.nan, np.float32), fps=25)
    assert np.flatnonzero(np.isnan(kept.angle_deg)).tolist() == [12, 20]
    assert np.flatnonzero(kept.confidence == 0).tolist() == [12, 20]


def test_a_line_whose_surroundings_are_near_is_silenced() -> None:
    near = np.full(30, np.nan, np.float32)
    near[4::4] = 20.0
    assert np.isnan(settle_horizon(steady(), near, fps=25).angle_deg).all()
    near[4::4] = 0.6
    assert not np.isnan(settle_horizon(steady(), near, fps=25).angle_deg).any()


NEAR_ROOF = Scene(boxes=(Box((-200, -225, 0), (200, 100, 112)),))


@pytest.mark.parametrize(
    ("scene", "pose", "is_near"),
    [
        (NEAR_ROOF, Pose(y=-300, z=110, pitch_deg=-5), True),
        (Scene(sky="clouds", seed=3), Pose(pitch_deg=-8, roll_deg=2), False),
    ],
    ids=["roof", "plain"],
)
def test_an_edge_that_spreads_on_approach_is_near(scene: Scene, pose: Pose, is_near: bool) -> None:
    finder = HorizonFinder()
    cameras = path("forward", 9, start=pose, size=(480, 270))
    views = [cv2.cvtColor(render(scene, c).image, cv2.COLOR_RGB2GRAY) for c in cameras]
    measured = [finder.see(one).near_px for one in views]
    measured = [value for value in measured if not math.isnan(value)]
    assert len(measured) == 2
    assert min(measured) > 10 if is_near else max(measured) < 1


def test_the_foot_of_a_skyline_is_a_likely_horizon() -> None:
    """Blocks of many heights on a level line, and a roof edge with that city above it."""
    rng = np.random.default_rng(4)
    gray = np.full((270, 480), 190, np.float32)
    for x in range(0, 480, 8):
        tall = 0 if rng.random() < 0.6 else int(rng.uniform(5, 40))
        gray[120 - tall :, x : x + 8] = rng.uniform(40, 110)
    gray[140:] += rng.normal(0, 25, (130, 480))
    gray[200:] = 160
    gray = cv2.GaussianBlur(np.clip(gray, 0, 255).astype(np.uint8), (3, 3), 0.7)
    found = HorizonFinder().see(gray)
    assert 0 < found.confidence < 0.6
    assert found.height == pytest.approx(120 / 270, abs=0.005)
    assert found.angle_deg == pytest.approx(0, abs=0.3)


def test_roll_and_pitch_of_a_known_lens() -> None:
    pose = Pose(pitch_deg=-12, roll_deg=7)
    camera = Camera.at(pose, (640, 360))
    angle, height = horizon(camera)
    path_ = HorizonPath(*(np.full(9, value, np.float32) for value in (angle, height, 1.0)))
    lens = Lens(
        width=640, height=360, focal_px=camera.focal, centre_x=319.5, centre_y=179.5, source="given"
    )
    held = attitude(path_, lens)
    assert held.pitch_deg is not None
    np.testing.assert_allclose(held.pitch_deg, -12, atol=0.01)
    np.testing.assert_allclose(held.roll_deg, -7, atol=0.01)
    assert attitude(path_).pitch_deg is None

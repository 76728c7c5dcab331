"""The horizon against rendered truth, and its silence."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from labelled import hazy
from labelled import render as labelled_view
from landfast.model.camera import Lens
from landfast.vision.horizon.attitude import attitude, sum_up
from landfast.vision.horizon.finder import HorizonFinder
from landfast.vision.horizon.path import UNPROVEN, HorizonPath, settle_horizon, turned
from planning.footage import steady_clip, table_of
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
    for k in range(6):
        pose = Pose(pitch_deg=-4 - 0.8 * k, roll_deg=k)
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


@pytest.mark.parametrize(("swing", "is_kept"), [(0.0, True), (4.0, False)])
def test_a_line_that_turns_otherwise_than_the_picture_is_silenced(
    swing: float, is_kept: bool
) -> None:
    """Degrees a second; the camera itself rolls by 5."""
    size, fps, frames = (640, 360), 25, 60
    time = np.arange(frames, dtype=np.float32) / fps
    roll = cv2.getRotationMatrix2D((319.5, 179.5), -5.0 / fps, 1.0)
    motions = np.tile(np.vstack([roll, [0, 0, 1]]), (frames, 1, 1))
    motions[40] = np.nan
    middle = np.full(frames, 0.5, np.float32)
    found = replace(steady(frames), angle_deg=(5 + swing) * time, height=middle)
    beyond = turned(found, motions, size)
    kept = settle_horizon(found, np.full(frames, np.nan, np.float32), fps=fps, turned_deg=beyond)
    assert np.isnan(kept.angle_deg).all() == (not is_kept)
    assert beyond[-1] - beyond[0] == pytest.approx(swing * (time[-1] - time[1]), abs=0.1)


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


def test_follows_a_jolt_that_the_motion_foretells() -> None:
    """Frames in which the whole picture jumps by 20 rows and more, and no search is due."""
    poses = [Pose(pitch_deg=p, roll_deg=2.0 * k) for k, p in enumerate((-8.0, -3.0, -12.0))]
    cameras = [Camera.at(pose) for pose in poses]
    finder = HorizonFinder()
    for k, (pose, camera) in enumerate(zip(poses, cameras, strict=True)):
        before = cameras[max(0, k - 1)]
        turn = camera.K @ camera.R @ before.R.T @ np.linalg.inv(before.K)
        found = finder.see(view(Scene(seed=3), pose), turn)
        assert (found.angle_deg, found.height) == pytest.approx(horizon(camera), abs=0.05)


def test_a_followed_line_is_the_one_a_search_finds() -> None:
    finder = HorizonFinder()
    for k in range(6):
        one = np.pad(view_of_sea(), ((k, 0), (0, 0)), mode="edge")[:180]
        followed, afresh = finder.see(one), HorizonFinder().see(one)
        assert followed[:2] == pytest.approx(afresh[:2], abs=0.01)


@cache
def view_of_sea() -> np.ndarray:
    return view(Scene(kind="terrain", sea_y=100.0, seed=2), Pose(pitch_deg=-9, roll_deg=3))


def half_hidden() -> np.ndarray:
    """A sea horizon in the left half, rows of houses that rise above it in the right one."""
    rng = np.random.default_rng(8)
    gray = np.full((270, 480), 180, np.float32)
    gray[130:] = 150 + rng.normal(0, 3, (140, 480))
    for x in range(230, 480, 6):
        roof = 124 - int(0.02 * (x - 230)) - int(rng.uniform(0, 5))
        gray[roof:, x : x + 6] = rng.uniform(60, 110)
    gray[180:] = rng.normal(110, 25, (90, 480))
    return cv2.GaussianBlur(np.clip(gray, 0, 255).astype(np.uint8), (3, 3), 0.8)


def test_half_a_horizon_is_found_beside_a_row_of_houses() -> None:
    found = HorizonFinder().see(half_hidden())
    assert found.angle_deg == pytest.approx(0, abs=0.3)
    assert found.height == pytest.approx(130 / 270, abs=0.005)


def test_a_skyline_is_carried_by_the_motion_where_haze_hides_it() -> None:
    clear = np.full((270, 480), 190, np.uint8)
    rng = np.random.default_rng(4)
    for x in range(0, 480, 8):
        clear[120 - (0 if rng.random() < 0.6 else int(rng.uniform(5, 40))) :, x : x + 8] = 90
    hazy = np.full_like(clear, 190)
    finder = HorizonFinder()
    first = finder.see(clear)
    down = np.array([[1.0, 0, 0], [0, 1, 2], [0, 0, 1]])
    carried = [finder.see(hazy, down) for _ in range(5)]
    assert first.confidence > carried[0].confidence > carried[-1].confidence > 0
    assert carried[-1].height == pytest.approx(first.height + 10 / 270, abs=1e-6)
    assert finder.see(hazy).confidence == 0, "nothing foretells where it is"


def column(value: float, frames: int = 30) -> np.ndarray:
    return np.full(frames, value, np.float32)


@pytest.mark.parametrize(
    ("near_px", "depth_px", "most"),
    [
        (0.3, 3.0, 1.0),
        (0.3, 0.1, 0.45),
        (0.3, math.nan, 0.45),
        (math.nan, 3.0, 0.45),
        (1.8, 0.5, 0.0),
        (1.8, 6.0, 1.0),
        (5.0, 9.0, 0.0),
    ],
    ids=[
        "travels",
        "stands",
        "unknown",
        "nothing to follow",
        "all as near as the line",
        "near things before it",
        "near",
    ],
)
def test_only_travel_proves_a_line_to_be_far(near_px: float, depth_px: float, most: float) -> None:
    kept = settle_horizon(steady(), column(near_px), fps=25, depth_px=column(depth_px))
    assert kept.confidence.max() == kept.confidence.min() == pytest.approx(most)


@pytest.mark.parametrize(("ragged", "depth_px", "seen"), [(0.2, 9, 0), (0.2, 1, 1), (0.9, 9, 1)])
def test_a_crest_that_is_flown_at_is_no_skyline(ragged: float, depth_px: float, seen: int) -> None:
    found = HorizonPath(column(1.0), column(0.4), column(ragged))
    kept = settle_horizon(found, column(math.nan), fps=25, depth_px=column(depth_px))
    assert (kept.confidence > 0).mean() == seen


def test_a_moving_camera_is_no_stray() -> None:
    found = steady()
    found.height[:] = 0.3 + 0.15 * np.sin(np.arange(30) / 4)
    kept = settle_horizon(found, column(math.nan), fps=25)
    assert not np.isnan(kept.height).any()


def test_a_jolt_stays_in_the_path_and_a_flicker_does_not() -> None:
    rng = np.random.default_rng(5)
    true = np.where(np.arange(60) < 30, 0.0, 2.0).astype(np.float32)
    seen = true + rng.normal(0, 0.1, 60).astype(np.float32)
    turned = np.append(np.diff(true), np.nan).astype(np.float32)
    path_ = HorizonPath(seen, column(0.4, 60), column(1.0, 60))
    held = attitude(path_, turned_deg=turned).roll_deg
    assert np.abs(held - true)[4:-4].std() < 0.06
    assert np.abs(attitude(path_).roll_deg - true)[26:34].max() > 0.5, "smoothed away"


def test_the_sum_over_a_clip() -> None:
    clip = steady_clip(90)
    roll = (1 + 0.5 * np.sin(2 * np.pi * np.arange(90) / 10)).astype(np.float32)
    table = table_of(
        clip,
        horizon_angle_deg=roll,
        horizon_height=column(0.4, 90),
        horizon_confidence=column(0.8, 90),
        rotation_deg=np.append(np.diff(roll), np.nan).astype(np.float32),
    )
    lens = Lens(
        width=clip.width,
        height=clip.height,
        focal_px=clip.width,
        centre_x=(clip.width - 1) / 2,
        centre_y=(clip.height - 1) / 2,
        source="given",
    )
    summed = sum_up(table, fps=30, picture_height=clip.height, lens=lens)
    assert (summed.seen, summed.confidence) == (1, pytest.approx(0.8))
    assert summed.roll_range_deg == pytest.approx((0.5, 1.5), abs=0.05)
    assert summed.unsteady_deg == pytest.approx(0.5 / math.sqrt(2), abs=0.03)
    assert summed.pitch_deg is not None and summed.pitch_deg < 0
    blind = replace(table, horizon_confidence=column(0, 90))
    assert sum_up(blind, fps=30, picture_height=clip.height).model_dump(exclude_none=True) == {
        "seen": 0.0
    }


WALL = Scene(seed=21, sky="plain", boxes=(Box((-300, -200, 0), (300, 0, 90)),))


@pytest.mark.parametrize(
    ("scene", "pose", "is_wall"),
    [
        (WALL, Pose(y=-280, z=80, pitch_deg=-2), True),
        (Scene(seed=34), Pose(pitch_deg=-9, z=60, roll_deg=5), False),
    ],
    ids=["wall", "ground"],
)
def test_ground_lies_in_streaks_below_its_horizon(scene: Scene, pose: Pose, is_wall: bool) -> None:
    """One still picture: a wall is silenced, ground is a horizon that nothing proves."""
    gray = cv2.cvtColor(render(scene, Camera.at(pose, (480, 270))).image, cv2.COLOR_RGB2GRAY)
    finder = HorizonFinder()
    found = np.array([finder.see(gray) for _ in range(6)], np.float32).T
    kept = settle_horizon(HorizonPath(*found[:3]), found[3], fps=25, streaks=found[4])
    assert found[2].min() > 0.9
    assert kept.confidence.max() == pytest.approx(0 if is_wall else 0.45)


@pytest.mark.parametrize(("visibility_m", "seed", "z"), [(9000.0, 1, 90.0), (15000.0, 4, 120.0)])
def test_the_horizon_of_hazy_ground_lies_above_its_sharpest_edge(
    visibility_m: float, seed: int, z: float
) -> None:
    """Haze fades the ground in by exp(-k / u): the edge itself lies 2 to 3 rows too low."""
    camera = Camera.at(Pose(pitch_deg=-8, roll_deg=4, z=z), (480, 270))
    seen = hazy(labelled_view(Scene(seed=seed, sky="plain"), camera), visibility_m)
    found = HorizonFinder().see(cv2.cvtColor(seen.image, cv2.COLOR_RGB2GRAY))
    assert found.confidence > 0.45
    assert found.height == pytest.approx(horizon(camera)[1], abs=0.003)


def test_a_height_that_haze_leaves_open_is_not_sure() -> None:
    """Where the ground fades in over a fifth of the picture, the shift itself is uncertain."""
    rows = np.arange(270, dtype=np.float32)[:, None] - 90
    ground = np.exp(-12 / np.maximum(rows, 1e-6)) * (rows > 0)
    picture = (215 - 130 * ground).repeat(480, axis=1)
    found = HorizonFinder().see(np.round(picture).astype(np.uint8))
    assert 0 < found.confidence <= UNPROVEN

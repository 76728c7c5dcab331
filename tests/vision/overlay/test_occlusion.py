from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np

from landfast.vision.overlay.occlusion import (
    Matte,
    grid_of,
    has_other_depths,
    mattes,
    seen_through,
)
from landfast.vision.overlay.scene.hanging import Hanging
from scenes import Box, Camera, Pose, Scene, homography, path, pixels, render, trace

SIZE = (240, 136)
FRAMES = 7
BOX = (90.0, 44.0, 172.0, 63.0)
HOUSE = Scene(sky="clouds", boxes=(Box((-12, -150, 0), (12, -130, 34)),))


def flight() -> list[Camera]:
    start = Pose(x=-12, y=-260, z=80, pitch_deg=-25)
    return path("sideways", FRAMES, size=SIZE, step=2.4, start=start)


def test_a_house_hides_what_lies_behind_it_and_nothing_else() -> None:
    cameras = flight()
    grays = [cv2.cvtColor(render(HOUSE, c).image, cv2.COLOR_RGB2GRAY) for c in cameras]
    flat = Scene(sky="clouds")
    maps = [homography(flat, cameras[0], camera) for camera in cameras]
    places = np.array([cv2.perspectiveTransform(grid_of(BOX)[None], one)[0] for one in maps])
    boxes = [(*p.min(axis=0).tolist(), *p.max(axis=0).tolist()) for p in places]
    times = [Fraction(k, 12) for k in range(FRAMES)]
    found, reason = mattes(grays, times, places, None, boxes)
    assert reason == ""
    for frame in (2, 5):
        matte = found[frame]
        assert matte is not None
        _, hit = trace(HOUSE, cameras[frame], pixels(SIZE))
        rows, columns = matte.keep.shape
        house = (hit >= 0).reshape(SIZE[1], SIZE[0])
        house = house[matte.top : matte.top + rows, matte.left : matte.left + columns]
        assert 0.2 < house.mean() < 0.8
        assert (matte.keep[house] < 128).mean() > 0.85
        assert (matte.keep[~house] > 128).mean() > 0.85


def test_nothing_is_hidden_where_depth_is_not_known() -> None:
    grays = [np.full((SIZE[1], SIZE[0]), 90, np.uint8)] * FRAMES
    times = [Fraction(k, 12) for k in range(FRAMES)]
    places = np.repeat(grid_of(BOX)[None], FRAMES, axis=0)
    found, reason = mattes(grays, times, places, None, [BOX] * FRAMES)
    assert found == [None] * FRAMES
    assert reason


def hanging(shift: float, count: int = 12) -> Hanging:
    """Points in the box, half of them moving otherwise than the rest."""
    starts = np.random.default_rng(1).uniform((100, 46), (164, 60), (count, 2))
    steps = np.arange(FRAMES)[None, :, None] * np.array([1.0, 0.0])
    paths = starts[:, None] + steps
    paths[: count // 2, :, 0] += shift * np.arange(FRAMES) / FRAMES
    views = np.full((FRAMES, 3, 4), np.nan)
    return Hanging(starts, paths, views, (0.0, 0.0), np.eye(3))


def test_depth_is_looked_at_only_where_something_else_moves_under_the_overlay() -> None:
    ways = [np.array([[1, 0, float(k)], [0, 1, 0], [0, 0, 1.0]]) for k in range(FRAMES)]
    boxes = [(BOX[0] + k, BOX[1], BOX[2] + k, BOX[3]) for k in range(FRAMES)]
    assert has_other_depths(hanging(6.0), ways, boxes, 960)
    assert not has_other_depths(hanging(0.5), ways, boxes, 960)
    assert not has_other_depths(None, ways, boxes, 960)


def test_the_edge_is_drawn_to_the_picture() -> None:
    guide = np.full((60, 120), 0.8, np.float32)
    guide[:, :63] = 0.2
    keep = np.full((40, 60), 255, np.uint8)
    keep[:, :33] = 0
    seen = seen_through(Matte(0, 0, keep), guide, (10, 4), (2.0, 2.0))
    assert seen.shape == guide.shape
    assert float(seen[:, :50].max()) < 0.3
    assert float(seen[:, 75:].min()) > 0.7
    whole = seen_through(Matte(0, 0, np.full((40, 60), 255, np.uint8)), guide, (10, 4), (2.0, 2.0))
    assert float(whole.min()) == 1.0

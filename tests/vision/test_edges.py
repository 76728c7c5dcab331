"""Edges that stay: against rendered motion, on a standing picture in noise, and on nothing."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from landfast.errors import InputError
from landfast.vision.edges import stable_edges
from scenes import Image, Pose, Scene, flow, gaussian_noise, path, render, town

SIZE = (320, 180)


def flicker(edges: list[np.ndarray], motions: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Share of edge pixels that have no edge within one pixel where true motion takes them."""
    lost = total = 0
    for (motion, visible), here, after in zip(motions, edges, edges[1:], strict=False):
        wide = cv2.dilate(after, np.ones((3, 3), np.uint8))
        y, x = np.nonzero((here > 0) & visible)
        u, v = np.rint(x + motion[y, x, 0]).astype(int), np.rint(y + motion[y, x, 1]).astype(int)
        lost += int((wide[v.clip(0, SIZE[1] - 1), u.clip(0, SIZE[0] - 1)] == 0).sum())
        total += len(x)
    return lost / total


def canny(images: list[Image], density: float) -> list[np.ndarray]:
    """Canny frame by frame at the threshold whose density over the span is nearest."""
    grays = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images]
    tries = [[cv2.Canny(gray, t / 2, t) for gray in grays] for t in range(40, 400, 15)]
    return min(tries, key=lambda found: abs(float((np.array(found) > 0).mean()) - density))


def test_edges_flicker_less_than_canny_at_the_same_density() -> None:
    scene = Scene(boxes=town())
    cameras = path("forward", 6, start=Pose(pitch_deg=-25), size=SIZE)
    images = gaussian_noise([render(scene, camera).image for camera in cameras], 4, 1)
    motions = [flow(scene, a, b) for a, b in pairwise(cameras)]
    ours = stable_edges(images)
    density = float((np.array(ours) > 0).mean())
    assert 0.03 < density < 0.09
    assert set(np.unique(np.array(ours))) == {0, 255}
    assert flicker(ours, motions) < 0.6 * flicker(canny(images, density), motions)


def test_a_drawn_line_is_found_to_the_pixel() -> None:
    image = np.full((120, 160, 3), 60, np.uint8)
    image[:, 80:] = 160
    (edges,) = stable_edges([image])
    columns = np.flatnonzero(edges[60])
    assert len(columns) == 1 and columns[0] in (79, 80)


def test_what_shows_in_one_frame_only_is_dropped() -> None:
    rng = np.random.default_rng(3)
    base = cv2.GaussianBlur(rng.integers(0, 255, (120, 160, 3), dtype=np.uint8), (0, 0), 6)
    base[:, 20:24] = 230
    images = [base.copy() for _ in range(5)]
    images[2][40:80, 100:104] = 255
    edges = stable_edges(images)
    assert (edges[2][42:78, 98:106] > 0).sum() == (edges[1][42:78, 98:106] > 0).sum()
    assert (edges[2][:, 17:27] > 0).any()


def test_nothing_to_draw() -> None:
    assert not np.any(stable_edges([np.full((90, 160, 3), 90, np.uint8)] * 3))
    with pytest.raises(InputError, match="no frames"):
        stable_edges([])
    with pytest.raises(InputError, match="different sizes"):
        stable_edges([np.zeros((90, 160, 3), np.uint8), np.zeros((92, 160, 3), np.uint8)])


def test_noise_at_night_draws_no_lines_but_what_outshines_it_does() -> None:
    dark = [np.full((240, 320, 3), 9, np.uint8) for _ in range(6)]
    assert not np.any(stable_edges(gaussian_noise(dark, 9, 1)))
    for image in dark:
        image[:, 160:] = 60
    (*_, edges) = stable_edges(gaussian_noise(dark, 9, 1))
    assert (edges[:, 157:163] > 0).any(axis=1).mean() > 0.9
    assert (edges > 0).sum() < 1.2 * 240

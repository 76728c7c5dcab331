"""Structure that repeats itself or runs one way tells nothing; what bends tells all the same."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import cv2
import numpy as np
import pytest

from landfast.verify.measure.lattice import STEP, Corners, Lattice
from landfast.verify.measure.links import Link
from landfast.verify.measure.reel import Reel, reel
from landfast.verify.measure.rigidity import detailed, windows
from landfast.vision.motion.flow import pixel_grid, warp

SIZE = (480, 288)
PERIOD, PACE, FRAMES = 12.0, 1.5, 9
ASTRAY = (3, 4)
"""Links that lead from the middle frame to all others."""
TILES = (slice(4, 8), slice(7, 13))
"""Blocks well inside the part that repeats itself."""


def ground(bend: float = 0.0) -> Reel:
    """A camera that pans over rough ground with tiles in its middle, and its noise; `bend`: px that
    the tiles stand off their place by in the middle of the time, over 40 px."""
    rng = np.random.default_rng(2)
    wide = cv2.GaussianBlur(rng.normal(0, 1, (288, 560)).astype(np.float32), (0, 0), 2)
    wide = 128 + 40 * wide / wide.std()
    y, x = np.mgrid[72:216, 140:340].astype(np.float32)
    wide[72:216, 140:340] = 128 + 50 * np.sin(2 * np.pi * x / PERIOD) * np.sin(2 * np.pi * y / 14)
    frames = []
    for k in range(FRAMES):
        grid = pixel_grid(*SIZE)
        off = bend * np.sin(np.pi * k / (FRAMES - 1))
        middle = (240 - PACE * k, 144)
        near = np.exp(-((grid - middle) ** 2).sum(axis=2) / (2 * 20**2))
        flow = np.dstack([np.full_like(near, PACE * k), off * near]).astype(np.float32)
        shown = warp(wide[:, :480], flow, resampling="cubic")
        noisy = np.clip(shown + rng.normal(0, 2, shown.shape), 0, 255).astype(np.uint8)
        frames.append(np.dstack([noisy] * 3))
    return reel(frames, Fraction(30), SIZE)


def link(astray: float) -> Link:
    """The camera's motion, and that of the tiles farther by so many px."""
    ahead = np.zeros((SIZE[1] // STEP, SIZE[0] // STEP, 2), np.float32)
    ahead[..., 0] = -PACE
    ahead[9:27, 17:42, 0] += astray
    sure = np.ones(ahead.shape[:2], bool)
    return Link(ahead, -ahead, sure, sure, 0.0, 0.0, PACE)


def residual(frames: Reel, astray: tuple[int, ...] = ()) -> np.ndarray:
    """Of the tiles' blocks in the middle window; some links lead a period astray."""
    links = tuple(link(PERIOD if k in astray else 0.0) for k in range(FRAMES - 1))
    corners = lru_cache(lambda at: Lattice(*SIZE).corners(frames.grey[at]))

    def of(at: int) -> Corners:
        return corners(at)

    def detail(at: int) -> np.ndarray:
        return detailed(frames.grey[at])

    found = windows(frames, links, of, detail, stride=4)
    (middle,) = (one for one in found if one.at == 4)
    return np.asarray(middle.residual[TILES])


def test_tiles_found_a_period_off_are_in_their_place_as_well() -> None:
    frames = ground()
    assert np.nanmax(residual(frames, ASTRAY)) < 0.1
    assert np.isfinite(residual(frames)).mean() > 0.9


@pytest.mark.parametrize("astray", [(), ASTRAY])
def test_tiles_that_bend_do_not_pass_for_tiles_in_place(astray: tuple[int, ...]) -> None:
    assert np.nanmax(residual(ground(bend=3.0), astray)) > 0.2


def test_a_pipe_has_no_points_and_the_ground_beside_it_keeps_its_own() -> None:
    rng = np.random.default_rng(5)
    grey = cv2.GaussianBlur(rng.normal(128, 60, (288, 480)).astype(np.float32), (0, 0), 1.5)
    bare = np.clip(grey, 0, 255).astype(np.uint8)
    grid = pixel_grid(*SIZE)
    along, across = grid @ np.array([0.8, 0.6]), grid @ np.array([-0.6, 0.8])
    pipe = np.abs(across - 20) < 22
    light = 130 + 100 * np.cos(np.pi * (across - 20) / 14) + 12 * np.sin(2 * np.pi * along / 16)
    seen = np.where(pipe, light, bare).astype(np.uint8)
    plain, beside = (Lattice(*SIZE).corners(one) for one in (bare, seen))
    x, y = np.moveaxis(beside.at, 2, 0).astype(int)
    inner = np.abs(across[y, x] - 20) < 10
    assert inner.sum() > 100
    assert not beside.usable[inner].any()
    clear = np.abs(across[y, x] - 20) > 45
    assert plain.usable[inner].any()
    assert beside.usable[clear].sum() > 0.99 * plain.usable[clear].sum() > 200

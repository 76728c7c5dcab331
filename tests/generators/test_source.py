"""Fetching an anchor's pixels through a coarse map."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import scenes
from landfast.generators.geometry import source
from landfast.generators.geometry.source import load_source
from landfast.vision.motion.flow import pixel_grid, warp

SIZE = (202, 117)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """Fine grain that repeats, so that it can be moved exactly: nothing is harder to fetch."""
    grain = np.random.default_rng(6).normal(0, 1, (SIZE[1], SIZE[0], 3))
    kept = moved(grain, (0.0, 0.0), finest=0.3)
    return np.clip(128 + 40 * kept / kept.std(), 0, 255).astype(np.uint8)


def moved(image: np.ndarray, shift: tuple[float, float], *, finest: float = 1.0) -> np.ndarray:
    """A repeating picture read at x + shift, exactly, by its spectrum up to `finest` cycles."""
    down, across = np.fft.fftfreq(image.shape[0])[:, None], np.fft.fftfreq(image.shape[1])[None]
    turn = np.exp(2j * np.pi * (across * shift[0] + down * shift[1]))
    turn = turn * (np.hypot(across, down) < finest)
    return np.fft.ifft2(np.fft.fft2(image, axes=(0, 1)) * turn[..., None], axes=(0, 1)).real


def seen(picture: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """All of the picture that a coarse map describes, seven rows at a time."""
    ready = load_source(picture)
    places = ready.map(origin)
    tops = range(0, SIZE[1], 7)
    parts = [ready.fetch(places.rows(slice(y, min(y + 7, SIZE[1])))) for y in tops]
    return np.concatenate(parts)[..., :3]


@pytest.mark.parametrize("large", [False, True], ids=["half samples", "bicubic"])
def test_what_does_not_move_stays_as_it_is(picture, large, monkeypatch):
    if large:
        monkeypatch.setattr(source, "_ENLARGED_PIXELS", 100)
    still = pixel_grid(51, 29)
    assert np.array_equal(seen(picture, still), picture)


def test_moves_by_whole_pixels_are_exact(picture):
    """Five pixels right and two down, on a grid whose cells are 202/51 by 117/29 pixels."""
    away = np.array([5 * 51 / 202, 2 * 29 / 117], np.float32)
    fetched = seen(picture, pixel_grid(51, 29) + away)
    error = cv2.absdiff(fetched[:-2, :-5], picture[2:, 5:])
    assert error.max() <= 1


@pytest.mark.parametrize("shift", [(0.5, 0.0), (0.25, 0.0), (0.3, 0.6)])
def test_parts_of_a_pixel_keep_fine_grain(picture, shift):
    away = np.array([shift[0] * 51 / 202, shift[1] * 29 / 117], np.float32)
    fetched = seen(picture, pixel_grid(51, 29) + away)
    exact = moved(picture.astype(np.float64), shift)
    motion = np.full((*picture.shape[:2], 2), shift, np.float32)
    inner = (slice(6, -6), slice(6, -6))
    ours, linear = (
        scenes.psnr(one[inner], exact[inner])
        for one in (fetched, warp(picture, motion, resampling="linear"))
    )
    assert ours > 30
    assert ours > linear + 4


def test_edges_are_repeated(picture):
    fetched = seen(picture, pixel_grid(51, 29) + np.float32(500))
    assert (fetched == picture[-1, -1]).all()

"""Cameras, lens and nearness adjusted together against exact ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from landfast.generators.geometry.bundle import Bundle, Seen, adjust
from landfast.generators.geometry.camera import Lens, Motion

TRUE_LENS = Lens(960, 540, zoom=0.1, bend=-0.08)
UNIT = np.array([0.1, 0.05, -1.0]) / np.linalg.norm([0.1, 0.05, -1.0])
MOTIONS = (
    Motion(np.array([0.01, -0.02, 0.005]), UNIT),
    Motion(np.array([-0.004, 0.003, 0.001]), np.array([0.0, 0.02, 0.14])),
    Motion(np.array([0.012, -0.022, 0.006]), 1.14 * UNIT),
)
COUNT = 400


@pytest.fixture
def scene() -> tuple[np.ndarray, np.ndarray, list[Seen]]:
    random = np.random.default_rng(5)
    pixels = random.uniform((40, 30), (920, 510), (COUNT, 2)).astype(np.float32)
    nearness = random.uniform(0.02, 0.3, COUNT).astype(np.float32)
    points = TRUE_LENS.normalise(pixels)
    frames = [
        Seen(
            TRUE_LENS.pixels(one.project(points, nearness)).astype(np.float32),
            np.ones(COUNT, np.float32),
        )
        for one in MOTIONS
    ]
    return pixels, nearness, frames


def guess(nearness: np.ndarray) -> Bundle:
    off = np.array([0.003, -0.002, 0.004])
    motions = tuple(Motion(one.turn + off, one.shift + 5 * off) for one in MOTIONS)
    return Bundle(Lens(960, 540), motions, 1.3 * nearness.astype(np.float64))


def worst_px(bundle: Bundle, pixels: np.ndarray, frames: list[Seen]) -> float:
    points, near = bundle.lens.normalise(pixels), bundle.nearness.astype(np.float32)
    return max(
        float(np.median(np.abs(bundle.lens.pixels(one.project(points, near)) - frame.pixels)))
        for one, frame in zip(bundle.motions, frames, strict=True)
    )


def test_points_are_met_and_cameras_found(scene):
    pixels, nearness, frames = scene
    start = guess(nearness)
    found = adjust(start, pixels, frames)
    assert worst_px(start, pixels, frames) > 1
    assert worst_px(found, pixels, frames) < 0.03
    assert np.linalg.norm(found.motions[0].shift) == pytest.approx(1)
    assert found.motions[0].shift @ UNIT > 0.9995
    assert np.allclose(found.motions[0].turn, MOTIONS[0].turn, atol=3e-3)


def test_the_lens_is_found(scene):
    pixels, nearness, frames = scene
    found = adjust(guess(nearness), pixels, frames).lens
    assert found.bend == pytest.approx(TRUE_LENS.bend, abs=0.04)


def test_wrong_matches_do_not_pull(scene):
    pixels, nearness, frames = scene
    wrong = frames[0].pixels.copy()
    wrong[::5] += np.float32(15)
    spoilt = [replace(frames[0], pixels=wrong), *frames[1:]]
    found = adjust(guess(nearness), pixels, spoilt)
    assert worst_px(found, pixels, frames) < 0.1


def test_a_lens_goes_there_and_back():
    pixels = np.float32([[0, 0], [480, 270], [959, 539], [100, 500]])
    assert np.allclose(TRUE_LENS.pixels(TRUE_LENS.normalise(pixels)), pixels, atol=1e-2)
    straight = Lens(960, 540, zoom=0.1)
    assert np.abs(straight.normalise(pixels) - TRUE_LENS.normalise(pixels)).max() > 0.005

"""What is normal at a spot by what the footage does there."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from landfast.verify import FootageFrames, TakeFrames
from landfast.verify.checks.spots import normal
from landfast.verify.measure.study import Study, study

SIZE, BLOCK, CELL = (480, 288), (slice(96, 176), slice(200, 280)), 8


def blotches(seed: int, width: int, height: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, (height, width, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 3)
    return np.clip(128 + 40 * soft / soft.std(), 0, 255).astype(np.uint8)


def still(seed: int) -> np.ndarray:
    """Ground that stays put around a block that is never the same twice."""
    out = blotches(7, *SIZE)
    out[BLOCK] = blotches(seed, 80, 80)
    return out


@pytest.fixture(scope="module")
def restless() -> Study:
    before, take, after = ([still(n + k) for k in range(12)] for n in (100, 200, 300))
    footage = FootageFrames(before, after, Fraction(30))
    return study(TakeFrames(take, Fraction(30)), take[0], take[-1], footage)


def test_what_cannot_be_followed_is_normal_where_the_footage_does_it(restless: Study) -> None:
    known = normal(restless, lambda side: [(one.at, one.levels) for one in side.changes.inner])(5)
    rows, columns = (slice(one.start // CELL, one.stop // CELL) for one in BLOCK)
    assert known[rows, columns].min() > 10
    assert known[20:30, 8:15].max() < 1


def test_what_the_footage_cannot_tell_is_unknown_and_not_quiet(restless: Study) -> None:
    shape = restless.take.tones[0].shape[:2]
    half = np.where(np.arange(shape[1]) < 30, np.nan, 5.0) * np.ones((shape[0], 1))
    known = normal(restless, lambda _: [(4, half)])(5)
    assert np.isnan(known[2:30, 2:20]).all()
    assert (known[2:8, 40:56] == 5).all()

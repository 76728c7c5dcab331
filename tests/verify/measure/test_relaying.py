"""Doubtful spots once more: what is only laid beside its place is excused, what was put in or wiped
out is not."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from landfast.verify.measure.closeups import Between, CloseUps
from landfast.verify.measure.links import cells
from landfast.verify.measure.reel import reel
from landfast.verify.measure.relaying import once_more
from landfast.verify.measure.study import Stretch

WIDTH, HEIGHT, AT = 320, 192, 2
SPOT = np.s_[10:13, 18:21]
"""Cells around the middle of what is put in."""
THING = np.s_[84:100, 148:164]
EVERY = np.ones(cells((WIDTH, HEIGHT)), bool)


def texture(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    fine = rng.normal(0, 1, (HEIGHT, WIDTH, 3)).astype(np.float32)
    return np.asarray(120 + 90 * cv2.GaussianBlur(fine, (0, 0), 2.0), np.float32)


def looked_at(
    frame: np.ndarray, first: np.ndarray, last: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> tuple[CloseUps, Between]:
    """A frame with these pictures laid over it as its ends."""
    pictures = [np.clip(p, 0, 255).astype(np.uint8) for p in (first, frame, last)]
    series = [pictures[0], pictures[0], pictures[1], pictures[2], pictures[2]]
    found = Stretch(reel(series, Fraction(30), (WIDTH, HEIGHT))).closeups
    known = np.ones((HEIGHT, WIDTH), bool)
    monkeypatch.setattr(found, "laid", lambda _, end: (found.tones[end], known))
    apart, away = (found.levels(AT, *found.laid(AT, end)) for end in (0, found.last))
    none = np.zeros_like(apart)
    return found, Between(AT, apart, away, none, none)


def test_an_end_laid_beside_its_place_shows_nothing_new(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = texture(1)
    beside = np.roll(ground, 3, axis=1)
    found, before = looked_at(ground, beside, beside, monkeypatch)
    after = once_more(found, before, EVERY)
    assert before.first[SPOT].max() > 8
    assert after.first[SPOT].max() < 0.1 * before.first[SPOT].max()


def test_what_was_put_in_stays_new(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = texture(1)
    frame = ground.copy()
    frame[THING] = texture(2)[THING]
    found, before = looked_at(frame, ground, ground, monkeypatch)
    after = once_more(found, before, EVERY)
    assert after.first[SPOT].max() > 0.9 * before.first[SPOT].max() > 4
    assert after.last[SPOT].max() > 0.9 * before.last[SPOT].max()


def test_what_was_wiped_out_stays_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = texture(1)
    frame = ground.copy()
    frame[THING] = ground[THING].mean(axis=(0, 1))
    found, before = looked_at(frame, ground, ground, monkeypatch)
    after = once_more(found, before, EVERY)
    assert after.first[SPOT].max() > 0.9 * before.first[SPOT].max() > 4


def test_only_doubtful_cells_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = texture(1)
    beside = np.roll(ground, 3, axis=1)
    found, before = looked_at(ground, beside, beside, monkeypatch)
    after = once_more(found, before, np.zeros_like(EVERY))
    np.testing.assert_array_equal(after.first, before.first)

"""Footage of more than 8 bits stays deep through resizing, in-between frames and fitting."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from compose.test_fitting import LENGTH, real, take
from landfast.compose.conform import resized
from landfast.compose.fitting import Real, fit_take
from landfast.compose.inbetween import pictures_at


def deep(image: np.ndarray) -> np.ndarray:
    """The picture in 16 bits, with low bits of its own."""
    low = np.random.default_rng(3).integers(-100, 100, image.shape)
    return np.clip(image.astype(np.int64) * 257 + low, 0, 65535).astype(np.uint16)


def off_levels(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference of a deep picture and an 8-bit one, in 8-bit levels."""
    return float(np.abs(a / 257.0 - b).mean())


def has_depth(image: np.ndarray) -> bool:
    """True where more levels are in use than 8 bits have."""
    return image.dtype == np.uint16 and len(np.unique(image)) > 2000


def test_resizing_keeps_the_depth() -> None:
    image = take()[0]
    for size in ((144, 81), (360, 202)):
        small = resized(deep(image), *size)
        assert has_depth(small)
        assert off_levels(small, resized(image, *size)) < 0.5


def test_frames_in_between_keep_the_depth() -> None:
    shown = take()[:2]
    positions = [Fraction(0), Fraction(1, 3), Fraction(1)]
    flat = list(pictures_at(shown, positions))
    fine = list(pictures_at([deep(one) for one in shown], positions))
    assert all(has_depth(one) for one in fine)
    assert all(off_levels(a, b) < 0.5 for a, b in zip(fine, flat, strict=True))


def test_a_fitted_take_keeps_the_depth() -> None:
    """Placement, clock and colour at once; the same as in 8 bits but for rounding."""
    shown = take(clock=0.4, crop=0.004, drift=1.0)
    there = real()
    wide = Real(
        deep(there.first),
        deep(there.last),
        [deep(one) for one in there.before],
        [deep(one) for one in there.after],
        LENGTH,
    )
    fit = fit_take(lambda: (deep(one) for one in shown), len(shown), wide)
    fine = list(fit.apply((deep(one) for one in shown), len(shown)))
    same = fit_take(lambda: iter(shown), len(shown), there)
    flat = list(same.apply(iter(shown), len(shown)))
    assert fit.words and len(fine) == LENGTH
    assert all(has_depth(one) for one in fine)
    assert max(off_levels(a, b) for a, b in zip(fine, flat, strict=True)) < 1.5

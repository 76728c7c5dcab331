"""Two-ended colour lock: a take meets both anchors in the anchors' own colours.

A gain and an offset for each channel are fitted at either end, where the take's frame and the real
anchor show the same picture, and blended linearly through the gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float64, UInt8

_GRID_WIDTH = 80
"""Coarse cells: grain averages out and does not flatten the fitted line."""
_NOISE = 0.75
"""Code values of 255: corrections that stay below this everywhere are left out."""
_GAINS = (0.5, 2.0)
_ROUNDS = 3
_OUTLIER = 2.5


@dataclass(frozen=True, slots=True)
class Grade:
    """Channel by channel: `gain * value + offset`, values 0 to 255."""

    gain: Float64[np.ndarray, "3"]
    offset: Float64[np.ndarray, "3"]

    @property
    def is_identity(self) -> bool:
        """True where nothing would change."""
        return bool(np.all(self.gain == 1) and np.all(self.offset == 0))


@dataclass(frozen=True, slots=True)
class ColourLock:
    """The corrections at both ends of a take."""

    start: Grade
    end: Grade

    def apply(
        self, image: UInt8[np.ndarray, "height width 3"], place: float
    ) -> UInt8[np.ndarray, "height width 3"]:
        """Correct a picture at a place from 0 (start) to 1 (end)."""
        if self.start.is_identity and self.end.is_identity:
            return image
        gain = (1 - place) * self.start.gain + place * self.end.gain
        offset = (1 - place) * self.start.offset + place * self.end.offset
        levels = np.arange(256, dtype=np.float64)[:, None] * gain + offset
        table = np.rint(np.clip(levels, 0, 255)).astype(np.uint8)
        return np.asarray(cv2.LUT(image, table[None]), dtype=np.uint8)


def lock_colour(
    *,
    start: UInt8[np.ndarray, "height width 3"],
    first: UInt8[np.ndarray, "take_height take_width 3"],
    end: UInt8[np.ndarray, "height width 3"],
    last: UInt8[np.ndarray, "take_height take_width 3"],
) -> ColourLock:
    """Fit both ends.

    Args:
        start: The real start anchor.
        first: The take's first frame.
        end: The real end anchor.
        last: The take's last frame.
    """
    return ColourLock(fit_grade(first, start), fit_grade(last, end))


def fit_grade(
    image: UInt8[np.ndarray, "height width 3"],
    target: UInt8[np.ndarray, "target_height target_width 3"],
) -> Grade:
    """The correction that brings `image` to `target`; identity where it would be within noise.

    Least squares on area-averaged cells; cells that do not fit (content that differs, clipped
    values) are left out in three rounds.
    """
    height = max(1, round(_GRID_WIDTH * target.shape[0] / target.shape[1]))
    size = (_GRID_WIDTH, height)
    source, wanted = _cells(image, size), _cells(target, size)
    fits = [_line(source[:, channel], wanted[:, channel]) for channel in range(3)]
    gain, offset = (np.array(values, dtype=np.float64) for values in zip(*fits, strict=True))
    change = np.abs((gain - 1) * np.array([[0.0], [255.0]]) + offset)
    if change.max() < _NOISE:
        return Grade(np.ones(3), np.zeros(3))
    return Grade(gain, offset)


def _cells(
    image: UInt8[np.ndarray, "height width 3"], size: tuple[int, int]
) -> Float64[np.ndarray, "cell 3"]:
    small = cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float64).reshape(-1, 3)


def _line(
    source: Float64[np.ndarray, " cell"], wanted: Float64[np.ndarray, " cell"]
) -> tuple[float, float]:
    """Gain and offset of one channel."""
    use = (source > 2) & (source < 253) & (wanted > 2) & (wanted < 253)
    gain, offset = 1.0, float(np.median(wanted - source))
    for _ in range(_ROUNDS):
        if use.sum() < 32:
            break
        x, y = source[use], wanted[use]
        spread = float(np.var(x))
        covariance = float(np.mean((x - x.mean()) * (y - y.mean())))
        gain = covariance / spread if spread > 1 else 1.0
        gain = min(max(gain, _GAINS[0]), _GAINS[1])
        offset = float(y.mean() - gain * x.mean())
        error = np.abs(gain * source + offset - wanted)
        use &= error <= max(_NOISE, _OUTLIER * float(np.median(error[use])))
    return gain, offset

"""Does a frame continue the one before it? Compared after the camera's motion is taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, Float64, UInt8
from landfast.vision.statistics.windows import quantile

Gray = UInt8[np.ndarray, "height width"]

_BLURS = ((9, 9), (11, 11))
"""Detail is what is finer than these two means together: a Gaussian of 4 pixels of the half
working size, but for a twentieth."""
_QUIET_ENERGY = 8.0
"""Mean squared detail, grey levels squared, at which two pictures count as telling nothing."""

_FRACTION_BITS = 4
_FAR_PX = 1e5
_SPARSE = 3
"""Every third pixel of every third row tells the light."""
_STEADY_LEVELS = 6.0
"""Typical difference, grey levels, up to which the light has not changed but by an offset."""


class Continuity(NamedTuple):
    """How much a frame differs from the one before, as in the table's columns."""

    change: float
    difference: float
    decorrelation: float


@dataclass(frozen=True, slots=True)
class Aligned:
    """The frame before, moved onto this one and brought to its light."""

    expected: Float32[np.ndarray, "height width"]
    """Grey levels; meaningless where not `valid`."""
    valid: Bool[np.ndarray, "height width"]
    """Where the frame before shows what this one shows, a margin left out."""
    moved: UInt8[np.ndarray, "height width"]
    """The frame before moved onto this one, in its own light."""
    seen: Float32[np.ndarray, "height width"]
    """This frame."""
    off: Float32[np.ndarray, "height width"]
    """How far it is from what was expected, grey levels."""


def align(before: Gray, after: Gray, motion: Float64[np.ndarray, "3 3"] | None) -> Aligned | None:
    """Predict a frame from the one before.

    Args:
        motion: Homography from `before` to `after` in their own pixels; None takes none.

    Returns:
        None where the two hardly overlap.
    """
    if motion is None:
        warped, valid = before, np.ones(before.shape, bool)
    else:
        size = (before.shape[1], before.shape[0])
        warped = cv2.warpPerspective(before, motion, size, flags=cv2.INTER_LINEAR)
        valid = _shown(motion, size)
    if cv2.countNonZero(valid.view(np.uint8)) < 0.1 * valid.size:
        return None
    gain, offset = _light(warped, after, valid)
    expected, seen = warped.astype(np.float32) * gain + offset, after.astype(np.float32)
    off = np.asarray(cv2.absdiff(expected, seen))
    return Aligned(expected, valid, warped, seen, off)


def _shown(
    motion: Float64[np.ndarray, "3 3"], size: tuple[int, int]
) -> Bool[np.ndarray, "height width"]:
    """Pixels that the moved picture covers, a rim of a pixel of it left out."""
    right, bottom = size[0] - 2.0, size[1] - 2.0
    corners = np.array([[1.0, right, right, 1.0], [1.0, 1.0, bottom, bottom], [1.0, 1.0, 1.0, 1.0]])
    x, y, depth = motion @ corners
    mask = np.zeros(size[::-1], np.uint8)
    if depth.min() > 0:
        places = np.clip(np.stack([x, y], axis=1) / depth[:, None], -_FAR_PX, _FAR_PX)
        fixed = np.rint(places * (1 << _FRACTION_BITS)).astype(np.int32)
        cv2.fillConvexPoly(mask, fixed, 1, cv2.LINE_8, _FRACTION_BITS)
    return mask.view(np.bool_)


def _light(
    before: Gray, after: Gray, valid: Bool[np.ndarray, "height width"]
) -> tuple[np.float32, np.float32]:
    """Gain and offset from the light of one frame to that of the next.

    A plain offset (the median, blind to what covers less than half of the picture) where that
    explains most of it, else mean and spread matched; beyond a factor 4 it is no light change.
    """
    some = slice(None, None, _SPARSE), slice(None, None, _SPARSE)
    off = (after[some].astype(np.float32) - before[some])[valid[some]]
    if not len(off):
        return np.float32(1), np.float32(0)
    offset = quantile(off, 0.5)
    if quantile(np.abs(off - np.float32(offset)), 0.5) < _STEADY_LEVELS:
        return np.float32(1), np.float32(offset)
    a, b = before[valid], after[valid]
    spread_a, spread_b = float(a.std()), float(b.std())
    gain = min(max(spread_b / spread_a, 0.25), 4.0) if spread_a > 1 and spread_b > 1 else 1.0
    return np.float32(gain), np.float32(float(b.mean()) - gain * float(a.mean()))


def continuity(before: Gray, after: Gray, aligned: Aligned | None) -> Continuity:
    """Compare neighbours; with no alignment the frame counts as entirely new."""
    change = float(cv2.norm(before, after, cv2.NORM_L1)) / after.size
    if aligned is None:
        return Continuity(change, change, 1.0)
    mask = aligned.valid.view(np.uint8)
    count = cv2.countNonZero(mask)
    return Continuity(
        change=change,
        difference=cv2.norm(aligned.off, cv2.NORM_L1, mask) / count,
        decorrelation=_decorrelation(aligned, mask, count),
    )


def _decorrelation(aligned: Aligned, mask: UInt8[np.ndarray, "height width"], count: int) -> float:
    """Unexplained share of detail energy; 0 where neither picture has detail."""
    a, b = _detail(aligned.seen), _detail(aligned.expected)
    left = cv2.norm(a, b, cv2.NORM_L2SQR, mask) / count
    whole = (cv2.norm(a, cv2.NORM_L2SQR, mask) + cv2.norm(b, cv2.NORM_L2SQR, mask)) / count
    return min(left / (whole + _QUIET_ENERGY), 1.0)


def _detail(picture: Float32[np.ndarray, "height width"]) -> Float32[np.ndarray, "height width"]:
    first, second = _BLURS
    return np.asarray(cv2.subtract(picture, cv2.blur(cv2.blur(picture, first), second)))

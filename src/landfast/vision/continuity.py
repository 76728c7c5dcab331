"""Does a frame continue the one before it? Compared after the camera's motion is taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt8

Gray = UInt8[np.ndarray, "height width"]

_DETAIL_SIGMA = 4.0
"""Detail is what is finer than this blur, in pixels of the half working size."""
_QUIET_ENERGY = 8.0
"""Mean squared detail, grey levels squared, at which two pictures count as telling nothing."""

_SPARSE = 7
"""Every seventh pixel tells the light."""
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
        inside = cv2.warpPerspective(
            np.full(before.shape, 255, np.uint8), motion, size, flags=cv2.INTER_NEAREST
        )
        valid = cv2.erode(inside, np.ones((3, 3), np.uint8), borderValue=255) > 0
    if valid.mean() < 0.1:
        return None
    gain, offset = _light(warped, after, valid)
    return Aligned(warped.astype(np.float32) * gain + offset, valid)


def _light(
    before: Gray, after: Gray, valid: Bool[np.ndarray, "height width"]
) -> tuple[np.float32, np.float32]:
    """Gain and offset from the light of one frame to that of the next.

    A plain offset (the median, blind to what covers less than half of the picture) where that
    explains most of it, else mean and spread matched; beyond a factor 4 it is no light change.
    """
    a, b = before[valid], after[valid]
    off = b.astype(np.int16) - a
    offset = np.median(off[::_SPARSE])
    if np.median(np.abs(off[::_SPARSE] - offset)) < _STEADY_LEVELS:
        return np.float32(1), np.float32(offset)
    spread_a, spread_b = float(a.std()), float(b.std())
    gain = min(max(spread_b / spread_a, 0.25), 4.0) if spread_a > 1 and spread_b > 1 else 1.0
    return np.float32(gain), np.float32(float(b.mean()) - gain * float(a.mean()))


def continuity(before: Gray, after: Gray, aligned: Aligned | None) -> Continuity:
    """Compare neighbours; with no alignment the frame counts as entirely new."""
    change = float(cv2.norm(before, after, cv2.NORM_L1)) / after.size
    if aligned is None:
        return Continuity(change, change, 1.0)
    left = np.abs(aligned.expected - after)
    return Continuity(
        change=change,
        difference=float(left[aligned.valid].mean()),
        decorrelation=_decorrelation(aligned, after),
    )


def _decorrelation(aligned: Aligned, after: Gray) -> float:
    """Unexplained share of detail energy; 0 where neither picture has detail."""
    seen = after.astype(np.float32)
    detail = seen - cv2.GaussianBlur(seen, (0, 0), _DETAIL_SIGMA)
    hidden = cv2.GaussianBlur(aligned.expected, (0, 0), _DETAIL_SIGMA)
    expected = aligned.expected - hidden
    a, b = detail[aligned.valid], expected[aligned.valid]
    left = float(np.square(a - b).mean())
    whole = float(np.square(a).mean() + np.square(b).mean())
    return min(left / (whole + _QUIET_ENERGY), 1.0)

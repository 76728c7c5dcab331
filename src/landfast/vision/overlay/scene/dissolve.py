"""Footage that dissolves into another shot: each picture is a blend of what was and what comes.

A camera that moves on shows other things too, but those in between are no mixture of the two
ends. Looked at in pictures of a few pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float64, UInt8
from landfast.vision.overlay.maps import Map

Tiny = UInt8[np.ndarray, "rows columns"]

_LENGTHS = (8, 16, 32, 64)
"""Frames that are looked at together; a longer dissolve is one in each of its parts."""
_OTHER_GREY = 14.0
"""Root mean square difference, grey levels, of two pictures that are not the same."""
_ALIKE = 0.7
"""Correlation above which two pictures show the same, in another light."""
_FLAT_GREY = 5.0
"""Spread below which a picture shows nothing: a fade, which hides but does not mix."""
_ASIDE = 0.45
"""Share of that difference by which blends may miss a picture in between."""
_INSIDE, _LEAST_SHARED = 0.99, 0.1
_MIXED, _MORE = 0.8, 0.15
"""Share of a picture's variance that both ends together give, and by how much more than one."""
_BACK, _AT_ONCE = 0.04, 0.4
"""Shares of the way that one frame may go back, and go on: more is a cut."""


def dissolves(pictures: Sequence[Tiny], motions: Sequence[Map | None]) -> tuple[int, int] | None:
    """First frame and last of a dissolve; None where there is none.

    Args:
        pictures: The footage, small.
        motions: How the scene moved from the first frame to each, in those pictures' pixels.
    """
    if len(pictures) < min(_LENGTHS):
        return None
    rows = np.stack([one.ravel() for one in pictures]).astype(np.float64)
    for length in _LENGTHS:
        for first in range(0, len(rows) - length, max(1, length // 4)):
            last = first + length
            if _is_blend(rows[first : last + 1]) and _is_mixed(pictures, motions, first, last):
                return first, last
    return None


def _is_mixed(
    pictures: Sequence[Tiny], motions: Sequence[Map | None], first: int, last: int
) -> bool:
    """Whether the picture in the middle is a mixture of both ends, moved as the scene did, and
    neither of them alone."""
    middle = (first + last) // 2
    start, now, stop = (motions[k] for k in (first, middle, last))
    if start is None or now is None or stop is None:
        return True
    before, there = _moved(pictures[first], now @ np.linalg.inv(start))
    after, also = _moved(pictures[last], now @ np.linalg.inv(stop))
    inside = there & also
    if inside.mean() < _LEAST_SHARED:
        return False
    shown = pictures[middle].astype(np.float64)[inside]
    alone = [_explained(shown, [one[inside]]) for one in (before, after)]
    both = _explained(shown, [before[inside], after[inside]])
    return both > _MIXED and both - max(alone) > _MORE


def _moved(
    picture: Tiny, by: Map
) -> tuple[Float64[np.ndarray, "rows columns"], Bool[np.ndarray, "rows columns"]]:
    """A picture under a homography, and where it shows anything."""
    size = picture.shape[1], picture.shape[0]
    moved = cv2.warpPerspective(picture.astype(np.float64), by, size, flags=cv2.INTER_LINEAR)
    shows = cv2.warpPerspective(np.ones(picture.shape), by, size, flags=cv2.INTER_LINEAR)
    return np.asarray(moved, np.float64), np.asarray(shows > _INSIDE)


def _explained(
    shown: Float64[np.ndarray, " pixel"], by: Sequence[Float64[np.ndarray, " pixel"]]
) -> float:
    """Share of a picture's variance that a mixture of others gives."""
    basis = np.stack([*by, np.ones_like(shown)], axis=1)
    weights, *_ = np.linalg.lstsq(basis, shown, rcond=None)
    missing = shown - basis @ weights
    return 1 - float(missing.var()) / max(float(shown.var()), 1e-9)


def _is_blend(rows: Float64[np.ndarray, "frame pixel"]) -> bool:
    """Whether the pictures go evenly from the first to the last as mixtures of both."""
    before, after = rows[0], rows[-1]
    whole = after - before
    size = float(np.sqrt(np.square(whole).mean()))
    if size < _OTHER_GREY or min(before.std(), after.std()) < _FLAT_GREY:
        return False
    if float(np.corrcoef(before, after)[0, 1]) > _ALIKE:
        return False
    share = (rows - before) @ whole / float(whole @ whole)
    aside = np.sqrt(np.square(rows - before - share[:, None] * whole).mean(axis=1))
    steps = np.diff(share)
    return bool(aside.max() < _ASIDE * size and steps.min() > -_BACK and steps.max() < _AT_ONCE)

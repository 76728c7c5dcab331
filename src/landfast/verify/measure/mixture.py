"""Ghosts: a spot of a frame that is a mixture of what both ends show there, and neither of them."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, UInt8

Picture = UInt8[np.ndarray, "height width 3"]
Field = Float32[np.ndarray, "rows columns"]

_EVERY: Final = 2
"""Pixels from one that is looked at to the next: pictures come blurred."""
_SIDES: Final = (7, 21)
"""Sides of patches in such pixels. Surf and leaves fit a mixture by chance in smaller ones, and in
the larger ones hardly ever."""
_SMOOTH: Final = 33
"""Side of the square whose mean is taken out of both: light that moves over a surface makes its
brightness a mixture of before and after, but not its detail."""
_LEFT: Final = 0.1
"""Most that mixing may leave of the squares that the nearer end alone leaves. An edge on its way
from one place to the other leaves half of them, as it is never at both."""


def mixture(
    frame: Picture, first: Picture, last: Picture, known: Bool[np.ndarray, "height width"]
) -> tuple[Field, Field]:
    """By how much patches are neither end though a mixture of both explains them, grey levels.

    A thing that moves is at one place or at another. One that is half at both was faded out here
    and in there (blend fit of the verification method, section 5.6, patch by patch).

    Args:
        frame: Slightly blurred picture.
        first: First end at its exposure, laid over it.
        last: The same of the last end.
        known: Where both ends show the place.

    Returns:
        Maps of every second row and column, by patches of 13 px and of 41 px.
    """
    here, one, two = (p[::_EVERY, ::_EVERY].astype(np.float32) for p in (frame, first, last))
    shown = known[::_EVERY, ::_EVERY].astype(np.float32)
    apart, left = (_detail(a - two) for a in (one, here))
    pairs = ((apart, apart), (apart, left), (left, left))
    squares = [cv2.transform(a * b, np.ones((1, 3))) * shown for a, b in pairs]
    small, large = (_ghost(*(cv2.blur(one, (side, side)) for one in squares)) for side in _SIDES)
    return small, large


def _ghost(ends: np.ndarray, both: np.ndarray, own: np.ndarray) -> Field:
    """The same from the mean squares of what the ends differ by and the frame from the last end,
    and from the mean product of both."""
    share = np.clip(both / np.maximum(ends, 1e-3), 0, 1)
    mixed = np.maximum(own - 2 * share * both + share * share * ends, 0)
    nearer = np.minimum(own, own - 2 * both + ends)
    return np.asarray(np.sqrt(np.maximum(nearer - mixed / _LEFT, 0) / 3), np.float32)


def _detail(picture: np.ndarray) -> np.ndarray:
    return np.asarray(picture - cv2.blur(picture, (_SMOOTH, _SMOOTH)))

"""Pictures of 8 and of 16 bits a channel: grey to measure on, and mixtures at their own depth."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, UInt8, UInt16

_STEP: Final = 257
"""Levels of 16 bits in one of 8: both end at white."""

Picture = UInt8[np.ndarray, "height width channels"] | UInt16[np.ndarray, "height width channels"]


def gray8(image: Picture, size: tuple[int, int] | None = None) -> UInt8[np.ndarray, "height width"]:
    """Luma of an RGB picture in 8 bits: motion is measured on it whatever the picture's depth.

    Args:
        image: The picture.
        size: Width and height of the result, an area average; its own without.
    """
    gray: np.ndarray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if gray.dtype != np.uint8:
        gray = np.asarray((gray.astype(np.uint32) + _STEP // 2) // _STEP, np.uint8)
    if size in (None, gray.shape[::-1]):
        return gray
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))


def white(image: Picture) -> int:
    """The highest level of a picture's depth: 255 or 65535."""
    return int(np.iinfo(image.dtype).max)


def mixed(one: Picture, other: Picture, share: Float32[np.ndarray, "height width"]) -> Picture:
    """`share` of one picture and the rest of the other, at their depth, rounded."""
    if one.dtype == np.uint8:
        return np.asarray(cv2.blendLinear(one, other, share, 1 - share))
    first, second = one.astype(np.float32), other.astype(np.float32)
    return np.asarray(np.rint(cv2.blendLinear(first, second, share, 1 - share)), np.uint16)

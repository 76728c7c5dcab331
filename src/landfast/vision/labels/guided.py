"""The guided filter: planes smoothed along the edges of a picture, by box means alone."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32

Plane = Float32[np.ndarray, "height width"]
_RADIUS: Final = 6
"""Half side of the window on the small grid, pixels."""
_SOFTNESS: Final = 40.0
"""Variance of the guide, grey levels squared, below which there is no edge to follow."""


def guided(
    planes: Float32[np.ndarray, "plane height width"],
    small: Plane,
    large: Float32[np.ndarray, "large_height large_width"],
) -> Float32[np.ndarray, "plane large_height large_width"]:
    """Planes brought to the size of a picture, their edges on its edges.

    Fast guided filter (He and Sun, 2015): the local linear model plane = a guide + b is fitted on
    the small grid and read at the large one.

    Args:
        planes: What is to be refined, on the small grid.
        small: Luma on the small grid, grey levels.
        large: Luma on the large one.
    """
    size = (2 * _RADIUS + 1, 2 * _RADIUS + 1)
    mean = cv2.blur(small, size)
    variance = cv2.blur(small * small, size) - mean * mean
    out = np.empty((len(planes), *large.shape), np.float32)
    whole = (large.shape[1], large.shape[0])
    for plane, target in zip(planes, out, strict=True):
        level = cv2.blur(plane, size)
        slope = (cv2.blur(plane * small, size) - level * mean) / (variance + _SOFTNESS)
        offset = cv2.blur(level - slope * mean, size)
        slope = cv2.blur(slope, size)
        np.multiply(cv2.resize(slope, whole), large, out=target)
        target += cv2.resize(offset, whole)
    return np.clip(out, 0, 1, out=out)

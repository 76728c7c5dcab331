"""Matching along depth: how well each inverse depth explains a frame's neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64, UInt8

Plane = Float32[np.ndarray, "height width"]
Volume = Float32[np.ndarray, "level height width"]

TRUNCATION: Final = 1.0
"""Highest cost of a pixel: hidden, moved or outside."""
_WINDOW: Final = 9
_FLOOR: Final = 3.0
"""Contrast (grey levels) below which a window is noise."""
_OUTSIDE: Final = 1e3


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another frame: its picture, and its camera seen from the frame that is measured."""

    picture: Plane
    """Normalised (see `normalised`)."""
    R: Float64[np.ndarray, "3 3"]
    t: Float64[np.ndarray, " 3"]


def normalised(gray: UInt8[np.ndarray, "height width"]) -> Plane:
    """Luma less its local mean, over its local contrast: exposure and haze drop out."""
    image, mean, spread = _local(gray)
    return np.asarray((image - mean) / (spread + np.float32(_FLOOR)))


def contrast(gray: UInt8[np.ndarray, "height width"]) -> Plane:
    """Local standard deviation of the luma, grey levels."""
    return _local(gray)[2]


def _local(gray: UInt8[np.ndarray, "height width"]) -> tuple[Plane, Plane, Plane]:
    """The luma, its mean and its standard deviation around every pixel."""
    image = gray.astype(np.float32)
    mean = cv2.boxFilter(image, -1, (_WINDOW, _WINDOW))
    square = cv2.boxFilter(image * image, -1, (_WINDOW, _WINDOW))
    return image, mean, np.sqrt(np.maximum(square - mean * mean, 0))


def plane_map(
    K: Float64[np.ndarray, "3 3"], neighbour: Neighbour, inverse: float
) -> Float64[np.ndarray, "3 3"]:
    """Homography from the frame to a neighbour for all points of one inverse depth."""
    seen = neighbour.R.copy()
    seen[:, 2] += inverse * neighbour.t
    return np.asarray(K @ seen @ np.linalg.inv(K))


def sweep(
    picture: Plane,
    before: Sequence[Neighbour],
    after: Sequence[Neighbour],
    K: Float64[np.ndarray, "3 3"],
    levels: Float64[np.ndarray, " level"],
) -> Volume:
    """Cost 0 to 1 of every level at every pixel (plane sweep; Collins, CVPR 1996).

    What is hidden on one side in time mostly shows on the other: the better side counts
    (Kang, Szeliski & Chai, CVPR 2001).
    """
    volume = np.empty((len(levels), *picture.shape), np.float32)
    sides = [side for side in (before, after) if side]
    for index, inverse in enumerate(levels):
        costs = [_side_cost(picture, side, K, float(inverse)) for side in sides]
        volume[index] = costs[0] if len(costs) == 1 else np.minimum(costs[0], costs[1])
    return volume


def _side_cost(
    picture: Plane, side: Sequence[Neighbour], K: np.ndarray, inverse: float
) -> np.ndarray:
    size = picture.shape[1], picture.shape[0]
    total = np.zeros(picture.shape, np.float32)
    for neighbour in side:
        there = cv2.warpPerspective(
            neighbour.picture,
            plane_map(K, neighbour, inverse),
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=_OUTSIDE,
        )
        away = cv2.absdiff(there, picture)
        total += cv2.min(away, TRUNCATION)
    out: np.ndarray = cv2.boxFilter(total / len(side), -1, (3, 3))
    return out

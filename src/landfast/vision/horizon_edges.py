"""Slopes down the picture, and how much each of them looks like the end of the sky."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from landfast.vision.windows import quantile

Gray = UInt8[np.ndarray, "height width"]

_EVERY = 3
"""Every third column votes."""
_LEAST_SLOPE = 1.3
_LIKELY_SLOPE = 1.5
"""Slope, grey levels a pixel, below which an edge is taken for noise: between these, twice
what the calmest tenth of the picture shows."""
_KERNEL = np.array([[-0.0545, -0.2442, -0.3481, 0.0, 0.3481, 0.2442, 0.0545]]).T / 2
"""Gaussian of one pixel, then the central difference."""
_SOFT = 13
"""Slopes that run on for more rows than this are soft: clouds and haze, not the horizon."""
_CLOUD = 6.0
"""Sharpest slope, grey levels a pixel, that the sky itself may show."""
_CLOUD_SHARE = 0.4
"""Or as a share of the horizon's own slope, where that allows for more."""
_ONE = np.ones((1, 1))


@dataclass(frozen=True, slots=True)
class Edges:
    """Slopes of every third column, grey levels a pixel, and how far each pixel ends the sky."""

    slope: Float32[np.ndarray, "height column"]
    sky: Float32[np.ndarray, "height column"]
    x: Float64[np.ndarray, " column"]
    """Column positions from the picture's centre, pixels."""
    least: float
    """Slope that counts as an edge here, grey levels a pixel."""


def find_edges(gray: Gray) -> Edges:
    """Slopes down the picture, every three columns taken together."""
    height, width = gray.shape
    columns = width // _EVERY
    thin = cv2.resize(gray[:, : columns * _EVERY], (columns, height), interpolation=cv2.INTER_AREA)
    slope = cv2.sepFilter2D(thin, cv2.CV_32F, _ONE, _KERNEL)
    least = _least_slope(slope)
    sharp = np.maximum(np.abs(slope) - np.abs(cv2.blur(slope, (1, _SOFT))), 0)
    above = _highest_above(sharp)
    energy = np.square(sharp)
    sky = energy / (energy + np.square(above) + np.float32(least**2))
    sky[above > np.maximum(np.float32(_CLOUD), np.float32(_CLOUD_SHARE) * sharp)] = 0
    x = np.arange(columns) * _EVERY + (_EVERY - width) / 2
    return Edges(slope, sky, x, least)


def _highest_above(
    sharp: Float32[np.ndarray, "height column"],
) -> Float32[np.ndarray, "height column"]:
    """Sharpest slope above each pixel; its own flank, four to seven pixels of it, left out."""
    height, columns = sharp.shape
    blocks = sharp[: height // 4 * 4].reshape(-1, 4, columns)
    highest = np.maximum.accumulate(np.maximum.reduce(blocks, axis=1), axis=0)
    above = np.zeros_like(sharp)
    rows = above[8:]
    rows[:] = np.repeat(highest, 4, axis=0)[: len(rows)]
    return above


def _least_slope(slope: Float32[np.ndarray, "height column"]) -> float:
    """What an edge must exceed, from the calmest tenth of the picture's blocks."""
    blocks = (max(1, slope.shape[1] // 10), max(1, slope.shape[0] // 16))
    energy = cv2.resize(slope * slope, blocks, interpolation=cv2.INTER_AREA)
    calm = 2 * math.sqrt(quantile(energy.ravel(), 0.1))
    return min(max(calm, _LEAST_SLOPE), _LIKELY_SLOPE)

"""What neither the frame before nor the one after shows where the motion around would put it.

Dense flow loses small things that move by much of their own size, and takes them for the ground
they hide. They still differ from it: twice, into the past and into the future (three-frame
differencing after motion compensation; Collins et al. 2000). What is uncovered differs only once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64, UInt8
from landfast.vision.motion.flow import warp
from landfast.vision.statistics.windows import quantile

Plane = Float32[np.ndarray, "height width"]
Flow = Float32[np.ndarray, "height width 2"]
Gray = UInt8[np.ndarray, "height width"]

_CELL: Final = 4
"""Side of the cells that the motion around is gathered in, small pixels."""
_MEDIANS: Final = (1, 3)
"""Medians of five by five cells in a row: the motion nearby, and that farther around."""
_WINDOW: Final = 5
_SLOPE_PX: Final = 0.35
"""Motion that is not known better, small pixels: a slope of the picture differs by that much."""
_NOISE: Final = 1.0
"""Grey levels that count as none."""
_ROUNDS: Final = 5
"""Rounds of weighing for the motion of the whole picture."""
_EDGE: Final = 6
"""Small pixels from the border within which what a neighbour shows is not known."""


def elsewhere(way: Flow) -> list[Flow]:
    """Where the motion nearby, that farther around, and the whole picture's would take a pixel."""
    return [*(_around(way, medians) for medians in _MEDIANS), _overall(way)]


def excess(here: Gray, sides: Sequence[tuple[Gray, Sequence[Flow]]], asked: Plane) -> Plane:
    """How far each pixel differs from what all other frames show, over what noise and slope allow.

    Args:
        sides: Other frames, and the motions that may lead there; the best counts.
        asked: As for `differing`.
    """
    if not (asked > 0.5).any():
        return np.zeros(here.shape, np.float32)
    own = calm(here)
    least = np.minimum.reduce([_least(own, calm(other), ways) for other, ways in sides])
    slope = np.hypot(*(cv2.Sobel(own, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1))))
    usual = quantile(least[asked > 0.5], 0.5)
    return np.asarray(least / (usual + _SLOPE_PX * cv2.blur(slope, (5, 5)) + _NOISE), np.float32)


def calm(gray: Gray) -> Plane:
    """Grey levels without the finest grain."""
    return np.asarray(cv2.blur(gray.astype(np.float32), (3, 3)))


def _least(here: Plane, other: Plane, ways: Sequence[Flow]) -> Plane:
    """The smallest of the differences that the motions leave; 0 beyond the border."""
    least = np.full(here.shape, np.inf, np.float32)
    for way in ways:
        apart = cv2.blur(np.abs(here - warp(other, way, resampling="linear")), (_WINDOW,) * 2)
        least = np.minimum(least, np.where(_inside(way), apart, 0))
    return least


def _around(way: Flow, medians: int) -> Flow:
    """Motion of the surroundings: what moves by itself is voted down by what lies around it."""
    height, width = way.shape[:2]
    planes = []
    for axis in (0, 1):
        plane = np.ascontiguousarray(way[_CELL // 2 :: _CELL, _CELL // 2 :: _CELL, axis])
        for _ in range(medians):
            plane = cv2.medianBlur(plane, 5)
        planes.append(cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR))
    return np.stack(planes, axis=-1)


def _overall(way: Flow) -> Flow:
    """The affine motion of the whole picture, least squares with Cauchy weights.

    Among windows or beams that all look alike the flow of a whole neighbourhood can be wrong.
    """
    height, width = way.shape[:2]
    y, x = np.mgrid[_CELL // 2 : height : 4 * _CELL, _CELL // 2 : width : 4 * _CELL]
    terms = _terms(x.ravel() / width, y.ravel() / width)
    seen = way[y.ravel(), x.ravel()].astype(np.float64)
    weight = np.ones((len(terms), 1))
    for _ in range(_ROUNDS):
        fit = np.linalg.lstsq(terms * weight, seen * weight, rcond=None)[0]
        off = np.linalg.norm(seen - terms @ fit, axis=1, keepdims=True)
        spread = max(float(np.median(off)), _SLOPE_PX)
        weight = 1 / np.sqrt(1 + np.square(off / spread))
    rows, columns = np.mgrid[:height, :width]
    whole = _terms(columns.ravel() / width, rows.ravel() / width) @ fit
    return np.asarray(whole.reshape(height, width, 2), np.float32)


def _terms(x: np.ndarray, y: np.ndarray) -> Float64[np.ndarray, "point 3"]:
    return np.stack([np.ones_like(x), x, y], axis=1)


def _inside(way: Flow) -> np.ndarray:
    """Pixels that a neighbour shows well inside its border."""
    height, width = way.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    own = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    x, y = x + way[..., 0], y + way[..., 1]
    there = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    return np.asarray(np.minimum(own, there) >= _EDGE)

"""Slopes down the picture, and how much each of them looks like the end of the sky."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64, Int64, UInt8
from landfast.vision.statistics.windows import quantile

Gray = UInt8[np.ndarray, "height width"]
Plane = Float32[np.ndarray, "height column"]
Above = Float32[np.ndarray, " column"]

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
_CLOUD = np.float32(6.0)
"""Sharpest slope, grey levels a pixel, that the sky itself may show."""
_CLOUD_SHARE = np.float32(0.4)
"""Or as a share of the horizon's own slope, where that allows for more."""
_BLOCK = 4
"""Rows that are taken together when the sharpest slope above is looked for."""
_ONE = np.ones((1, 1))


@dataclass(frozen=True, slots=True)
class Edges:
    """Slopes of every third column, and how far each pixel ends the sky.

    They reach down to where they were asked for, and mostly from the top of the picture: what
    lies below a line takes no part in whether it is the first edge under the sky. A band about a
    known line goes with the sharpest slope that an earlier frame showed above that line.
    """

    slope: Plane
    """Grey levels a pixel, positive where it grows brighter downwards."""
    sharp: Plane
    """Size of the slope that its surroundings do not share."""
    highest: Float32[np.ndarray, "block column"]
    """Sharpest slope from the top down to the end of each block of four rows; in a band, one row
    of what lies above the line."""
    x: Float64[np.ndarray, " column"]
    """Column positions from the picture's centre, pixels."""
    least: float
    """Slope that counts as an edge here, grey levels a pixel."""
    height: int
    """Rows of the whole picture."""
    top: int = 0
    """Row of the picture at which the planes begin."""

    def sky_at(self, at: Int64[np.ndarray, "*any"]) -> Float32[np.ndarray, "*any"]:
        """Share of the edge in all edges above it, 0 to 1, at flat positions in the planes."""
        columns = self.slope.shape[1]
        row, column = np.divmod(at, columns)
        # Its own flank, four to seven rows of it, is left out.
        block = (row + self.top) // _BLOCK - 2
        known = np.minimum(np.maximum(block, 0), len(self.highest) - 1)
        above = self.highest.take(known * columns + column)
        above[block < 0] = 0
        return _share(self.sharp.take(at), above, self.least)

    def above(self, line: tuple[float, float]) -> Above:
        """Sharpest slope above a line, column by column."""
        block = np.rint(line[0] * self.x + line[1]).astype(np.int64) // _BLOCK - 2
        known = np.minimum(np.maximum(block, 0), len(self.highest) - 1)
        return self.highest[known, np.arange(len(self.x))]

    def every_other(self) -> Edges:
        """Half of the columns."""
        planes = (self.slope, self.sharp, self.highest)
        slope, sharp, highest = (np.ascontiguousarray(plane[:, ::2]) for plane in planes)
        return Edges(slope, sharp, highest, self.x[::2], self.least, self.height)

    def sky(self) -> Plane:
        """The same for every pixel."""
        above = np.zeros_like(self.sharp)
        rows = above[2 * _BLOCK :]
        rows[:] = np.repeat(self.highest, _BLOCK, axis=0)[: len(rows)]
        return _share(self.sharp, above, self.least)


def _share(
    sharp: Float32[np.ndarray, "*any"], above: Float32[np.ndarray, "*any"], least: float
) -> Float32[np.ndarray, "*any"]:
    energy = sharp * sharp
    share = np.asarray(energy / (energy + above * above + np.float32(least**2)))
    share[above > np.maximum(_CLOUD, _CLOUD_SHARE * sharp)] = 0
    return share


def find_edges(gray: Gray, *, bottom: int | None = None, least: float | None = None) -> Edges:
    """Slopes down the picture, every three columns taken together.

    Args:
        gray: Luma, working size.
        bottom: Row at which to end; the whole picture where not given.
        least: Slope that counts as an edge, where it is known from an earlier frame.
    """
    height = len(gray)
    rows = height if bottom is None else min(max(bottom, 4 * _BLOCK), height)
    slope, sharp = _slopes(gray[:rows])
    least = _least_slope(slope) if least is None else least
    blocks = sharp[: rows // _BLOCK * _BLOCK].reshape(-1, _BLOCK, sharp.shape[1])
    highest = np.maximum.accumulate(np.maximum.reduce(blocks, axis=1), axis=0)
    return Edges(slope, sharp, highest, _columns(gray), least, height)


def find_band(gray: Gray, rows: tuple[int, int], *, above: Above, least: float) -> Edges:
    """The same between two rows only, where what lies above them is known."""
    top, bottom = max(0, rows[0]), min(rows[1], len(gray))
    slope, sharp = _slopes(gray[top:bottom])
    return Edges(slope, sharp, above[None], _columns(gray), least, len(gray), top)


def _slopes(gray: Gray) -> tuple[Plane, Plane]:
    rows, columns = gray.shape[0], gray.shape[1] // _EVERY
    part = gray[:, : columns * _EVERY]
    thin = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    slope = cv2.sepFilter2D(thin, cv2.CV_32F, _ONE, _KERNEL)
    sharp = np.abs(slope)
    soft = cv2.blur(slope, (1, _SOFT))
    sharp -= np.abs(soft, out=soft)
    return slope, np.maximum(sharp, 0, out=sharp)


def _columns(gray: Gray) -> Float64[np.ndarray, " column"]:
    width = gray.shape[1]
    return np.asarray(np.arange(width // _EVERY) * _EVERY + (_EVERY - width) / 2)


def _least_slope(slope: Plane) -> float:
    """What an edge must exceed, from the calmest tenth of the picture's blocks."""
    blocks = (max(1, slope.shape[1] // 10), max(1, slope.shape[0] // 16))
    energy = cv2.resize(slope * slope, blocks, interpolation=cv2.INTER_AREA)
    calm = 2 * math.sqrt(quantile(energy.ravel(), 0.1))
    return min(max(calm, _LEAST_SLOPE), _LIKELY_SLOPE)

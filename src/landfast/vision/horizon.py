"""The horizon: a straight boundary across the picture with nothing but sky above it.

Every column votes with its edges; an edge counts by the share it has in all the edges from the
top of the picture down to it, so the lower border of the sky speaks loudest. The votes are
gathered by a Hough transform (Duda and Hart, 1972), the line is refined to a fraction of a pixel
by robust least squares, and the columns that then carry it give the confidence. A skyline of
hills, trees or houses is not straight and finds no support.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt8

from landfast.vision.windows import running_quantile

Gray = UInt8[np.ndarray, "height width"]
Column = Float32[np.ndarray, " frame"]

_EVERY = 3
"""Every third column votes."""
_LEAST_SLOPE = 1.5
"""Slope, grey levels a pixel, below which an edge is taken for cloud or noise."""
_SOFT = 13
"""Slopes that run on for more rows than this are soft: clouds and haze, not the horizon."""
_CLOUD = 6.0
"""Sharpest slope, grey levels a pixel, that the sky itself may show."""
_CLOUD_SHARE = 0.4
"""Or as a share of the horizon's own slope, where that allows for more."""
_FULL_SLOPE = 5.0
_STEEPEST_DEG = 30.0
_ANGLES = np.radians(np.arange(-_STEEPEST_DEG, _STEEPEST_DEG + 1, 1.0))
_CANDIDATES = 5
_LEAST_VOTES = 5.0
_LEAST_BAND = 0.05
"""Share of the height that must lie above the horizon, and below."""
_BIN = 1.5
_REACHES = (6.0, 3.0, 2.0)
"""Distances from the line, pixels, within which its edge is looked for while refining."""
_ON_LINE_PX = 1.0
_SKY_SHARE = 0.4
_LEAST_SUPPORT = 0.2
_FULL_SUPPORT = 0.6
_LEAST_CONFIDENCE = 0.15
_LEAST_SIZE = 48
_TRUSTED = 0.3
_AFRESH = 10
"""Frames after which the whole picture is searched again where a horizon is in sight."""
_RETRY = 4
"""And where none is."""


Line = tuple[float, float]
"""Steepness (rows a column) and height at the centre column (rows), working pixels."""


_NOWHERE: tuple[float, Line] = (0.0, (0.0, 0.0))


class HorizonLine(NamedTuple):
    """A horizon as in the table's columns; NaN, NaN, 0 where there is none."""

    angle_deg: float
    height: float
    confidence: float


NO_HORIZON = HorizonLine(math.nan, math.nan, 0.0)


@dataclass(frozen=True, slots=True)
class _Edges:
    """Slopes of every third column, grey levels a pixel, and how far each pixel ends the sky."""

    slope: Float32[np.ndarray, "height column"]
    sky: Float32[np.ndarray, "height column"]
    x: Float64[np.ndarray, " column"]
    """Column positions from the picture's centre, pixels."""


@dataclass(slots=True)
class HorizonFinder:
    """Finds the horizon frame by frame; looks first where it was, and afresh now and then."""

    aspect: float = 1.0
    """Source pixels per working pixel down over those across."""
    _last: Line | None = None
    _age: int = _AFRESH

    def see(self, gray: Gray) -> HorizonLine:
        """Horizon of the next frame, luma at working width."""
        if min(gray.shape) < _LEAST_SIZE:
            return NO_HORIZON
        self._age += 1
        if self._last is None and self._age < _RETRY:
            return NO_HORIZON
        edges = _edges(gray)
        confidence, line = _NOWHERE if self._last is None else _judged(edges, self._last)
        if self._age >= (_AFRESH if confidence >= _TRUSTED else _RETRY):
            judged = [_judged(edges, start) for start in _hough(edges)]
            confidence, line = max([*judged, (confidence, line)])
            self._age = 0
        self._last = line if confidence >= _LEAST_CONFIDENCE else None
        if self._last is None:
            return NO_HORIZON
        angle = math.degrees(math.atan(line[0] * self.aspect))
        return HorizonLine(angle, (line[1] + 0.5) / gray.shape[0], confidence)


def _judged(edges: _Edges, line: Line) -> tuple[float, Line]:
    """Confidence and place of the refined line; no confidence where it finds no edge."""
    for reach in _REACHES:
        better = _refined(edges, line, reach)
        if better is None:
            return _NOWHERE
        line = better
    height = edges.slope.shape[0]
    if not _LEAST_BAND * height <= line[1] <= (1 - _LEAST_BAND) * height:
        return _NOWHERE
    return _confidence(edges, line), line


def _edges(gray: Gray) -> _Edges:
    calm = cv2.GaussianBlur(gray, (5, 5), 1.0)
    slope = cv2.Sobel(calm, cv2.CV_16S, 0, 1)[:, 1::_EVERY].astype(np.float32) / np.float32(8)
    sharp = np.maximum(np.abs(slope) - np.abs(cv2.blur(slope, (1, _SOFT))), 0)
    above = np.zeros_like(sharp)
    # The edge's own flank, four pixels of it, is not above it.
    above[4:] = np.maximum.accumulate(sharp, axis=0)[:-4]
    energy = np.square(sharp)
    sky = energy / (energy + np.square(above) + np.float32(_LEAST_SLOPE**2))
    sky[above > np.maximum(np.float32(_CLOUD), np.float32(_CLOUD_SHARE) * sharp)] = 0
    x = np.arange(1, gray.shape[1], _EVERY) - (gray.shape[1] - 1) / 2
    return _Edges(slope, sky, x)


def _hough(edges: _Edges) -> list[Line]:
    """The lines with the most votes, no two of them close to each other."""
    size = np.abs(edges.slope)
    peak = np.zeros(size.shape, bool)
    peak[1:-1] = (size[1:-1] >= size[:-2]) & (size[1:-1] > size[2:]) & (edges.sky[1:-1] > 0.2)
    rows, columns = np.nonzero(peak)
    if len(rows) < 10:
        return []
    votes = edges.sky[peak] * np.minimum(size[peak] / np.float32(_FULL_SLOPE), 1)
    tilt, height = np.tan(_ANGLES), size.shape[0]
    bins = int(3 * height / _BIN)
    at = ((rows[None] - tilt[:, None] * edges.x[columns][None] + height) / _BIN).astype(np.int64)
    at = np.clip(at, 0, bins - 1) + bins * np.arange(len(tilt))[:, None]
    weights = np.broadcast_to(votes, at.shape).ravel()
    counts = np.bincount(at.ravel(), weights=weights, minlength=bins * len(tilt))
    return _peaks(cv2.GaussianBlur(counts.reshape(len(tilt), bins), (3, 3), 0.7), tilt, height)


def _peaks(
    counts: Float64[np.ndarray, "tilt bin"], tilt: Float64[np.ndarray, " tilt"], height: int
) -> list[Line]:
    lines = []
    for _ in range(_CANDIDATES):
        angle, offset = np.unravel_index(int(counts.argmax()), counts.shape)
        if counts[angle, offset] < _LEAST_VOTES:
            break
        lines.append((float(tilt[angle]), float((offset + 0.5) * _BIN - height)))
        counts[max(0, angle - 4) : angle + 5, max(0, offset - 4) : offset + 5] = 0
    return lines


class _Traced(NamedTuple):
    """The edge nearest to a line, column by column."""

    y: Float64[np.ndarray, " column"]
    strength: Float64[np.ndarray, " column"]
    """Slope in the line's own direction, grey levels a pixel; 0 where there is no edge."""
    sky: Float64[np.ndarray, " column"]


def _trace(edges: _Edges, line: Line, reach: float) -> _Traced:
    """Strongest edge within reach of the line in every column, to a fraction of a pixel."""
    height = edges.slope.shape[0]
    expected = line[0] * edges.x + line[1]
    offsets = np.arange(-math.ceil(reach), math.ceil(reach) + 1)
    rows = np.rint(expected).astype(np.int64)[None] + offsets[:, None]
    inside = (rows >= 1) & (rows <= height - 2)
    rows = np.clip(rows, 1, height - 2)
    column = np.arange(len(edges.x))
    slope = np.where(inside, edges.slope[rows, column], 0)
    sky = edges.sky[rows, column] * inside
    falling = float((np.maximum(-slope, 0) * sky).sum()) >= float(
        (np.maximum(slope, 0) * sky).sum()
    )
    toned = -slope if falling else slope
    best = toned.argmax(axis=0)
    at = rows[best, column]
    sign = -1.0 if falling else 1.0
    middle, up, down = (sign * edges.slope[at + k, column].astype(np.float64) for k in (0, -1, 1))
    bend = up - 2 * middle + down
    shift = np.where(bend < -1e-6, 0.5 * (up - down) / np.where(bend < -1e-6, bend, 1), 0)
    near = np.maximum(sky.max(axis=0), 0)
    strength = np.where(toned[best, column] > _LEAST_SLOPE, toned[best, column], 0)
    return _Traced(at + np.clip(shift, -0.5, 0.5), strength.astype(np.float64), near.astype(float))


def _refined(edges: _Edges, line: Line, reach: float) -> Line | None:
    """Line through the traced edge: five rounds of least squares with Cauchy weights."""
    traced = _trace(edges, line, reach)
    if ((traced.strength > 0) & (traced.sky > _SKY_SHARE)).mean() < _LEAST_SUPPORT:
        return None
    votes = np.minimum(traced.strength / _FULL_SLOPE, 1) * traced.sky
    if np.count_nonzero(votes) < 10:
        return None
    tilt, height = line
    sides = np.stack([np.ones_like(edges.x), edges.x, traced.y, edges.x**2, edges.x * traced.y])
    for _ in range(5):
        off = (traced.y - tilt * edges.x - height) / 0.7
        weight = votes / np.square(1 + off * off)
        total, x, y, xx, xy = (sides @ weight).tolist()
        if total < 1e-6 or xx - x * x / total < 1e-6:
            return None
        tilt = (xy - x * y / total) / (xx - x * x / total)
        height = (y - tilt * x) / total
    return (tilt, height) if abs(tilt) < math.tan(math.radians(_STEEPEST_DEG + 5)) else None


def _confidence(edges: _Edges, line: Line) -> float:
    """From the share of columns that carry the line, and how many of those near it do not."""
    traced = _trace(edges, line, _REACHES[-1])
    carries = (
        (traced.strength > 0)
        & (traced.sky > _SKY_SHARE)
        & (np.abs(traced.y - line[0] * edges.x - line[1]) < _ON_LINE_PX)
    )
    support = _unbroken(carries)
    return float(np.clip((support - _LEAST_SUPPORT) / (_FULL_SUPPORT - _LEAST_SUPPORT), 0, 1))


def _unbroken(carries: Bool[np.ndarray, " column"]) -> float:
    """Share of columns that carry the line within a neighbourhood that mostly does."""
    kernel = np.ones((1, 9), np.float32) / np.float32(9)
    around = cv2.filter2D(
        carries[None].astype(np.float32), -1, kernel, borderType=cv2.BORDER_REPLICATE
    )[0]
    return float((carries & (around > 0.7)).mean())


def without_outliers(
    angle_deg: Column, height: Column, confidence: Column, *, fps: float
) -> tuple[Column, Column, Column]:
    """The columns with frames silenced that agree with no neighbour.

    A horizon that is seen in fewer than three frames within a quarter second on either side, or
    that lies 1.5 degrees or 3 % of the height off their median, is not trusted.
    """
    radius = max(2, round(fps / 4))
    seen = (~np.isnan(angle_deg)).astype(np.float64)
    company = np.convolve(seen, np.ones(2 * radius + 1), mode="same")[: len(seen)]
    off_angle = np.abs(angle_deg - running_quantile(angle_deg, radius, 0.5))
    off_height = np.abs(height - running_quantile(height, radius, 0.5))
    alone = (company < min(3, len(seen))) | (off_angle > 1.5) | (off_height > 0.03)
    keep = (seen > 0) & ~alone
    return (
        np.where(keep, angle_deg, np.nan).astype(np.float32),
        np.where(keep, height, np.nan).astype(np.float32),
        np.where(keep, confidence, 0).astype(np.float32),
    )

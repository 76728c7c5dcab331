"""The horizon: a straight boundary across the picture with nothing but sky above it.

Every column votes with its edges; an edge counts by the share it has in all the edges from the
top of the picture down to it, so the lower border of the sky speaks loudest. The votes are
gathered by a Hough transform (Duda and Hart, 1972), the line is refined to a fraction of a pixel
by robust least squares, and the columns that then carry it give the confidence. A skyline of
hills, trees or houses is not straight and finds no support.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, UInt8

from landfast.vision.horizon_edges import Edges, find_edges
from landfast.vision.horizon_far import FarCheck
from landfast.vision.horizon_skyline import find_skyline, sky_border

Gray = UInt8[np.ndarray, "height width"]
Column = Float32[np.ndarray, " frame"]

_FULL_SLOPE = 5.0
_STEEPEST_DEG = 30.0
_ANGLES = np.radians(np.arange(-_STEEPEST_DEG, _STEEPEST_DEG + 1, 1.0))
_OF_BORDER = 8
_OF_ALL = 4
"""Candidates taken from either poll."""
_LEAST_VOTES = 5.0
_LEAST_BAND = 0.05
"""Share of the height that must lie above the horizon, and below."""
_BIN = 1.5
_REACHES = (6.0, 3.0, 2.0)
"""Distances from the line, pixels, within which its edge is looked for while refining."""
_NEAR_REACHES = (5.0, 2.0)
"""The same where the line of the frame before is known."""
_ON_LINE_PX = 1.0
_SKY_SHARE = 0.4
_LEAST_EDGES = 0.2
"""Share of columns with an edge near a candidate."""
_LEAST_SUPPORT = 0.25
_FULL_SUPPORT = 0.6
_LEAST_CONFIDENCE = 0.15
_FAINT_SLOPE, _FIRM_SLOPE = 2.5, 6.5
"""Median slope of the line, grey levels a pixel, at which confidence begins and is not cut."""
_LEAST_RAGGED = 0.03
_RAGGED_BAND = 0.12
"""A skyline needs more sky above it than an edge that is straight."""
_LEAST_SIZE = 48
_TRUSTED = 0.3
_AFRESH = 25
"""Frames after which the whole picture is searched again where a horizon is in sight."""
_RETRY = 8
"""And where none is."""


Line = tuple[float, float]
"""Steepness (rows a column) and height at the centre column (rows), working pixels."""


class HorizonLine(NamedTuple):
    """A horizon as in the table's columns; NaN, NaN, 0 where there is none."""

    angle_deg: float
    height: float
    confidence: float
    near_px: float = math.nan
    """Motion beside the line that a far one would not show; NaN where not measured."""


NO_HORIZON = HorizonLine(math.nan, math.nan, 0.0)


class _Judged(NamedTuple):
    """A refined line, how sure it is, and the columns that show it."""

    confidence: float
    line: Line
    carries: Bool[np.ndarray, " column"]


_NOWHERE = _Judged(0.0, (0.0, 0.0), np.zeros(0, bool))


@dataclass(slots=True)
class HorizonFinder:
    """Finds the horizon frame by frame; looks first where it was, and afresh now and then."""

    aspect: float = 1.0
    """Source pixels per working pixel down over those across."""
    _last: Line | None = None
    _far: FarCheck = field(default_factory=FarCheck)
    _age: int = _AFRESH
    _sure: bool = False

    def see(self, gray: Gray) -> HorizonLine:
        """Horizon of the next frame, luma at working width."""
        if min(gray.shape) < _LEAST_SIZE:
            return NO_HORIZON
        self._age += 1
        if self._last is None and self._age < _RETRY:
            return NO_HORIZON
        found = self._search(find_edges(gray))
        self._last = found.line if found.confidence > 0 else None
        near = self._far.see(gray, self._last, found.carries)
        if self._last is None:
            return NO_HORIZON
        tilt, height = self._last
        angle = math.degrees(math.atan(tilt * self.aspect))
        return HorizonLine(angle, (height + 0.5) / gray.shape[0], found.confidence, near)

    def _search(self, edges: Edges) -> _Judged:
        """The line near the last one; now and then the best one anywhere; else a skyline's foot."""
        found = _NOWHERE if self._last is None else _judged(edges, self._last, _NEAR_REACHES)
        lost = self._sure and found.confidence < _LEAST_CONFIDENCE
        self._sure = False
        if lost or self._age >= (_AFRESH if found.confidence >= _TRUSTED else _RETRY):
            self._age = 0
            judged = [_judged(edges, start, _REACHES) for start in _candidates(edges)]
            found = max([found, *judged], key=lambda one: one.confidence)
        self._sure = found.confidence >= _LEAST_CONFIDENCE
        return found if self._sure else _behind(edges)


def _behind(edges: Edges) -> _Judged:
    """The horizon behind a skyline, if there is one."""
    ragged = find_skyline(edges)
    if ragged is None or ragged.confidence < _LEAST_RAGGED:
        return _NOWHERE
    if not _is_inside(edges, ragged.line, band=_RAGGED_BAND):
        return _NOWHERE
    return _Judged(ragged.confidence, ragged.line, ragged.carries)


def _is_inside(edges: Edges, line: Line, *, band: float = _LEAST_BAND) -> bool:
    return bool(band <= line[1] / edges.slope.shape[0] <= 1 - band)


def _judged(edges: Edges, line: Line, reaches: tuple[float, ...]) -> _Judged:
    """Confidence and place of the refined line; no confidence where it finds no edge."""
    for reach in reaches:
        better = _refined(edges, line, reach)
        if better is None:
            return _NOWHERE
        line = better
    if not _is_inside(edges, line):
        return _NOWHERE
    carries, strength = _carries(edges, line)
    share = (_unbroken(carries) - _LEAST_SUPPORT) / (_FULL_SUPPORT - _LEAST_SUPPORT)
    firm = min(max((strength - _FAINT_SLOPE) / (_FIRM_SLOPE - _FAINT_SLOPE), 0.0), 1.0)
    return _Judged(firm * min(max(share, 0.0), 1.0), line, carries)


def _candidates(edges: Edges) -> list[Line]:
    """Lines with many votes: first of each column's likeliest end of the sky, then of all edges."""
    border = sky_border(edges)
    seen = np.flatnonzero(~np.isnan(border))
    rows = border[seen].astype(np.int64)
    found = _hough(edges, rows, seen, _OF_BORDER)
    size = np.abs(edges.slope)
    peak = np.zeros(size.shape, bool)
    peak[1:-1] = (size[1:-1] >= size[:-2]) & (size[1:-1] > size[2:]) & (edges.sky[1:-1] > 0.2)
    anywhere = np.nonzero(peak)
    return found + _hough(edges, anywhere[0], anywhere[1], _OF_ALL)


def _hough(
    edges: Edges,
    rows: Int64[np.ndarray, " vote"],
    columns: Int64[np.ndarray, " vote"],
    most: int,
) -> list[Line]:
    """The lines with the most votes, no two of them close to each other."""
    if len(rows) < 10:
        return []
    strength = np.abs(edges.slope[rows, columns]) / np.float32(_FULL_SLOPE)
    votes = edges.sky[rows, columns] * np.minimum(strength, 1)
    tilt, height = np.tan(_ANGLES), edges.slope.shape[0]
    bins = int(3 * height / _BIN)
    at = ((rows[None] - tilt[:, None] * edges.x[columns][None] + height) / _BIN).astype(np.int64)
    at = np.clip(at, 0, bins - 1) + bins * np.arange(len(tilt))[:, None]
    weights = np.broadcast_to(votes, at.shape).ravel()
    counts = np.bincount(at.ravel(), weights=weights, minlength=bins * len(tilt))
    blurred = cv2.GaussianBlur(counts.reshape(len(tilt), bins), (3, 3), 0.7)
    return _peaks(blurred, tilt, height, most)


def _peaks(
    counts: Float64[np.ndarray, "tilt bin"],
    tilt: Float64[np.ndarray, " tilt"],
    height: int,
    most: int,
) -> list[Line]:
    lines = []
    for _ in range(most):
        angle, offset = np.unravel_index(int(counts.argmax()), counts.shape)
        if counts[angle, offset] < _LEAST_VOTES:
            break
        lines.append((float(tilt[angle]), float((offset + 0.5) * _BIN - height)))
        counts[max(0, angle - 1) : angle + 2, max(0, offset - 2) : offset + 3] = 0
    return lines


class _Traced(NamedTuple):
    """The edge nearest to a line, column by column."""

    y: Float64[np.ndarray, " column"]
    strength: Float64[np.ndarray, " column"]
    """Slope in the line's own direction, grey levels a pixel; 0 where there is no edge."""
    sky: Float64[np.ndarray, " column"]


def _trace(edges: Edges, line: Line, reach: float) -> _Traced:
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
    strength = np.where(toned[best, column] > edges.least, toned[best, column], 0)
    return _Traced(at + np.clip(shift, -0.5, 0.5), strength.astype(np.float64), near.astype(float))


def _refined(edges: Edges, line: Line, reach: float) -> Line | None:
    """Line through the traced edge: four rounds of least squares with Cauchy weights."""
    traced = _trace(edges, line, reach)
    if ((traced.strength > 0) & (traced.sky > _SKY_SHARE)).mean() < _LEAST_EDGES:
        return None
    votes = np.minimum(traced.strength / _FULL_SLOPE, 1) * traced.sky
    if np.count_nonzero(votes) < 10:
        return None
    tilt, height = line
    sides = np.stack([np.ones_like(edges.x), edges.x, traced.y, edges.x**2, edges.x * traced.y])
    for _ in range(4):
        off = (traced.y - tilt * edges.x - height) / 0.7
        weight = votes / np.square(1 + off * off)
        total, x, y, xx, xy = (sides @ weight).tolist()
        if total < 1e-6 or xx - x * x / total < 1e-6:
            return None
        tilt = (xy - x * y / total) / (xx - x * x / total)
        height = (y - tilt * x) / total
    return (tilt, height) if abs(tilt) < math.tan(math.radians(_STEEPEST_DEG + 5)) else None


def _carries(edges: Edges, line: Line) -> tuple[Bool[np.ndarray, " column"], float]:
    """Columns whose first firm edge lies on the line, and their median slope."""
    traced = _trace(edges, line, _REACHES[-1])
    off = np.abs(traced.y - line[0] * edges.x - line[1])
    on_line = np.asarray((traced.strength > 0) & (traced.sky > _SKY_SHARE) & (off < _ON_LINE_PX))
    return on_line, float(np.median(traced.strength[on_line])) if on_line.any() else 0.0


def _unbroken(carries: Bool[np.ndarray, " column"]) -> float:
    """Share of columns that carry the line within a neighbourhood that mostly does."""
    kernel = np.ones((1, 9), np.float32) / np.float32(9)
    around = cv2.filter2D(
        carries[None].astype(np.float32), -1, kernel, borderType=cv2.BORDER_REPLICATE
    )[0]
    return float((carries & (around > 0.7)).mean())

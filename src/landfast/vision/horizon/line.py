"""Lines held against the edges of a picture: refined to a fraction of a pixel, and judged.

Many lines are taken at once; one costs little more than the call itself.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from landfast.model.arrays import Bool, Float64
from landfast.vision.horizon.edges import Edges
from landfast.vision.statistics.windows import quantile

Lines = Float64[np.ndarray, "line 2"]
"""Steepness (rows a column) and height at the centre column (rows), working pixels."""
Column = Float64[np.ndarray, "line column"]
Flags = Bool[np.ndarray, "line column"]

STEEPEST_DEG: Final = 30.0
FULL_SLOPE: Final = 5.0
LEAST_BAND: Final = 0.05
"""Share of the height that must lie above the horizon, and below."""
_ON_LINE_PX: Final = 1.0
_SKY_SHARE: Final = 0.4
_LEAST_EDGES: Final = 0.2
"""Share of columns with an edge near a candidate."""
_LEAST_SUPPORT: Final = 0.25
_FULL_SUPPORT: Final = 0.6
_FAINT_SLOPE, _FIRM_SLOPE = 2.5, 6.5
"""Median slope of the line, grey levels a pixel, at which confidence begins and is not cut."""
_SCALE_PX: Final = 0.7
"""Distance from the line at which an edge counts a quarter."""
_ROUNDS: Final = 4
"""Of reweighting within each reach; half of them where a line is followed."""


class Judged(NamedTuple):
    """Refined lines, how sure each is, and the columns that show it."""

    confidence: Float64[np.ndarray, " line"]
    lines: Lines
    carries: Flags


class _Traced(NamedTuple):
    """The edge nearest to each line, column by column."""

    y: Column
    strength: Column
    """Slope in the line's own direction, grey levels a pixel; 0 where there is no edge."""
    sky: Column


def judge(edges: Edges, lines: Lines, reaches: tuple[float, ...]) -> Judged:
    """Confidence and place of the refined lines; no confidence where one finds no edge.

    Args:
        edges: The picture.
        lines: Where to look.
        reaches: Distances, px, within which the edge is looked for, one after the other: three
            for a search, two where the line is known.
    """
    good = np.ones(len(lines), bool)
    rounds = _ROUNDS if len(reaches) > 2 else _ROUNDS // 2
    for reach in reaches:
        traced = _trace(edges, lines, reach)
        lines, found = _refined(edges, lines, traced, rounds)
        good &= found
    band = LEAST_BAND * edges.height
    good &= (lines[:, 1] >= band) & (lines[:, 1] <= edges.height - band)
    off = np.abs(traced.y - _rows(edges, lines))
    carries = (traced.strength > 0) & (traced.sky > _SKY_SHARE) & (off < _ON_LINE_PX)
    share = (_unbroken(carries) - _LEAST_SUPPORT) / (_FULL_SUPPORT - _LEAST_SUPPORT)
    firm = (_median(traced.strength, carries) - _FAINT_SLOPE) / (_FIRM_SLOPE - _FAINT_SLOPE)
    sure = good * np.minimum(np.maximum(firm, 0), 1) * np.minimum(np.maximum(share, 0), 1)
    return Judged(sure, lines, carries)


def shortlist(
    edges: Edges, lines: Lines, *, reach: float, most: int
) -> Float64[np.ndarray, "kept 2"]:
    """The lines, refined once on every other column, that most of the edge lies on."""
    thin = edges.every_other()
    lines, good = _refined(thin, lines, traced := _trace(thin, lines, reach), _ROUNDS)
    off = (traced.y - _rows(thin, lines)) * (1 / _SCALE_PX)
    worth = good * (np.minimum(traced.strength / FULL_SLOPE, 1) * traced.sky / (1 + off * off)).sum(
        axis=1
    )
    order = np.argsort(-worth, kind="stable")
    kept: list[int] = []
    for at in order[worth[order] > 0].tolist():
        apart = np.abs(lines[kept] - lines[at]) / (0.01, 1.0)
        if (apart.max(axis=1) > 1).all():
            kept.append(at)
    return lines[kept[:most]]


def _rows(edges: Edges, lines: Lines) -> Column:
    return np.asarray(lines[:, :1] * edges.x + lines[:, 1:])


def _trace(edges: Edges, lines: Lines, reach: float) -> _Traced:
    """Strongest edge within reach of the line in every column, to a fraction of a pixel."""
    height, columns = edges.slope.shape
    most = math.ceil(reach)
    # One row more on either side, for the fraction of a pixel.
    first = np.rint(_rows(edges, lines)).astype(np.int64) - edges.top - most - 1
    rows = first[:, None] + np.arange(2 * most + 3)[:, None]
    inside = (rows >= 1) & (rows <= height - 2)
    at = np.minimum(np.maximum(rows, 1), height - 2) * columns + np.arange(columns)
    slope = edges.slope.take(at) * inside
    sky = edges.sky_at(at[:, 1:-1]) * inside[:, 1:-1]
    rising = np.einsum("lrc,lrc->l", slope[:, 1:-1], sky) > 0
    slope *= np.where(rising, np.float32(1), np.float32(-1))[:, None, None]
    best = slope[:, 1:-1].argmax(axis=1)
    flat = (np.arange(len(lines))[:, None] * rows.shape[1] + best) * columns + np.arange(columns)
    up, middle, down = (slope.take(flat + k * columns) for k in range(3))
    bend = np.minimum(up - 2 * middle + down, np.float32(-1e-6))
    shift = np.minimum(np.maximum(0.5 * (up - down) / bend, -0.5), 0.5)
    strength = np.where(middle > edges.least, middle, 0)
    y = (first + best + 1 + edges.top + shift).astype(np.float64)
    return _Traced(y, strength.astype(np.float64), sky.max(axis=1).astype(np.float64))


def _refined(
    edges: Edges, lines: Lines, traced: _Traced, rounds: int
) -> tuple[Lines, Bool[np.ndarray, " line"]]:
    """Lines through the traced edge, by least squares with Geman-McClure weights."""
    x = edges.x
    good = ((traced.strength > 0) & (traced.sky > _SKY_SHARE)).mean(axis=1) >= _LEAST_EDGES
    votes = np.minimum(traced.strength / FULL_SLOPE, 1) * traced.sky
    good &= np.count_nonzero(votes, axis=1) >= 10
    powers = np.stack([np.ones_like(x), x, x * x], axis=1)
    tilt, height = lines[:, :1], lines[:, 1:]
    for _ in range(rounds):
        off = (traced.y - tilt * x - height) * (1 / _SCALE_PX)
        off *= off
        off += 1
        weight = votes / (off * off)
        by_x, by_y = weight @ powers, (weight * traced.y) @ powers[:, :2]
        total, wx, y = by_x[:, :1] + 1e-9, by_x[:, 1:2], by_y[:, :1]
        spread = by_x[:, 2:] - wx * wx / total + 1e-9
        tilt = (by_y[:, 1:] - wx * y / total) / spread
        height = (y - tilt * wx) / total
    good &= ((total > 1e-6) & (spread > 1e-6))[:, 0]
    good &= np.abs(tilt[:, 0]) < math.tan(math.radians(STEEPEST_DEG + 5))
    return np.where(good[:, None], np.concatenate([tilt, height], axis=1), lines), good


def _unbroken(carries: Flags) -> Float64[np.ndarray, " line"]:
    """Share of columns that carry the line within a neighbourhood of nine that mostly does."""
    lines, columns = carries.shape
    total = np.zeros((lines, columns + 9), np.int64)
    inner = total[:, 5:-4]
    np.cumsum(carries, axis=1, out=inner)
    # Beyond either end, the last column goes on.
    total[:, :5] = carries[:, :1] * np.arange(-4, 1)
    total[:, -4:] = inner[:, -1:] + carries[:, -1:] * np.arange(1, 5)
    return np.asarray((carries & (total[:, 9:] - total[:, :-9] >= 7)).mean(axis=1))


def _median(values: Column, chosen: Flags) -> Float64[np.ndarray, " line"]:
    """Median over the chosen columns; 0 where there are none."""
    medians = [
        quantile(row[flags], 0.5) if flags.any() else 0.0
        for row, flags in zip(values, chosen, strict=True)
    ]
    return np.array(medians)

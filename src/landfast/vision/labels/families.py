"""Families of straight lines that share a vanishing point, as only what is made by man has them.

Walls, roofs and streets are made of few directions, held to a fraction of a degree over metres:
their lines meet in a few points, however the camera stands (Coughlan and Yuille, 1999). Strata,
cracks and trunks run *about* one way. So a family counts where lines are several times denser at
its point than just beside it.
"""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple

import numpy as np

from landfast.model.arrays import Bool, Float32, Int64

Segments = Float32[np.ndarray, "line 4"]
Share = Float32[np.ndarray, " line"]
Run = Literal["aslant", "level", "upright"]

_LONGEST: Final = 300
"""Lines that points are judged by."""
_PAIRED: Final = (40, 28)
"""The longest lines, and the longest upright ones, whose crossings are tried as points."""
UPRIGHT: Final = 0.94
"""Rise over length of a line that may be upright: within 20 degrees."""
_EXACT_DEG: Final = 0.8
_END_PX: Final = 0.16
"""A line of a family misses its point by at most that angle, and its ends by that much."""
_RING: Final = (1.5, 5.0)
"""Beside the point: lines that miss it by so many times what a member may."""
_COUNTS_PX: Final = (15.0, 60.0)
"""Length that weighs one, and that from which on more adds nothing."""
_FEWEST: Final = 6
_SHARPER: Final = {"aslant": 4.5, "level": 3.0, "upright": 2.5}
"""Density of lines at the point over that beside it, by how they run in the middle of the picture:
what stands upright or lies level is looked for, so it needs less than what is found anywhere."""
_SURE: Final = {"aslant": 10.0, "level": 9.0, "upright": 7.0}
"""Standard deviations of chance by which a family outdoes what lies beside it. Measured: gullies
drawn down a rendered rock face reach 4.4 and 13 aslant; trees, fields and sea 7, and 4 upright."""
LEVEL: Final = 0.14
"""Rise over length of a line that may be level: within 8 degrees."""
_TRIES: Final = 10
_ROUNDS: Final = 2


class Lines(NamedTuple):
    """Segments in units of half the picture's width, from its centre."""

    middle: Float32[np.ndarray, "line 2"]
    way: Float32[np.ndarray, "line 2"]
    through: Float32[np.ndarray, "line 3"]
    """The line through each, homogeneous."""
    allowed: Share
    """Sine of the angle by which it may miss its point."""
    weight: Share

    def only(self, which: Int64[np.ndarray, " some"]) -> Lines:
        """Some of the lines."""
        return Lines(*(each[which] for each in self))


def families(ends: Segments, size: tuple[int, int]) -> Int64[np.ndarray, " line"]:
    """Number of the family of each segment; -1 for those of none.

    Args:
        ends: Segments (x0, y0, x1, y1), pixels.
        size: Width and height of their picture.
    """
    found = np.full(len(ends), -1)
    if len(ends) < _FEWEST:
        return found
    lines = _lines(ends, size)
    judged = lines.only(np.argsort(-_lengths(ends), kind="stable")[:_LONGEST])
    points = _crossings(judged)
    missed = _missed(points, judged)
    beside = judged.weight * _is_beside(missed) * np.float32(2 / (_RING[1] - _RING[0]))
    score = judged.weight * (missed < 1) - beside
    left = np.ones(len(judged.weight), bool)
    for number in range(_TRIES if len(points) else 0):
        best = int(np.argmax(score[:, left].sum(axis=1)))
        point = _refined(points[best], judged, left)
        off = _missed(point[None], lines)[0]
        if _stands_out(off, lines.weight * (found < 0), run=_run(point)):
            found[(off < 1) & (found < 0)] = number
        left &= (_missed(point[None], judged)[0] >= 1) & (missed[best] >= 1)
        if left.sum() < _FEWEST:
            break
    return found


def _stands_out(off: Share, weight: Share, *, run: Run) -> bool:
    """Whether lines are denser at a point than beside it, by more than chance."""
    here = float(weight[off < 1].sum())
    usual = float(weight[_is_beside(off)].sum()) / (_RING[1] - _RING[0])
    many = int((weight[off < 1] > 0).sum()) >= _FEWEST
    sharp = here > _SHARPER[run] * usual
    return many and sharp and here - usual > _SURE[run] * math.sqrt(usual + 1)


def _run(point: np.ndarray) -> Run:
    """How lines to a point run in the middle of the picture; aslant where it lies within it."""
    far = float(np.hypot(point[0], point[1]))
    if far < abs(float(point[2])):
        return "aslant"
    rise = abs(float(point[1])) / far
    return "upright" if rise > UPRIGHT else "level" if rise < LEVEL else "aslant"


def _is_beside(off: np.ndarray) -> np.ndarray:
    return (off >= _RING[0]) & (off < _RING[1])


def _lines(ends: Segments, size: tuple[int, int]) -> Lines:
    unit = size[0] / 2
    centre = np.array([size[0] - 1, size[1] - 1], np.float32) / 2
    start, stop = ((ends[:, k : k + 2] - centre) / np.float32(unit) for k in (0, 2))
    length = _lengths(ends)
    through = np.cross(*np.pad([start, stop], ((0, 0), (0, 0), (0, 1)), constant_values=1))
    allowed = np.sin(np.radians(_EXACT_DEG) + _END_PX / length)
    return Lines(
        (start + stop) / 2,
        (stop - start) / (length / np.float32(unit))[:, None],
        (through / np.hypot(through[:, 0], through[:, 1])[:, None]).astype(np.float32),
        allowed.astype(np.float32),
        (np.minimum(length, _COUNTS_PX[1]) / _COUNTS_PX[0]).astype(np.float32),
    )


def _lengths(ends: Segments) -> Share:
    return np.asarray(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]), np.float32)


def _crossings(lines: Lines) -> Float32[np.ndarray, "point 3"]:
    """Where the longest lines meet, and the longest upright ones; unit length."""
    upright = np.flatnonzero(np.abs(lines.way[:, 1]) > UPRIGHT)[: _PAIRED[1]]
    pairs = []
    for some in (np.arange(min(_PAIRED[0], len(lines.way))), upright):
        first, second = np.triu_indices(len(some), 1)
        pairs.append(np.cross(lines.through[some[first]], lines.through[some[second]]))
    points = np.concatenate(pairs)
    norm = np.linalg.norm(points, axis=1)
    return np.asarray(points[norm > 1e-6] / norm[norm > 1e-6, None], np.float32)


def _missed(
    points: Float32[np.ndarray, "point 3"], lines: Lines
) -> Float32[np.ndarray, "point line"]:
    """The angle by which each line misses each point, over what a member may."""
    to = points[:, None, :2] - lines.middle[None] * points[:, None, 2:]
    off = np.abs(to[..., 0] * lines.way[:, 1] - to[..., 1] * lines.way[:, 0])
    return np.asarray(off / (np.hypot(to[..., 0], to[..., 1]) + 1e-9) / lines.allowed, np.float32)


def _refined(point: np.ndarray, lines: Lines, left: Bool[np.ndarray, " line"]) -> np.ndarray:
    """The point nearest to its lines, least squares weighted by length."""
    for _ in range(_ROUNDS):
        near = left & (_missed(point[None], lines)[0] < _RING[0])
        if near.sum() < _FEWEST:
            break
        rows = lines.through[near].astype(np.float64) * lines.weight[near, None]
        point = np.linalg.eigh(rows.T @ rows)[1][:, 0].astype(np.float32)
    return point

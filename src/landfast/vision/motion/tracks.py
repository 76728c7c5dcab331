"""Points followed from frame to frame: Shi-Tomasi corners on a grid, pyramidal Lucas-Kanade."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, UInt8

Gray = UInt8[np.ndarray, "height width"]
Points = Float32[np.ndarray, "point 2"]

_CELL = 20
_WINDOW = 13
LEVELS = 3
NEAR_LEVELS = 0
"""Enough where the guess is the motion of the frame before."""
_CRITERIA = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 10, 0.03)
_EIGEN_BLOCK = 5
_LEAST_SLOPE = 1.0
"""A point must show at least this slope (root mean square) in its weakest direction."""
_LEAST_ROUNDNESS = 0.15
"""Weak over strong squared slope, below which a corner is rather an edge."""
_STRUCTURE_SLOPE = 2.0
_WORST_MATCH = 24.0
"""Mean absolute difference of windows, grey levels, above which a match is dropped."""


@dataclass(frozen=True, slots=True)
class Corners:
    """Points worth following in one picture, at most one a cell."""

    points: Points
    structure: float
    """Share of cells with strong texture in both directions."""


def find_corners(gray: Gray) -> Corners:
    """The best corner of each cell of 20 x 20 pixels (Shi and Tomasi, CVPR 1994).

    Slopes are grey levels a pixel, their squares means over 5 x 5 pixels.
    """
    strength = _strength(gray)
    rows, columns = gray.shape[0] // _CELL, gray.shape[1] // _CELL
    if rows == 0 or columns == 0:
        return Corners(np.empty((0, 2), np.float32), 0.0)
    cells = strength[: rows * _CELL, : columns * _CELL]
    cells = cells.reshape(rows, _CELL, columns, _CELL).swapaxes(1, 2).reshape(-1, _CELL * _CELL)
    best = cells.argmax(axis=1)
    peak = cells[np.arange(len(cells)), best]
    corner = np.divmod(np.arange(len(cells)), columns)
    x, y = corner[1] * _CELL + best % _CELL, corner[0] * _CELL + best // _CELL
    points = np.stack([x, y], axis=1).astype(np.float32)[peak > _LEAST_SLOPE**2]
    return Corners(points, float((peak > _STRUCTURE_SLOPE**2).mean()))


def _strength(gray: Gray) -> Float32[np.ndarray, "height width"]:
    """Squared slope in the weakest direction; 0 on edges, which slide along themselves."""
    x, y = (cv2.Sobel(gray, cv2.CV_32F, *way, scale=0.125) for way in ((1, 0), (0, 1)))
    block = _EIGEN_BLOCK, _EIGEN_BLOCK
    xx, yy, xy = (cv2.blur(cv2.multiply(*pair), block) for pair in ((x, x), (y, y), (x, y)))
    middle = cv2.addWeighted(xx, 0.5, yy, 0.5, 0)
    apart = cv2.magnitude(cv2.addWeighted(xx, 0.5, yy, -0.5, 0), xy)
    weak, strong = cv2.subtract(middle, apart), cv2.add(middle, apart)
    weak[weak <= np.float32(_LEAST_ROUNDNESS) * strong] = 0
    return np.asarray(weak)


@dataclass(frozen=True, slots=True)
class Followed:
    """Where points of one picture lie in the next."""

    points: Points
    found: Bool[np.ndarray, " point"]


def follow(
    before: Gray,
    after: Gray,
    points: Points,
    *,
    guess: Points | None = None,
    levels: int = LEVELS,
) -> Followed:
    """Find points of `before` in `after` (Bouguet's pyramidal Lucas-Kanade).

    Args:
        guess: Where the points are expected; at their old place without it.
        levels: Halvings of the pictures; each doubles how far off a guess may be (6 px at 0).
    """
    if len(points) == 0:
        return Followed(points, np.zeros(0, bool))
    start = None if guess is None else np.ascontiguousarray(guess.reshape(-1, 1, 2))
    moved, status, error = cv2.calcOpticalFlowPyrLK(
        before,
        after,
        np.ascontiguousarray(points.reshape(-1, 1, 2)),
        None if start is None else start.copy(),
        winSize=(_WINDOW, _WINDOW),
        maxLevel=levels,
        criteria=_CRITERIA,
        flags=0 if start is None else cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    moved = moved.reshape(-1, 2)
    limit = np.array([before.shape[1] - 1, before.shape[0] - 1], np.float32)
    inside = ((moved >= 0) & (moved <= limit)).all(axis=1)
    found = (status.ravel() == 1) & inside & (error.ravel() < _WORST_MATCH)
    return Followed(moved, found)


def shift_between(before: Gray, after: Gray) -> tuple[float, float] | None:
    """One displacement for the whole picture by phase correlation; None where nothing stands out.

    Kuglin and Hines, 1975. The way back into a motion too fast for `follow`.
    """
    if min(before.shape) < 16:
        return None
    window = cv2.createHanningWindow((before.shape[1], before.shape[0]), cv2.CV_32F)
    (x, y), response = cv2.phaseCorrelate(
        before.astype(np.float32), after.astype(np.float32), window
    )
    return (float(x), float(y)) if response > 0.08 else None

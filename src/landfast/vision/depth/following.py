"""Points followed through a span, frame by frame, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, UInt8

Gray = UInt8[np.ndarray, "height width"]

_CELL: Final = 1 / 40
"""One point a cell of this share of the width."""
_WINDOW: Final = (15, 15)
_LEVELS: Final = 3
_CRITERIA: Final = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.01)
_BACK_PX: Final = 0.5
"""Forward and back a point may miss its start by this much."""
_SLOPE: Final = 1.5
"""Least slope in the weakest direction (root mean square), grey levels a pixel."""
_TO_SQUARED_SLOPE: Final = (4 * 255 / 8) ** 2
"""From OpenCV's eigenvalues (block 5, kernel 3) to squared slope."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """Points of the scene over the frames."""

    points: Float32[np.ndarray, "frame point 2"]
    """(x, y) in pixels; NaN where a point is not seen."""
    alive: Float32[np.ndarray, " frame"]
    """Share of the points of the frame before that were found again; 1 for the first."""
    structure: Float32[np.ndarray, " frame"]
    """Share of cells that have a corner worth following."""

    @property
    def seen(self) -> Bool[np.ndarray, "frame point"]:
        """Where a point was found."""
        return np.asarray(np.isfinite(self.points[..., 0]))


def follow_points(images: Sequence[Gray]) -> Tracks:
    """Follow corners through all frames; cells that lose theirs get a new one.

    Shi-Tomasi corners (CVPR 1994) by pyramidal Lucas-Kanade (Bouguet 2000), kept where the way
    back leads to the start within half a pixel.
    """
    rows: list[np.ndarray] = []
    now = np.empty((0, 2), np.float32)
    names = np.empty(0, np.intp)
    born = 0
    alive, structure, table = [], [], []
    for index, image in enumerate(images):
        if index:
            moved, kept = _step(images[index - 1], image, now)
            alive.append(float(kept.mean()) if len(kept) else 0.0)
            now, names = moved[kept], names[kept]
        else:
            alive.append(1.0)
        fresh, share = _fresh(image, now)
        structure.append(share)
        now = np.concatenate([now, fresh])
        names = np.concatenate([names, np.arange(born, born + len(fresh))])
        born += len(fresh)
        rows.append(now)
        table.append(names)
    points = np.full((len(images), born, 2), np.nan, np.float32)
    for index, (at, who) in enumerate(zip(rows, table, strict=True)):
        points[index, who] = at
    return Tracks(points, np.array(alive, np.float32), np.array(structure, np.float32))


def _step(before: Gray, after: Gray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where points went, and which of them came back to their start."""
    if not len(points):
        return points, np.zeros(0, bool)
    start = np.ascontiguousarray(points.reshape(-1, 1, 2))
    moved, there, _ = _lucas_kanade(before, after, start, None)
    back, again, _ = _lucas_kanade(after, before, moved, start.copy())
    away = np.linalg.norm((back - start).reshape(-1, 2), axis=1)
    moved = moved.reshape(-1, 2)
    limit = np.array([before.shape[1] - 1, before.shape[0] - 1], np.float32)
    inside = ((moved >= 0) & (moved <= limit)).all(axis=1)
    kept = (there.ravel() == 1) & (again.ravel() == 1) & inside & (away < _BACK_PX)
    return moved, kept


def _lucas_kanade(
    a: Gray, b: Gray, points: np.ndarray, guess: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    flags = 0 if guess is None else cv2.OPTFLOW_USE_INITIAL_FLOW
    levels = _LEVELS if guess is None else 1
    moved, status, error = cv2.calcOpticalFlowPyrLK(
        a, b, points, guess, winSize=_WINDOW, maxLevel=levels, criteria=_CRITERIA, flags=flags
    )
    return moved, status, error


def _fresh(image: Gray, taken: np.ndarray) -> tuple[np.ndarray, float]:
    """The best corner of every cell without a point, and the share of cells with a corner."""
    cell = max(8, round(image.shape[1] * _CELL))
    strength = cv2.cornerMinEigenVal(image, 5, ksize=3) * _TO_SQUARED_SLOPE
    margin = 3
    strength[:margin] = strength[-margin:] = 0
    strength[:, :margin] = strength[:, -margin:] = 0
    rows, cols = image.shape[0] // cell, image.shape[1] // cell
    if not rows or not cols:
        return np.empty((0, 2), np.float32), 0.0
    cells = strength[: rows * cell, : cols * cell].reshape(rows, cell, cols, cell)
    cells = cells.swapaxes(1, 2).reshape(rows * cols, cell * cell)
    best = cells.argmax(axis=1)
    good = cells[np.arange(len(cells)), best] > _SLOPE**2
    free = good.copy()
    at = (taken / cell).astype(np.intp)
    fits = (at[:, 0] < cols) & (at[:, 1] < rows)
    free[at[fits, 1] * cols + at[fits, 0]] = False
    row, col = np.divmod(np.arange(len(cells)), cols)
    found = np.stack([col * cell + best % cell, row * cell + best // cell], axis=1)
    return found[free].astype(np.float32), float(good.mean())

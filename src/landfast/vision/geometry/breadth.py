"""Whether parallax is broad enough to be believed, and not one thing's own motion."""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.vision.statistics.medians import median

_CELLS: Final = (8, 5)
_BROAD: Final = 0.2
"""Share of the picture's cells whose fit must gain before parallax is believed. A local fault of
up to a fifth of the picture would otherwise pass as a nearer object."""


def is_broad(flat: np.ndarray, bent: np.ndarray, seen: np.ndarray, cells: np.ndarray) -> bool:
    """Whether depth explains more than the plane in a good share of the picture's cells."""
    shown = seen.any(axis=0)
    if not shown.any():
        return False
    before, after = (_middle(np.hypot(r[:, 0], r[:, 1])[:, shown]) for r in (flat, bent))
    floor = median(after)
    groups = cells[shown]
    gains = _medians(before, groups) > 1.5 * _medians(after, groups) + 0.5 * floor
    return bool(gains.sum() >= _BROAD * len(gains))


def _middle(sizes: np.ndarray) -> np.ndarray:
    """Median over the neighbours."""
    ordered = np.sort(sizes, axis=0)
    middle: np.ndarray = (ordered[(len(sizes) - 1) // 2] + ordered[len(sizes) // 2]) / 2
    return middle


def _medians(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Median of every group that has members, in the order of their numbers."""
    ordered = values[np.lexsort((values, groups))]
    count = np.bincount(groups)
    stop, count = np.cumsum(count)[count > 0], count[count > 0]
    start = stop - count
    middle: np.ndarray = (ordered[start + (count - 1) // 2] + ordered[start + count // 2]) / 2
    return middle


def cells_of(points: np.ndarray, width: int, height: int) -> np.ndarray:
    """Number of the coarse cell that each point stands in."""
    across, down = _CELLS
    cell = (points / [width / across, height / down]).astype(int)
    cell = np.clip(cell, 0, [across - 1, down - 1])
    numbers: np.ndarray = cell[:, 1] * across + cell[:, 0]
    return numbers

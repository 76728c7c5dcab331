"""Two pictures as their colours are compared: coarse cells, and how surely they show the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.compose.fill import Picture as Image
from landfast.model.arrays import Float32, Float64

_GRID_WIDTH: Final = 96
"""Coarse cells: grain averages out and small misplacement does not matter."""
_ALIKE: Final = 0.6
"""Correlation of detail around a cell from which it shows the same thing for sure."""
_DETAIL: Final = 1.0
_KNOWN: Final = 0.9
"""Share of a cell that has to be known."""
_CLIPPED: Final = (3, 252)
_WINDOW: Final = 7


@dataclass(frozen=True, slots=True)
class Seen:
    """Cells of a take beside what they should show, and how surely it is the same, 0 to 1."""

    cells: Float32[np.ndarray, "rows cols 3"]
    wanted: Float32[np.ndarray, "rows cols 3"]
    sure: Float64[np.ndarray, " cells"]


def seen(image: Image, target: Image, known: Float32[np.ndarray, "_ _"] | None = None) -> Seen:
    """Two pictures as they are compared.

    Args:
        image: Of a take.
        target: What it should look like, in any size.
        known: Share of it that `target` truly shows, in its size; all without.
    """
    height = max(1, round(_GRID_WIDTH * target.shape[0] / target.shape[1]))
    size = (_GRID_WIDTH, height)
    cells, wanted = _cells(image, size), _cells(target, size)
    sure = _confidence(cells, wanted)
    if known is not None:
        sure *= cv2.resize(known, size, interpolation=cv2.INTER_AREA).ravel() > _KNOWN
    return Seen(cells, wanted, sure)


def _cells(image: Image, size: tuple[int, int]) -> Float32[np.ndarray, "rows cols 3"]:
    small = cv2.resize(_levels(image), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _levels(image: Image) -> Float32[np.ndarray, "rows cols 3"]:
    """Levels from 0 to 255, with fractions where the picture has more bits."""
    levels = image.astype(np.float32)
    return np.asarray(levels if image.dtype == np.uint8 else levels / np.float32(257))


def _confidence(cells: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """0 to 1 for each cell: not clipped, and its surroundings show the same detail in both."""
    low, high = _CLIPPED
    open_ = ((cells > low) & (cells < high) & (wanted > low) & (wanted < high)).all(axis=2)
    a, b = cells.mean(axis=2), wanted.mean(axis=2)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.blur(values, (_WINDOW, _WINDOW)))

    mean_a, mean_b = mean(a), mean(b)
    spread_a = np.sqrt(np.maximum(mean(a * a) - mean_a**2, 0))
    spread_b = np.sqrt(np.maximum(mean(b * b) - mean_b**2, 0))
    both = mean(a * b) - mean_a * mean_b
    flat = np.maximum(spread_a, spread_b) < _DETAIL
    alike = np.clip(both / np.maximum(spread_a * spread_b, _DETAIL**2) / _ALIKE, 0, 1)
    return (np.where(flat, np.float32(1), alike) * open_).astype(np.float64).ravel()

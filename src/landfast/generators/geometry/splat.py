"""Forward mapping: values carried to where they land, and the holes between them filled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64

_HOLE: Final = ((1.5, 0.05), (8.0, 1e-4))
"""Where little lands, averages over so many cells (standard deviation) count with this weight."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Values of one grid and where they land on another.

    Attributes:
        cells: (x, y) where each value lands, cells.
        values: What is carried.
        weights: How much it counts against others that land in the same cell.
    """

    cells: Float32[np.ndarray, "rows cols 2"]
    values: Float32[np.ndarray, "rows cols"]
    weights: Float32[np.ndarray, "rows cols"]


def splat(
    layers: Iterable[Layer], shape: tuple[int, ...]
) -> Float32[np.ndarray, "out_rows out_cols"]:
    """The weighted mean of what lands in each cell, bilinear; holes take from around them.

    Sums run in one fixed order, so the result does not depend on threads.
    """
    rows, cols = shape
    total = np.zeros((2, (rows + 2) * (cols + 2)))
    for layer in layers:
        total += _landed(layer, rows, cols)
    padded = total.reshape(2, rows + 2, cols + 2)[:, 1:-1, 1:-1].astype(np.float32)
    weight, value = padded
    top, bottom = value.copy(), weight.copy()
    for radius, share in _HOLE:
        top += np.float32(share) * cv2.GaussianBlur(value, (0, 0), radius)
        bottom += np.float32(share) * cv2.GaussianBlur(weight, (0, 0), radius)
    return np.asarray(top / np.maximum(bottom, np.float32(1e-20)))


def _landed(layer: Layer, rows: int, cols: int) -> Float64[np.ndarray, "2 padded"]:
    """Sums of weights and of weighted values, on the grid with a border of one cell."""
    x, y = (layer.cells[..., axis].ravel() for axis in (0, 1))
    kept = np.flatnonzero((x >= -1) & (y >= -1) & (x < cols) & (y < rows))
    x, y = x[kept] + np.float32(1), y[kept] + np.float32(1)
    weights, values = layer.weights.ravel()[kept], layer.values.ravel()[kept]
    left, top = np.floor(x), np.floor(y)
    right, below = x - left, y - top
    width = cols + 2
    base = top.astype(np.int64) * width + left.astype(np.int64)
    total = np.zeros((2, (rows + 2) * width))
    for step, part in (
        (0, (1 - right) * (1 - below)),
        (1, right * (1 - below)),
        (width, (1 - right) * below),
        (width + 1, right * below),
    ):
        share = part * weights
        for into, what in zip(total[:, step:], (share, share * values), strict=True):
            into += np.bincount(base, what, total.shape[1])[: len(into)]
    return total

"""Pixels worth laying over each other, and reading them in another frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, Float64

Smooth = Float32[np.ndarray, "height width"]
Mask = Bool[np.ndarray, "height width"]

_CELL_FAR, _CELL_WHOLE = 8, 16
_LEAST_SLOPE = 1.0
"""Grey levels a pixel, of the smoothed picture."""
_ABOVE, _BELOW = 0.3, 8.0
"""Share of the height above the horizon that counts as far, and pixels below it."""
_MARGIN = 6


@dataclass(frozen=True, slots=True)
class Patches:
    """Single pixels of an anchor frame."""

    points: Float64[np.ndarray, "pixel 2"]
    grey: Float64[np.ndarray, " pixel"]


@dataclass(frozen=True, slots=True)
class Sampled:
    """The same pixels, read in another frame."""

    off: Float64[np.ndarray, " pixel"]
    """Grey value there minus here, light and contrast matched."""
    slope: Float64[np.ndarray, "pixel 2"]
    inside: Bool[np.ndarray, " pixel"]


def whole_patches(smooth: Smooth, seen: Mask) -> Patches:
    """The steepest pixel of every cell of the picture, of those where the scene is seen."""
    return _steepest(smooth, _CELL_WHOLE, seen)


def far_patches(smooth: Smooth, line: tuple[float, float], seen: Mask) -> Patches:
    """The steepest pixels at and above a horizon.

    Args:
        smooth: The picture.
        line: Steepness (rows a column) and height at the middle column (rows).
        seen: Where the scene is seen.
    """
    height, width = smooth.shape
    expected = line[0] * (np.arange(width) - (width - 1) / 2) + line[1]
    rows = np.arange(height)[:, None]
    mask = (rows > expected - _ABOVE * height) & (rows < expected + _BELOW)
    return _steepest(smooth, _CELL_FAR, mask & seen)


def _steepest(smooth: Smooth, cell: int, mask: Mask) -> Patches:
    size = cv2.magnitude(*_slopes(smooth))
    usable: np.ndarray = np.where(mask, size, 0)
    usable[:_MARGIN] = usable[-_MARGIN:] = 0
    usable[:, :_MARGIN] = usable[:, -_MARGIN:] = 0
    rows, columns = smooth.shape[0] // cell, smooth.shape[1] // cell
    cells = usable[: rows * cell, : columns * cell].reshape(rows, cell, columns, cell)
    flat = cells.swapaxes(1, 2).reshape(rows * columns, -1)
    best = flat.argmax(axis=1)
    keep = flat[np.arange(len(flat)), best] > _LEAST_SLOPE
    which = np.flatnonzero(keep)
    y = which // columns * cell + best[keep] // cell
    x = which % columns * cell + best[keep] % cell
    points = np.stack([x, y], axis=1).astype(np.float64)
    return Patches(points, smooth[y, x].astype(np.float64))


def sampled(
    smooth: Smooth, at: Float64[np.ndarray, "pixel 2"], grey: Float64[np.ndarray, " pixel"]
) -> Sampled:
    """Grey values and slopes of a frame at points, its light brought to that of `grey`."""
    height, width = smooth.shape
    inside = (at[:, 0] > 1) & (at[:, 0] < width - 2) & (at[:, 1] > 1) & (at[:, 1] < height - 2)
    x, y = np.clip(at[:, 0], 2, width - 3), np.clip(at[:, 1], 2, height - 3)
    here, right, left, down, up = (
        _read(smooth, x + dx, y + dy) for dx, dy in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
    )
    slope = np.stack([(right - left) / 2, (down - up) / 2], axis=1)
    gain, offset = _light(here[inside], grey[inside])
    return Sampled(gain * here + offset - grey, gain * slope, inside)


def _light(
    here: Float64[np.ndarray, " pixel"], wanted: Float64[np.ndarray, " pixel"]
) -> tuple[float, float]:
    if len(here) < 8 or float(here.std()) < 1:
        return 1.0, 0.0
    gain = min(max(float(wanted.std()) / float(here.std()), 0.7), 1.4)
    return gain, float(np.median(wanted - gain * here))


def _read(
    smooth: Smooth, x: Float64[np.ndarray, " pixel"], y: Float64[np.ndarray, " pixel"]
) -> Float64[np.ndarray, " pixel"]:
    """Bilinear, in full float precision."""
    column, row = x.astype(np.intp), y.astype(np.intp)
    fx, fy = x - column, y - row
    top = smooth[row, column] * (1 - fx) + smooth[row, column + 1] * fx
    bottom = smooth[row + 1, column] * (1 - fx) + smooth[row + 1, column + 1] * fx
    return np.asarray(top * (1 - fy) + bottom * fy)


def _slopes(smooth: Smooth) -> tuple[Smooth, Smooth]:
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3) / np.float32(8)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3) / np.float32(8)
    return np.asarray(across), np.asarray(down)

"""The points, blocks and tones that measurements are taken on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float, Float32, UInt8

STEP: Final = 8
"""Side of a cell in pixels at working size; every cell gives one point and one tone."""
BLOCK: Final = 3
"""Cells along a block's side: 24 px, the smallest spot a verdict speaks of."""
_FULL: Final = 3
"""Points that a block needs before its median is believed."""
_LEAST: Final = 4
"""Points followed in a block that has as many: some get lost. What counts is the median of nine
blocks: of half as many points it tells warps, breathing and true frames apart as well."""
_MOST: Final = 1000
"""Points that are followed in a picture, about, where texture is everywhere."""
_MARGIN: Final = 0.025
"""Share of each side left out: there flow looks at pixels that do not exist."""
_STRIP: Final = 1 << 16
"""Pixels in a strip."""
_TEXTURE: Final = 12.0
"""Least smaller eigenvalue of the structure tensor, (grey levels per px) squared, mean over
9 x 9 px. At 2 grey levels of noise a patch's motion is then known to about 0.1 px
(2 / sqrt(81 x 12) x 1.5); below, a point is *unverifiable*, which is not the same as good."""

_TWO_WAYS: Final = 0.04
"""Least ratio of both eigenvalues over the patch that is followed, at half size. Along a pipe, a
gutter or a kerb a patch slides with every change of light: nature has less in one point of a
hundred, steel and glass in one of five."""


@dataclass(frozen=True, slots=True)
class Corners:
    """The best point to follow in every cell."""

    at: Float32[np.ndarray, "rows columns 2"]
    """Its position, px at working size."""
    usable: Bool[np.ndarray, "rows columns"]
    """Textured in both directions and clear of the picture's edge."""


def _least_eigenvalue(grey: np.ndarray) -> np.ndarray:
    """Smaller eigenvalue of the structure tensor, mean over 9 x 9 px. A strip at a time, which is
    the same and four times as fast: what a strip needs stays in the processor's cache."""
    height, width = grey.shape
    rows, margin = max(1, _STRIP // width), 5
    out = np.empty((height, width), np.float32)
    for top in range(0, height, rows):
        first, stop = max(0, top - margin), min(height, top + rows)
        some = cv2.cornerMinEigenVal(grey[first : min(height, stop + margin)], 9, ksize=3)
        out[top:stop] = some[top - first : stop - first]
    # OpenCV gives the tensor's sum with derivatives scaled by 4 x 9 x 255.
    out *= np.float32((4 * 9 * 255 / 8) ** 2 / 81)
    return out


def _ratio(grey: np.ndarray, x_at: np.ndarray, y_at: np.ndarray) -> np.ndarray:
    """Smaller over greater eigenvalue of the structure tensor over 18 x 18 px around places, at
    half size."""
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    x, y = (cv2.Sobel(half, cv2.CV_32F, *way, ksize=3) for way in ((1, 0), (0, 1)))
    at = np.minimum(y_at // 2, half.shape[0] - 1), np.minimum(x_at // 2, half.shape[1] - 1)
    products = (cv2.multiply(*pair) for pair in ((x, x), (x, y), (y, y)))
    across, mixed, down = (cv2.boxFilter(one, -1, (9, 9))[at] for one in products)
    middle, apart = (across + down) / 2, np.hypot((across - down) / 2, mixed)
    return np.asarray((middle - apart) / np.maximum(middle + apart, 1e-6))


@dataclass(frozen=True, slots=True)
class Lattice:
    """Cells of 8 px, grouped to blocks of 3 x 3; a cut remainder at right and bottom."""

    width: int
    height: int

    @property
    def blocks(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        side = STEP * BLOCK
        return self.height // side, self.width // side

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        rows, columns = self.blocks
        return rows * BLOCK, columns * BLOCK

    def corners(self, grey: UInt8[np.ndarray, "height width"]) -> Corners:
        """The pixel with the strongest corner of every cell (Shi and Tomasi, 1994)."""
        rows, columns = self.shape
        least = _least_eigenvalue(grey)
        cells = least[: rows * STEP, : columns * STEP].reshape(rows, STEP, columns, STEP)
        flat = cells.transpose(0, 2, 1, 3).reshape(rows * columns, -1)
        best = flat.argmax(axis=1)
        strength = flat[np.arange(len(flat)), best].reshape(rows, columns)
        best = best.reshape(rows, columns)
        x = best % STEP + STEP * np.arange(columns)
        y = best // STEP + STEP * np.arange(rows)[:, None]
        edge_x, edge_y = _MARGIN * self.width, _MARGIN * self.height
        clear = (x >= edge_x) & (x < self.width - edge_x)
        clear &= (y >= edge_y) & (y < self.height - edge_y)
        at = np.stack([x, y], axis=2).astype(np.float32)
        usable = clear & (strength > _TEXTURE)
        usable &= _ratio(grey, x, y) > _TWO_WAYS
        return Corners(at, usable & self._foremost(np.where(usable, strength, 0)))

    def _foremost(self, strength: np.ndarray) -> np.ndarray:
        """The strongest cells of every block, as many a block as keep to the most in all: patches
        of neighbouring cells overlap by half, and what more of them add is little."""
        rows, columns = self.blocks
        blocks = strength.reshape(rows, BLOCK, columns, BLOCK).transpose(0, 2, 1, 3)
        flat = blocks.reshape(rows, columns, -1)
        rank = np.argsort(np.argsort(-flat, axis=2, kind="stable"), axis=2)
        total = np.cumsum(np.bincount(rank[flat > 0], minlength=BLOCK * BLOCK))
        each = max(_LEAST, int(np.searchsorted(total, _MOST, side="right")))
        back = (rank < each).reshape(rows, columns, BLOCK, BLOCK).transpose(0, 2, 1, 3)
        return np.asarray(back.reshape(strength.shape))

    def wanting(self, usable: np.ndarray, found: np.ndarray) -> Bool[np.ndarray, " point"]:
        """Which of the usable points stand in blocks where too few were found so far.

        Args:
            usable: Cells with a point; bool.
            found: Whether each of these points was found.
        """
        rows, columns = self.blocks
        row, column = np.nonzero(usable)
        block = row // BLOCK * columns + column // BLOCK
        return np.asarray(np.bincount(block[found], minlength=rows * columns)[block] < _FULL)

    def to_blocks(self, values: np.ndarray) -> Float32[np.ndarray, "*maps rows columns"]:
        """Median of every block's finite cells; NaN where fewer than three are finite."""
        rows, columns = self.blocks
        cells = values.reshape(-1, rows, BLOCK, columns, BLOCK).transpose(0, 1, 3, 2, 4)
        flat = np.sort(cells.reshape(-1, BLOCK * BLOCK), axis=1)
        count = np.isfinite(flat).sum(axis=1)
        every = np.arange(len(flat))
        low = flat[every, np.maximum(count - 1, 0) // 2]
        high = flat[every, np.minimum(count // 2, BLOCK * BLOCK - 1)]
        middle = np.where(count >= _FULL, (low + high) / 2, np.nan)
        return middle.reshape(*values.shape[:-2], rows, columns).astype(np.float32)


def block_means(
    field: Float[np.ndarray, "height width"], side: int
) -> Float[np.ndarray, "rows columns"]:
    """Means of square blocks of `side` pixels; what is left at the right and below is dropped."""
    rows, columns = field.shape[0] // side, field.shape[1] // side
    cut = field[: rows * side, : columns * side]
    return np.asarray(cut.reshape(rows, side, columns, side).mean(axis=(1, 3)))


def cell_colours(
    rgb: UInt8[np.ndarray, "height width 3"], shape: tuple[int, int]
) -> Float32[np.ndarray, "rows columns 3"]:
    """Mean colour, 0 to 255, of each of (rows, columns) cells."""
    plain = rgb.astype(np.float32)
    return np.asarray(cv2.resize(plain, shape[::-1], interpolation=cv2.INTER_AREA))

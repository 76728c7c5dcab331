"""Coarse fields enlarged to pictures a few rows at a time.

A view is made band by band: what belongs to one band stays in the processor's cache from the map to
the finished pixels, and no map of the whole picture is ever allocated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32

_BAND_PIXELS: Final = 1 << 16
"""At most so many pixels a band: above that OpenCV splits its work over threads of its own, beside
those that already work on other views."""

Rows = Float32[np.ndarray, "rows width"] | Float32[np.ndarray, "rows width channels"]


def bands(width: int, height: int) -> Iterator[slice]:
    """Rows of a picture in groups, from top to bottom."""
    step = max(1, _BAND_PIXELS // width)
    for top in range(0, height, step):
        yield slice(top, min(top + step, height))


@dataclass(frozen=True, slots=True)
class Enlarged:
    """A coarse field as wide as the picture, to be interpolated down the rows on demand.

    Attributes:
        wide: The field's rows, each enlarged to the picture's width, the last one twice.
        upper: For each row of the picture the row of `wide` above it.
        below: How far it lies below that one, 0 to 1.
    """

    wide: Rows
    upper: np.ndarray
    below: Float32[np.ndarray, " height"]

    def rows(self, band: slice) -> Rows:
        """The picture's rows of a band."""
        upper = self.upper[band]
        low, high = self.wide[upper], self.wide[upper + 1]
        cv2.subtract(high, low, dst=high)
        np.multiply(high, self.below[band].reshape(-1, *[1] * (high.ndim - 1)), out=high)
        return np.asarray(cv2.add(low, high, dst=low))


def enlarged(field: Rows, size: tuple[int, int]) -> Enlarged:
    """A field over a picture of another size, bilinear; beyond the outer cells' centres level.

    Args:
        field: Values of a grid of cells that covers the picture.
        size: Width and height of the picture.
    """
    width, height = size
    rows = field.shape[0]
    wide = cv2.resize(field, (width, rows), interpolation=cv2.INTER_LINEAR)
    upper, below = _places(rows, height)
    return Enlarged(np.concatenate([wide, wide[-1:]]), upper, below)


def enlarged_map(
    away: Float32[np.ndarray, "rows cols 2"], size: tuple[int, int], zoom: int
) -> Enlarged:
    """A map of samples from how far away each cell's content comes from.

    The way is bilinear and level beyond the outer cells' centres; what it is added to, every
    pixel's own sample, goes on there.

    Args:
        away: Samples, relative to the cell's own.
        size: Width and height of the picture.
        zoom: Samples per pixel.
    """
    width, height = size
    rows = away.shape[0]
    wide = np.empty((rows + 2, width, 2), np.float32)
    wide[1:-1] = cv2.resize(away, (width, rows), interpolation=cv2.INTER_LINEAR)
    wide[0], wide[-1] = wide[1], wide[-2]
    centres = (np.arange(-1, rows + 1) + 0.5) * (height / rows) - 0.5
    wide[..., 0] += np.arange(width, dtype=np.float32) * np.float32(zoom)
    wide[..., 1] += (centres * zoom).astype(np.float32)[:, None]
    upper, below = _places(rows + 2, height, outside=1)
    return Enlarged(wide, upper, below)


def _places(rows: int, height: int, *, outside: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """For each row of the picture the cells' row above it, and how far below that it lies.

    Args:
        rows: Rows of cells, with those outside.
        height: Rows of the picture.
        outside: Rows of cells above and below the picture.
    """
    inner = rows - 2 * outside
    at = (np.arange(height) + 0.5) * (inner / height) - 0.5 + outside
    at = np.clip(at, 0, rows - 1)
    upper = np.minimum(at.astype(np.intp), rows - 2 if outside else rows - 1)
    return upper, (at - upper).astype(np.float32)

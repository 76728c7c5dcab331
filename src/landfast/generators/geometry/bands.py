"""Coarse fields enlarged to pictures a few rows at a time.

A view is made band by band: what belongs to one band stays in the processor's cache from the map to
the finished pixels, and no map of the whole picture is ever allocated.
"""

from __future__ import annotations

import itertools
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
        wide: The field's rows, each enlarged to the picture's width, one more above and below.
        upper: For each row of the picture the row of `wide` above it.
        below: How far it lies below that one, 0 to 1.
    """

    wide: Rows
    upper: np.ndarray
    below: Float32[np.ndarray, " height"]

    def rows(self, band: slice) -> Rows:
        """The picture's rows of a band."""
        upper, below = self.upper[band], self.below[band]
        made = np.empty((len(upper), *self.wide.shape[1:]), np.float32)
        edges = [0, *(np.flatnonzero(np.diff(upper)) + 1).tolist(), len(upper)]
        for start, stop in itertools.pairwise(edges):
            low, high = self.wide[upper[start]], self.wide[upper[start] + 1]
            part, share = made[start:stop], below[start:stop]
            np.multiply(high - low, share.reshape(-1, *[1] * low.ndim), out=part)
            np.add(part, low, out=part)
        return made


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
    centres = (np.arange(-1, rows + 1) + 0.5) * (height / rows) - 0.5
    coarse = np.concatenate([away[:1], away, away[-1:]])
    coarse[..., 1] += (centres * zoom).astype(np.float32)[:, None]
    wide = cv2.resize(coarse, (width, rows + 2), interpolation=cv2.INTER_LINEAR)
    own = np.zeros((width, 2), np.float32)
    own[:, 0] = np.arange(width) * zoom
    wide += own
    return Enlarged(wide, *_places(rows, height))


def _places(rows: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """For each row of the picture the cells' row above it, and how far below that it lies.

    Args:
        rows: Rows of cells; one more lies above the picture and one below.
        height: Rows of the picture.
    """
    at = (np.arange(height) + 0.5) * (rows / height) + 0.5
    upper = at.astype(np.intp)
    return upper, (at - upper).astype(np.float32)

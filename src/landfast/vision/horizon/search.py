"""Lines that may be the horizon, anywhere in the picture: a Hough transform of its edges."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64, Int64
from landfast.vision.horizon.edges import Edges
from landfast.vision.horizon.line import FULL_SLOPE, STEEPEST_DEG, Lines
from landfast.vision.horizon.skyline import sky_border

_TILTS: Final = np.tan(np.radians(np.arange(-STEEPEST_DEG, STEEPEST_DEG + 1, 1.0)))
_OF_BORDER: Final = 4
_OF_PART: Final = 3
"""Candidates taken from each poll."""
_LEAST_VOTES: Final = 5.0
_BIN: Final = 1.5
_LIKELY: Final = 0.3


def candidates(edges: Edges) -> Lines:
    """Lines with many votes.

    First each column's likeliest end of the sky votes, then every edge that has a share in
    ending it: those of either half by themselves, for houses or cliffs before one half of a
    horizon outvote the other, then all.
    """
    sky = edges.sky()
    border = sky_border(edges, sky)
    seen = np.flatnonzero(~np.isnan(border))
    rows = border[seen].astype(np.int64)
    found = _hough(edges, sky, rows, seen, _OF_BORDER, _TILTS)
    size = np.abs(edges.slope[:, ::2])
    peak = (size[1:-1] >= size[:-2]) & (size[1:-1] > size[2:]) & (sky[1:-1, ::2] > _LIKELY)
    row, column = np.nonzero(peak)
    row, column = row + 1, 2 * column
    left = edges.x[column] < 0
    for part in (left, ~left, slice(None)):
        found += _hough(edges, sky, row[part], column[part], _OF_PART, _TILTS[::2])
    return np.array(found).reshape(-1, 2)


def _hough(
    edges: Edges,
    sky: Float32[np.ndarray, "height column"],
    rows: Int64[np.ndarray, " vote"],
    columns: Int64[np.ndarray, " vote"],
    most: int,
    tilts: Float64[np.ndarray, " tilt"],
) -> list[tuple[float, float]]:
    """The lines with the most votes, no two of them close to each other."""
    if len(rows) < 10:
        return []
    strength = np.abs(edges.slope[rows, columns]) / np.float32(FULL_SLOPE)
    votes = sky[rows, columns] * np.minimum(strength, 1)
    height = edges.height
    bins = int(3 * height / _BIN)
    at = (rows + height - tilts[:, None] * edges.x[columns]) * (1 / _BIN)
    flat = np.clip(at, 0, bins - 1).astype(np.int64)
    flat += bins * np.arange(len(tilts))[:, None]
    weights = np.broadcast_to(votes, flat.shape).ravel()
    counts = np.bincount(flat.ravel(), weights=weights, minlength=bins * len(tilts))
    blurred = cv2.GaussianBlur(counts.reshape(len(tilts), bins), (3, 3), 0.7)
    lines = []
    for _ in range(most):
        tilt, offset = np.unravel_index(int(blurred.argmax()), blurred.shape)
        if blurred[tilt, offset] < _LEAST_VOTES:
            break
        lines.append((float(tilts[tilt]), float((offset + 0.5) * _BIN - height)))
        blurred[max(0, tilt - 1) : tilt + 2, max(0, offset - 2) : offset + 3] = 0
    return lines

"""Wobble: rows that move by themselves, which no camera that sees all rows at once explains."""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.depth.bundle import Bundle, project

_BANDS: Final = 14
_LEAST: Final = 8
"""Points that a band needs."""


def row_wobble(bundle: Bundle, pixels: Float64[np.ndarray, "camera point 2"], height: int) -> float:
    """How much the rows of a band move as one from key frame to key frame, pixels.

    Errors of single points are random; where a band of rows jumps as a whole, beyond what its
    number of points lets chance do, the rows were taken at different times. A lens that is not
    quite right shifts bands too, but the same way in every frame. Few bands that jump are waves
    or traffic: the median over frames and bands asks for most.

    Args:
        bundle: Cameras and points.
        pixels: Its observations from the principal point; NaN where a point is not seen.
        height: Of the picture.
    """
    miss = pixels - project(bundle)[0]
    seen = np.isfinite(miss[..., 0]) & (bundle.errors_px < max(6 * bundle.error_px, 2.0))
    band = ((np.nan_to_num(pixels[..., 1]) / height + 0.5) * _BANDS).astype(int)
    means, chances = _bands(miss, seen, band)
    jumps = (np.diff(means, axis=0) ** 2).sum(axis=-1) - chances[1:] - chances[:-1]
    jumps = jumps[np.isfinite(jumps)]
    return float(np.sqrt(max(float(np.median(jumps)) / 2, 0.0))) if len(jumps) else 0.0


def _bands(miss: np.ndarray, seen: np.ndarray, band: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean error of every frame's bands, and the squared length that chance gives it."""
    means = np.full((len(miss), _BANDS, 2), np.nan)
    chances = np.full((len(miss), _BANDS), np.nan)
    for k in range(len(miss)):
        for row in range(_BANDS):
            part = miss[k, seen[k] & (band[k] == row)]
            if len(part) >= _LEAST:
                means[k, row] = part.mean(axis=0)
                chances[k, row] = part.var(axis=0).sum() / (len(part) - 1)
    return means, chances

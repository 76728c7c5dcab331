"""Wobble: rows that move by themselves, which no camera that sees all rows at once explains."""

from __future__ import annotations

from typing import Final

import numpy as np
from jaxtyping import Float64

from landfast.vision.depth.bundle import Bundle, project

_BANDS: Final = 14
_LEAST: Final = 8
"""Points that a band needs."""


def row_wobble(bundle: Bundle, pixels: Float64[np.ndarray, "camera point 2"], height: int) -> float:
    """What the rows of a band share of their error, pixels: the median over frames and bands.

    Errors of single points are random; where a band of rows is off as a whole, beyond what its
    number of points lets chance do, the rows were taken at different times. Few such bands are
    waves or traffic; the median asks for most.

    Args:
        bundle: Cameras and points.
        pixels: Its observations from the principal point; NaN where a point is not seen.
        height: Of the picture.
    """
    miss = pixels - project(bundle)[0]
    seen = np.isfinite(miss[..., 0]) & (bundle.errors_px < max(6 * bundle.error_px, 2.0))
    band = ((np.nan_to_num(pixels[..., 1]) / height + 0.5) * _BANDS).astype(int)
    excess = []
    for k in range(len(miss)):
        for row in range(_BANDS):
            part = miss[k, seen[k] & (band[k] == row)]
            if len(part) >= _LEAST:
                chance = part.var(axis=0).sum() / (len(part) - 1)
                excess.append(float((part.mean(axis=0) ** 2).sum() - chance))
    return float(np.sqrt(max(float(np.median(excess)), 0.0))) if excess else 0.0

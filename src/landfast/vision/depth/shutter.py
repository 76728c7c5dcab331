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
    """Root mean square of what the rows of a frame share of their error, pixels.

    Errors of single points are random; where a band of rows is off as a whole, beyond what its
    number of points lets chance do, the rows were taken at different times.

    Args:
        bundle: Cameras and points.
        pixels: Its observations from the principal point; NaN where a point is not seen.
        height: Of the picture.
    """
    miss = pixels - project(bundle)[0]
    seen = np.isfinite(miss[..., 0]) & (bundle.errors_px < max(6 * bundle.error_px, 2.0))
    band = ((np.nan_to_num(pixels[..., 1]) / height + 0.5) * _BANDS).astype(int)
    excess, total = 0.0, 0
    for k in range(len(miss)):
        for row in range(_BANDS):
            part = miss[k, seen[k] & (band[k] == row)]
            if len(part) >= _LEAST:
                chance = part.var(axis=0).sum() / (len(part) - 1)
                excess += float((part.mean(axis=0) ** 2).sum() - chance) * len(part)
                total += len(part)
    return float(np.sqrt(max(excess, 0.0) / total)) if total else 0.0

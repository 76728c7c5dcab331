"""Measured quantities over the clip as small series for charts."""

from __future__ import annotations

import math

import numpy as np

from landfast.model.outcome import Series
from landfast.vision.analysis.table import FrameTable

MOST = 600
"""Values in a series."""


def curves(table: FrameTable) -> tuple[Series, ...]:
    """Shake, motion, sharpness and luma."""
    return (
        _series("Shake", "px", table.shake_px),
        _series("Motion", "px", table.motion_px),
        _series("Sharpness", "", table.sharpness),
        _series("Luma", "of 255", table.luma_mean),
    )


def _series(title: str, unit: str, column: np.ndarray) -> Series:
    count = min(MOST, len(column))
    places = [(2 * k + 1) * len(column) // (2 * count) for k in range(count)]
    values = [float(column[place]) for place in places]
    return Series(
        title=title,
        unit=unit,
        values=tuple(None if math.isnan(value) else round(value, 4) for value in values),
    )

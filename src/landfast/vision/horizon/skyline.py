"""The horizon behind a skyline: level with the low parts of the sky's lower border.

Towers and trees rise above the horizon, nothing but sky lies above it: so where the border of the
sky is ragged, the horizon runs along its lower envelope. Such a line is no more than likely, and
its confidence stays below a half.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from landfast.model.arrays import Bool, Float64
from landfast.vision.horizon.edges import Edges, Plane
from landfast.vision.statistics.robust import geman_mcclure

_TILTS: Final = np.tan(np.radians(np.arange(-12.0, 13.0, 1.0)))
_NEAR: Final = 0.015
"""Distance from the line, share of the height, within which a column agrees with it."""
_CLEAR: Final = 0.03
"""Distance below the line from which a column speaks against it."""
_FIRM: Final = 0.5
_FIRM_SLOPE: Final = 5.0
"""Grey levels a pixel; a skyline in haze is no border to rely on."""
_LEAST_COLUMNS: Final = 0.6
"""Share of the columns that must show a border at all."""
_LEAST_SHARE: Final = 0.25
_FULL_SHARE: Final = 0.7
_MOST_BELOW: Final = 0.06
_MOST_CONFIDENCE: Final = 0.45
_LEAST_REACH: Final = 0.4
"""Share of the width over which the agreeing columns must be spread."""

Columns = Float64[np.ndarray, " column"]


class Skyline(NamedTuple):
    """A line along the foot of a ragged skyline."""

    confidence: float
    line: tuple[float, float]
    """Steepness and height at the centre column, working pixels."""
    carries: Bool[np.ndarray, " column"]


def find_skyline(edges: Edges, near: tuple[float, float] | None = None) -> Skyline | None:
    """The likely horizon of a ragged skyline; None where the sky's border is not level enough.

    Args:
        edges: The picture.
        near: The line to begin with, where one is known.
    """
    height = edges.height
    border = sky_border(edges)
    seen = ~np.isnan(border)
    if seen.mean() < _LEAST_COLUMNS:
        return None
    x, y = edges.x[seen], border[seen]
    line = _envelope(x, y, height) if near is None else _polished(x, y, near, _NEAR * height)
    if line is None:
        return None
    off = border - line[0] * edges.x - line[1]
    on_line = seen & (np.abs(np.nan_to_num(off, nan=1e9)) < _NEAR * height)
    below = float((off[seen] > _CLEAR * height).mean())
    share = float(on_line.mean())
    spread = float(np.ptp(edges.x[on_line])) if on_line.any() else 0.0
    reach = spread / float(edges.x[-1] - edges.x[0])
    if share < _LEAST_SHARE or below > _MOST_BELOW or reach < _LEAST_REACH:
        return None
    sure = (share - _LEAST_SHARE) / (_FULL_SHARE - _LEAST_SHARE) * (1 - below / _MOST_BELOW)
    return Skyline(_MOST_CONFIDENCE * min(max(sure, 0.0), 1.0), line, on_line)


def sky_border(edges: Edges, sky: Plane | None = None) -> Columns:
    """Row of the edge that outdoes all above it most, per column; NaN where there is none."""
    sky = edges.sky() if sky is None else sky
    best = sky.argmax(axis=0)
    column = np.arange(len(best))
    firm = (sky[best, column] > _FIRM) & (np.abs(edges.slope[best, column]) > _FIRM_SLOPE)
    return np.where(firm & (best > 2), best, np.nan)


def _envelope(x: Columns, y: Columns, height: int) -> tuple[float, float] | None:
    """The line that most borders lie on while hardly any lies below it."""
    size = _NEAR * height
    bins = int(3 * height / size)
    at = ((y - _TILTS[:, None] * x + height) / size).astype(np.int64).clip(0, bins - 1)
    flat = (at + bins * np.arange(len(_TILTS))[:, None]).ravel()
    counts = np.bincount(flat, minlength=bins * len(_TILTS)).reshape(len(_TILTS), bins)
    total = np.cumsum(counts, axis=1)
    clear = math.ceil(_CLEAR / _NEAR)
    # A bin and the next, less three times what lies clearly below.
    on = counts[:, :-clear] + counts[:, 1 : bins - clear + 1]
    worth = on - 3 * (total[:, -1:] - total[:, clear:])
    tilt, offset = np.unravel_index(int(worth.argmax()), worth.shape)
    if worth[tilt, offset] <= 0:
        return None
    start = float(_TILTS[tilt]), float((offset + 1) * size - height)
    return _polished(x, y, start, size)


def _polished(
    x: Columns, y: Columns, line: tuple[float, float], scale: float
) -> tuple[float, float] | None:
    """Least squares with Geman-McClure weights about the line."""
    tilt, height = line
    for _ in range(5):
        weight = geman_mcclure(y - tilt * x - height, 0.6 * scale)
        total, wx, wy = float(weight.sum()), float((weight * x).sum()), float((weight * y).sum())
        spread = float((weight * x * x).sum()) - wx * wx / total
        if spread < 1e-6 or not math.isfinite(spread):
            return None
        tilt = (float((weight * x * y).sum()) - wx * wy / total) / spread
        height = (wy - tilt * wx) / total
    return tilt, height

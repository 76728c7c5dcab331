"""Nearness (inverse depth) from what single cells measure: little averaged, with planes behind it.

What a flow says of a cell is only as good as the way that a unit of nearness moves it. Where that
is much, the cell speaks for itself, so that edges of depth stay; where it is little (leaving the
picture, near where the camera heads to), the plane that suits the cells around takes over. The
nearness of a flat surface is affine in the picture.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32

_SMOOTH: Final = 0.5
"""Nearness is averaged over this many field cells, weighted by how well it is known."""
_WIDTH: Final = np.float32(3)
"""A plane is fitted to so many pairs of cells around (standard deviation)."""
_LEVEL: Final = 0.05
"""Draws planes towards level ones where cells lie so that they hardly show a slope."""
_NOISE_PX: Final = 0.3
"""Error of a flow, pixels."""
_RELIEF: Final = 0.2
"""Surfaces depart from planes by so much of their nearness."""
_LEAST: Final = 1e-3
"""Nearness of what is as good as infinitely far away."""

Values = Float32[np.ndarray, "rows cols"]


def smoothed(top: Values, weight: Values, *, focal: float) -> Values:
    """The likeliest nearness of every cell, not negative.

    Args:
        top: Numerator of each cell's own nearness; see `Motion.nearness_terms`.
        weight: Its weight: the squared length, in normalised units, that a unit of nearness moves
            it, less where it is doubted.
        focal: Pixels per normalised unit.
    """
    plane = np.maximum(_planes(top, weight), 0)
    prior = np.square(_NOISE_PX / (_RELIEF * focal * np.maximum(plane, _LEAST)))
    own, known = (cv2.GaussianBlur(one, (0, 0), _SMOOTH) for one in (top, weight))
    return np.asarray(np.maximum((own + prior * plane) / (known + prior), 0), np.float32)


def _planes(top: Values, weight: Values) -> Values:
    """For each cell the value there of the weighted least-squares plane through those around.

    Planes are fitted on every second cell of every second row, which is fine enough for them.
    """
    rows, cols = top.shape
    size = max(1, cols // 2), max(1, rows // 2)
    top, weight = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (top, weight))
    x = (np.arange(size[0], dtype=np.float32) - np.float32(size[0] / 2))[None] / _WIDTH
    y = (np.arange(size[1], dtype=np.float32) - np.float32(size[1] / 2))[:, None] / _WIDTH
    products = (weight * x, weight * y, top, weight * x * x, weight * x * y, weight * y * y)
    sums = (cv2.GaussianBlur(one, (0, 0), float(_WIDTH)) for one in (*products, top * x, top * y))
    total = cv2.GaussianBlur(weight, (0, 0), float(_WIDTH)) + np.float32(1e-20)
    mx, my, mean, xx, xy, yy, tx, ty = (one / total for one in sums)
    xx, xy, yy = xx - mx * mx + np.float32(_LEVEL), xy - mx * my, yy - my * my + np.float32(_LEVEL)
    tx, ty = tx - mean * mx, ty - mean * my
    across, down = yy * tx - xy * ty, xx * ty - xy * tx
    plane = mean + (across * (x - mx) + down * (y - my)) / (xx * yy - xy * xy)
    return np.asarray(cv2.resize(plane, (cols, rows), interpolation=cv2.INTER_LINEAR))

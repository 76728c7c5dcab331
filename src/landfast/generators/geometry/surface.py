"""Where nearness is hardly known: that of the plane that the cells around it lie in.

Inverse depth of a plane is linear in the picture, so a weighted linear fit in a window (moving
least squares) leads walls and ground on to where only a few real frames on one side show them,
and their noise would be magnified through the gap. Where no plane fits, nothing is led on.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import cv2
import numpy as np
from jaxtyping import Float32, Float64

_THIN: Final = 3
"""Field cells per cell of the fit, across and down."""
_WINDOW: Final = 2.0
"""Standard deviation of the window, cells of the fit."""
_LEAST_SPREAD: Final = 1e-3
"""Of the mean spread of a window; keeps the fit level where all weight lies on a line."""

Values = Float32[np.ndarray, "rows cols"]


class Surface(NamedTuple):
    """The local planes.

    Attributes:
        nearness: Of the plane at each cell.
        misfit: Standard deviation of the nearness about it.
    """

    nearness: Float32[np.ndarray, "rows cols"]
    misfit: Float32[np.ndarray, "rows cols"]


def surface(
    nearness: Values, weight: Values, points: Float32[np.ndarray, "rows cols 2"]
) -> Surface:
    """Planes through noisy nearness.

    Args:
        nearness: Inverse depth.
        weight: How well it is known, 0 for not at all.
        points: Normalised points of the cells.
    """
    rows, cols = weight.shape
    x, y, n = (one.astype(np.float64) for one in (points[..., 0], points[..., 1], nearness))
    w = weight.astype(np.float64) + 1e-12
    mx, my, mn, xx, yy, xy, xn, yn, nn = _means(
        w, (x, y, n, x * x, y * y, x * y, x * n, y * n, n * n)
    )
    xx, yy, xy, xn, yn = xx - mx * mx, yy - my * my, xy - mx * my, xn - mx * mn, yn - my * mn
    least = _LEAST_SPREAD * float((xx + yy).mean())
    xx, yy = xx + least, yy + least
    area = xx * yy - xy * xy
    across, down = (yy * xn - xy * yn) / area, (xx * yn - xy * xn) / area
    left = np.sqrt(np.maximum(nn - mn * mn - across * xn - down * yn, 0))
    plane = np.dstack([across, down, mn - across * mx - down * my, left]).astype(np.float32)
    full = cv2.resize(plane, (cols, rows), interpolation=cv2.INTER_LINEAR)
    led = full[..., 0] * points[..., 0] + full[..., 1] * points[..., 1] + full[..., 2]
    return Surface(np.asarray(led), full[..., 3])


def _means(
    weight: Float64[np.ndarray, "rows cols"], values: tuple[Float64[np.ndarray, "rows cols"], ...]
) -> list[Float64[np.ndarray, "down across"]]:
    """Weighted means in a window, on the grid of the fit."""
    rows, cols = weight.shape
    size = max(2, cols // _THIN), max(2, rows // _THIN)

    def spread(field: np.ndarray) -> np.ndarray:
        thin = cv2.resize(field, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.GaussianBlur(thin, (0, 0), _WINDOW))

    total = spread(weight)
    return [spread(weight * value) / total for value in values]

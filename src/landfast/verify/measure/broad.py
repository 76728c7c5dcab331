"""What the picture as a whole does that the model of the camera leaves out."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from landfast.model.arrays import Float, Float64
from landfast.vision.statistics.medians import median
from landfast.vision.statistics.robust import MAD_TO_SIGMA, geman_mcclure

_ORDER: Final = 3
_FEWEST: Final = 40
"""Blocks that ten terms are fitted to."""
_ROUNDS: Final = 3
_FAR: Final = 2.0
"""Usual distances from the fit at which a block counts a quarter: a warp is no lens."""
_EXACT_PX: Final = 0.005
_MOST: Final = 0.9
_MOST_PX: Final = 0.25
"""How far nine tenths of the blocks may be moved by it: half a pixel at 1920 wide, which is what is
granted to a lens. True frames of a stabilised hand-held camera reach 0.24."""


def levelled(
    fields: Float[np.ndarray, "maps 2 rows columns"],
) -> Float[np.ndarray, "maps 2 rows columns"]:
    """Maps of what blocks do, px, less what the picture as a whole does: a lens, a rolling shutter
    and a stabiliser bend it by a cubic in x and y. Fitted robustly, so that a warp in a part of it
    stays."""
    return np.stack([_levelled(one) for one in fields])


def _levelled(field: np.ndarray) -> np.ndarray:
    known = np.isfinite(field[0])
    if known.sum() < _FEWEST:
        return field
    terms, values = _terms(*known.shape)[known], field[:, known].T.astype(np.float64)
    shape = _fit(terms, values)
    sizes = np.sort(np.hypot(*shape.T))
    size = float(sizes[round(_MOST * (len(sizes) - 1))])
    out = field.copy()
    out[:, known] -= (shape * min(1.0, _MOST_PX / max(size, _EXACT_PX))).T
    return out


def _fit(terms: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The cubic at the blocks, blocks x 2."""
    weights = np.ones((len(terms), 1))
    held = 1e-6 * len(terms) * np.eye(terms.shape[1])
    shape = np.zeros_like(values)
    for _ in range(_ROUNDS):
        weighted = (terms * weights).T
        shape = terms @ np.linalg.solve(weighted @ terms + held, weighted @ values)
        away = np.hypot(*(values - shape).T)
        usual = MAD_TO_SIGMA * median(away) + _EXACT_PX
        weights = geman_mcclure(away, _FAR * usual)[:, None]
    return shape


@lru_cache(maxsize=4)
def _terms(rows: int, columns: int) -> Float64[np.ndarray, "rows columns terms"]:
    """Powers of x and y up to the third, both from -1 to 1."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    x, y = 2 * x / columns - 1, 2 * y / rows - 1
    powers = [(k - n, n) for k in range(_ORDER + 1) for n in range(k + 1)]
    return np.stack([x**a * y**b for a, b in powers], axis=-1)

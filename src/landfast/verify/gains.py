"""How much brighter each frame is than the one before, on the same spots of the scene."""

from __future__ import annotations

from typing import Final

import numpy as np
from jaxtyping import Float64

from landfast.verify.lattice import STEP
from landfast.verify.links import identity, sample
from landfast.verify.study import Stretch

_DARK: Final = 12.0
_BRIGHT: Final = 243.0
"""Outside these levels a sensor clips and a ratio says nothing."""
_FEWEST: Final = 40
"""Cells that a median needs."""
_TRUSTED: Final = 0.25
"""Share of cells with trusted motion that a link needs: across a jerk nothing corresponds well
enough to compare its light."""
TILES: Final = (3, 4)


def gains(stretch: Stretch) -> Float64[np.ndarray, "links 3"]:
    """Natural logarithm of the gain of every channel over every link; NaN where unmeasured.

    The median over corresponding cells, not a ratio of means, so that what enters and leaves the
    picture does not count (verification method, section 5.5).
    """
    ratios = [_log_ratio(stretch, k) for k in range(len(stretch.links))]
    return np.array([_middle(ratio) for ratio in ratios]).reshape(-1, 3)


def tile_gains(stretch: Stretch) -> Float64[np.ndarray, "links rows columns"]:
    """Natural logarithm of the brightness gain of every tile over every link."""
    rows, columns = TILES
    out = np.full((len(stretch.links), rows, columns), np.nan)
    for k in range(len(stretch.links)):
        ratio = _log_ratio(stretch, k)
        for row, band in enumerate(np.array_split(ratio, rows, axis=0)):
            for column, tile in enumerate(np.array_split(band, columns, axis=1)):
                out[k, row, column] = _middle(tile).mean()
    return out


def _log_ratio(stretch: Stretch, k: int) -> np.ndarray:
    """Log of next over this on the same spots, rows x columns x 3; NaN where not comparable."""
    here, link = stretch.tones[k], stretch.links[k]
    at = identity(*here.shape[:2]) + link.forward / np.float32(STEP)
    there = sample(stretch.tones[k + 1], at)
    if link.trusted.mean() < _TRUSTED:
        return np.full(here.shape, np.nan)
    use = link.trusted & (np.minimum(here, there).min(axis=2) > _DARK)
    use &= np.maximum(here, there).max(axis=2) < _BRIGHT
    ratio = np.log(np.maximum(there, 1.0) / np.maximum(here, 1.0)).astype(np.float64)
    return np.where(use[..., None], ratio, np.nan)


def _middle(ratio: np.ndarray) -> np.ndarray:
    """Median over cells, per channel."""
    flat = ratio.reshape(-1, 3)
    flat = flat[np.isfinite(flat[:, 0])]
    return np.median(flat, axis=0) if len(flat) >= _FEWEST else np.full(3, np.nan)

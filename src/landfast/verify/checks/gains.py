"""How much brighter each frame is than the one before, on the same spots of the scene."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float64
from landfast.verify.measure.lattice import STEP
from landfast.verify.measure.links import identity, sample
from landfast.verify.measure.parallel import in_order, once
from landfast.verify.measure.study import Stretch
from landfast.vision.statistics.medians import medians

_DARK: Final = 12.0
_BRIGHT: Final = 243.0
"""Outside these levels a sensor clips and a ratio says nothing."""
_FEWEST: Final = 100
_FEWEST_IN_TILE: Final = 40
"""Cells that a median needs: over fewer, fine texture that lies between them flickers by half a
percent, which is what may be seen of the whole picture."""
_TRUSTED: Final = 0.25
"""Share of cells with trusted motion that a link needs: across a jerk nothing corresponds well
enough to compare its light."""
TILES: Final = (3, 4)


def gains(stretch: Stretch) -> Float64[np.ndarray, "links 3"]:
    """Natural logarithm of the gain of every channel over every link; NaN where unmeasured.

    The median over corresponding cells, not a ratio of means, so that what enters and leaves the
    picture does not count.
    """
    found = [_middle(ratio.reshape(1, -1, 3), _FEWEST)[0] for ratio in _log_ratios(stretch)]
    return np.array(found, np.float64).reshape(-1, 3)


def tile_gains(stretch: Stretch) -> Float64[np.ndarray, "links rows columns 3"]:
    """The same of every tile."""
    found = in_order(lambda ratio: _middle(_tiled(ratio), _FEWEST_IN_TILE), _log_ratios(stretch))
    return np.array(found, np.float64).reshape(-1, *TILES, 3)


@once
def levels(stretch: Stretch) -> Float64[np.ndarray, "3"]:
    """Median red, green and blue of the whole picture, 0 to 255."""
    middles = [medians(t.reshape(-1, 3)) for t in stretch.tones]
    return np.asarray(np.median(middles, axis=0), np.float64)


@once
def tile_levels(stretch: Stretch) -> Float64[np.ndarray, "rows columns 3"]:
    """Mean red, green and blue of every tile, median over time."""
    means = [cv2.resize(t, TILES[::-1], interpolation=cv2.INTER_AREA) for t in stretch.tones]
    return np.asarray(np.median(means, axis=0), np.float64)


@once
def _log_ratios(stretch: Stretch) -> list[np.ndarray]:
    """The ratios of every link, kept as long as the stretch: the picture's and the tiles' gains
    both come of them."""
    return in_order(lambda k: _log_ratio(stretch, k), range(len(stretch.links)))


def _log_ratio(stretch: Stretch, k: int) -> np.ndarray:
    """Log of next over this on the same spots, rows x columns x 3; NaN where not comparable."""
    here, link = stretch.tones[k], stretch.links[k]
    if link.trusted.mean() < _TRUSTED:
        return np.full(here.shape, np.nan, np.float32)
    at = identity(*here.shape[:2]) + link.forward / np.float32(STEP)
    there = sample(stretch.tones[k + 1], at)
    least, most = cv2.split(np.minimum(here, there)), cv2.split(np.maximum(here, there))
    use = link.trusted & (np.minimum.reduce(least) > _DARK) & (np.maximum.reduce(most) < _BRIGHT)
    ratio = np.log(np.maximum(there, np.float32(1)) / np.maximum(here, np.float32(1)))
    return np.where(use[..., None], ratio, np.float32(np.nan))


def _tiled(ratio: np.ndarray) -> np.ndarray:
    """The cells of every tile, tiles x cells x 3, filled up with NaN to one length."""
    parts = [
        tile.reshape(-1, 3)
        for band in np.array_split(ratio, TILES[0], axis=0)
        for tile in np.array_split(band, TILES[1], axis=1)
    ]
    out = np.full((len(parts), max(map(len, parts)), 3), np.nan, np.float32)
    for row, part in zip(out, parts, strict=True):
        row[: len(part)] = part
    return out


def _middle(ratio: np.ndarray, fewest: int) -> np.ndarray:
    """Median over the cells of every group, groups x 3; NaN where fewer are known."""
    ordered = np.sort(ratio, axis=1)
    every, count = np.arange(len(ratio)), np.isfinite(ratio[..., 0]).sum(axis=1)
    low = ordered[every, np.maximum(count - 1, 0) // 2]
    high = ordered[every, np.minimum(count // 2, ratio.shape[1] - 1)]
    return np.where(count[:, None] >= fewest, (low + high) / 2, np.nan)

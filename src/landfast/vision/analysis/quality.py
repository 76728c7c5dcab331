"""Picture quality of single frames: exposure, sharpness, noise."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

from landfast.media.halving import by_halves
from landfast.model.arrays import Float32, Shaped, UInt8
from landfast.vision.statistics.windows import quantile

Gray = UInt8[np.ndarray, "height width"]

_LOW_LEVEL = 2
_HIGH_LEVEL = 253
_TALL = 360
_STRIP = 18
_STRIP_EVERY = 54
_BAND = 32
_BAND_EVERY = 96
"""Focus is judged by bands of rows that cover a third of the picture."""
_NOISE_BLOCK = 32
_NOISE_QUANTILE = 0.1
_BEND = np.array([1.0, -2.0, 1.0])
_LEAST_NOISE = 0.5
"""Grey levels: whole levels, rounded twice, are off by 0.4."""
_LEAST_DETAIL = 2.0
"""Mean squared Laplacian at a quarter of the size, grey levels squared, below which focus has no
meaning."""


class Exposure(NamedTuple):
    """Distribution of luma; levels 0..255, shares 0..1."""

    luma_mean: float
    luma_p01: float
    luma_p99: float
    clip_low: float
    clip_high: float


def exposure(gray: Gray) -> Exposure:
    """Mean, percentiles and clipped shares of luma; of a tall picture, by every third row."""
    rows = gray[1::3] if len(gray) >= _TALL else gray
    counts = cv2.calcHist([rows], [0], None, [256], [0, 256]).ravel().astype(np.float64)
    below = np.cumsum(counts) / rows.size
    return Exposure(
        luma_mean=float(counts @ np.arange(256) / rows.size),
        luma_p01=float(np.searchsorted(below, 0.01)),
        luma_p99=float(np.searchsorted(below, 0.99)),
        clip_low=float(below[_LOW_LEVEL]),
        clip_high=float(1 - below[_HIGH_LEVEL - 1]),
    )


def noise(gray: Gray) -> float:
    """Standard deviation of additive noise, grey levels; NaN for pictures too small to tell.

    Immerkaer, "Fast noise variance estimation", CVIU 1996: a kernel blind to planes and straight
    edges. Texture still leaks into it, so the quietest tenth of blocks that are not clipped
    speaks, over strips that cover a third of the picture.
    """
    strips = _strips(gray)
    if strips is None:
        return math.nan
    response = cv2.sepFilter2D(strips, cv2.CV_16S, _BEND, _BEND)
    blocks = _block_means(np.abs(response, out=response))
    levels = _block_means(strips)
    usable = blocks[(levels > 8) & (levels < 247)]
    if usable.size < 4:
        return math.nan
    return quantile(usable, _NOISE_QUANTILE) * math.sqrt(math.pi / 2) / 6


def _strips(gray: Gray) -> UInt8[np.ndarray, "rows width"] | None:
    """Every third strip of rows, one on top of the other."""
    height, width = gray.shape
    count = height // _STRIP_EVERY
    if count == 0 or width < 2 * _NOISE_BLOCK:
        return None
    stacked = gray[: count * _STRIP_EVERY].reshape(count, _STRIP_EVERY, width)[:, :_STRIP]
    return np.ascontiguousarray(stacked.reshape(-1, width))


def _block_means(strips: Shaped[np.ndarray, "rows width"]) -> Float32[np.ndarray, "strip column"]:
    """Means over a strip's height, its rims left out, and a block's width."""
    width = strips.shape[1] - strips.shape[1] % _NOISE_BLOCK
    inner = strips.reshape(-1, _STRIP, strips.shape[1])[:, 1:-1, :width]
    columns = inner.sum(axis=1, dtype=np.int32)
    sums = columns.reshape(len(inner), -1, _NOISE_BLOCK).sum(axis=2)
    return np.asarray(sums * np.float32(1 / (inner.shape[1] * _NOISE_BLOCK)), np.float32)


def sharpness(fine: Gray, noise_sigma: float) -> float:
    """Fine over coarse detail: Laplacian amplitude at full size over that at a quarter.

    The ratio cancels contrast and content to first order (after Crete et al., "The blur effect",
    2007). White noise adds 20 sigma^2 to the squared Laplacian, a sixteenth of that after area
    averaging to a quarter; both are taken off, and at least what rounding and a coder leave: in a
    picture far out of focus there is nothing else at either size. NaN where there is too little
    detail to judge focus by.
    """
    if min(fine.shape) < _BAND // 2:
        return math.nan
    bands, rows = _bands(fine)
    added = 20 * (_LEAST_NOISE if math.isnan(noise_sigma) else max(noise_sigma, _LEAST_NOISE)) ** 2
    coarse_energy = _laplacian_energy(by_halves(bands, 2), rows // 4) - added / 16
    if coarse_energy < _LEAST_DETAIL:
        return math.nan
    return math.sqrt(max(_laplacian_energy(bands, rows) - added, 0.0) / coarse_energy)


def _bands(gray: Gray) -> tuple[UInt8[np.ndarray, "rows columns"], int]:
    """Every third band of rows, one on top of the other, and the rows of each.

    Low pictures are one band. Sides are cut to multiples of four.
    """
    height, width = (side - side % 4 for side in gray.shape)
    count = height // _BAND_EVERY
    if count == 0:
        return np.ascontiguousarray(gray[:height, :width]), height
    stacked = gray[: count * _BAND_EVERY].reshape(count, _BAND_EVERY, -1)
    return np.ascontiguousarray(stacked[:, _BAND : 2 * _BAND, :width]).reshape(-1, width), _BAND


def _laplacian_energy(bands: Shaped[np.ndarray, "height width"], rows: int) -> float:
    """Mean squared Laplacian; rows at which two bands meet are left out."""
    width = bands.shape[1]
    response = cv2.Laplacian(bands, cv2.CV_16S).reshape(-1, rows * width)[:, width:-width]
    return float(cv2.norm(response, cv2.NORM_L2SQR) / response.size)

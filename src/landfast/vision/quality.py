"""Picture quality of single frames: exposure, sharpness, noise."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float32, Shaped, UInt8

from landfast.media.halving import by_halves
from landfast.vision.windows import quantile

Gray = UInt8[np.ndarray, "height width"]

_LOW_LEVEL = 2
_HIGH_LEVEL = 253
_STRIP = 18
_STRIP_EVERY = 54
_NOISE_BLOCK = 32
_NOISE_QUANTILE = 0.1
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
    """Mean, percentiles and clipped shares of luma."""
    counts = cv2.calcHist([gray], [0], None, [256], [0, 256]).ravel().astype(np.float64)
    below = np.cumsum(counts) / gray.size
    return Exposure(
        luma_mean=float(counts @ np.arange(256) / gray.size),
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
    kernel = np.array([1.0, -2.0, 1.0])
    response = cv2.sepFilter2D(strips, cv2.CV_16S, kernel, kernel)
    blocks = _block_means(np.abs(response))
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
    inner = strips.reshape(-1, _STRIP, strips.shape[1])[:, 1:-1, :width].astype(np.float32)
    size = width // _NOISE_BLOCK, len(inner)
    flat = inner.reshape(-1, width)
    return np.asarray(cv2.resize(flat, size, interpolation=cv2.INTER_AREA))


def sharpness(fine: Gray, noise_sigma: float) -> float:
    """Fine over coarse detail: Laplacian amplitude at full size over that at a quarter.

    The ratio cancels contrast and content to first order (after Crete et al., "The blur effect",
    2007). White noise adds 20 sigma^2 to the squared Laplacian, a sixteenth of that after area
    averaging to a quarter; both are taken off. NaN where there is too little detail to judge
    focus by.
    """
    quarter = _quarter(fine)
    added = 0.0 if math.isnan(noise_sigma) else 20 * noise_sigma**2
    coarse_energy = _laplacian_energy(quarter) - added / 16
    if coarse_energy < _LEAST_DETAIL:
        return math.nan
    return math.sqrt(max(_laplacian_energy(fine) - added, 0.0) / coarse_energy)


def _quarter(gray: Gray) -> UInt8[np.ndarray, "rows columns"]:
    """Area average at a quarter of the size."""
    height, width = gray.shape
    if width % 4 == 0 and height % 4 == 0:
        return np.asarray(by_halves(gray, 2))
    size = max(1, width // 4), max(1, height // 4)
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))


def _laplacian_energy(gray: Gray) -> float:
    response = cv2.Laplacian(gray, cv2.CV_16S)
    return float(cv2.norm(response, cv2.NORM_L2SQR)) / gray.size

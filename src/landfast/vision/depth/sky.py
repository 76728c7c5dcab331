"""Where a picture shows sky, and whether a span shows anything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, UInt8

RGB = UInt8[np.ndarray, "height width 3"]

_WIDTH: Final = 214
_EDGE: Final = 5.0
"""Slope (grey levels a pixel of the small picture) at which sky ends."""
_TONE: Final = 45.0
"""How much darker than the picture's upper edge sky may be, grey levels."""
_DARKEST: Final = 60.0
_LEAST_BLUE: Final = -12.0
"""Blue over the stronger of red and green: sky is blue, or grey in clouds and haze."""
_BLUE_SPREAD: Final = 18.0
_LEAST: Final = 0.01
_SAMPLES: Final = 5
_FINE: Final = 2.0
"""Fine detail, grey levels, up to which a patch may be sky."""


def find_sky(
    image: UInt8[np.ndarray, "height width *rgb"],
) -> Bool[np.ndarray, "height width"]:
    """True where a picture shows sky: what a smooth way joins to its upper edge, in sky's tone.

    A cautious guess from one picture, nothing in grey ones, where sky and water look alike.
    Depth that was measured overrules it (see `dense`).
    """
    height, width = image.shape[:2]
    if image.ndim == 2 or min(height, width) < 32:
        return np.zeros((height, width), bool)
    scale = min(1.0, _WIDTH / width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    full: np.ndarray = cv2.resize(_grown(small).astype(np.float32), (width, height))
    return np.asarray(full > 0.5)


def is_all_sky(images: Sequence[UInt8[np.ndarray, "height width *rgb"]]) -> bool:
    """True where every sampled frame is light, blue or grey, and without fine detail all over.

    Clouds have edges but no fine detail; land, sea and towns have.
    """
    picked = np.linspace(0, len(images) - 1, min(_SAMPLES, len(images))).round().astype(int)
    return all(_could_be_sky(images[k]) for k in picked)


def _grown(small: RGB) -> np.ndarray:
    gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    soft: np.ndarray = cv2.GaussianBlur(gray, (0, 0), 1.0).astype(np.float32)
    slope = np.hypot(cv2.Sobel(soft, -1, 1, 0, scale=1 / 8), cv2.Sobel(soft, -1, 0, 1, scale=1 / 8))
    plain = cv2.boxFilter(slope, -1, (3, 3)) < _EDGE
    top = max(2, len(soft) // 12)
    start = soft[:top][plain[:top]]
    nothing = np.zeros(soft.shape, bool)
    if len(start) < 0.3 * top * soft.shape[1]:
        return nothing
    tone = float(np.median(start))
    if tone < max(_DARKEST, float(np.median(soft)) - _TONE / 2):
        return nothing
    return _hanging(plain & (soft > max(_DARKEST, tone - _TONE)) & _as_blue(small, top))


def _as_blue(small: RGB, top: int) -> np.ndarray:
    """Pixels not clearly less blue than the upper edge; nowhere where that edge is not sky's."""
    blue = _blueness(cv2.GaussianBlur(small, (0, 0), 1.0))
    upper = float(np.median(blue[:top]))
    return np.asarray((blue > upper - _BLUE_SPREAD) & (upper > _LEAST_BLUE))


def _blueness(rgb: np.ndarray) -> np.ndarray:
    values = rgb.astype(np.float32)
    return np.asarray(values[..., 2] - np.maximum(values[..., 0], values[..., 1]))


def _hanging(like: np.ndarray) -> np.ndarray:
    """The parts that touch the upper edge and are not tiny."""
    opened = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    out = np.zeros(like.shape, bool)
    for label in range(1, count):
        tall = stats[label, cv2.CC_STAT_TOP] <= 1
        if tall and stats[label, cv2.CC_STAT_AREA] > _LEAST * like.size:
            out |= labels == label
    closed = cv2.morphologyEx(out.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    return np.asarray(closed > 0)


def _could_be_sky(image: UInt8[np.ndarray, "height width *rgb"]) -> bool:
    if image.ndim == 2:
        return False
    rgb = np.asarray(cv2.blur(image, (9, 9)))[4::8, 4::8]
    colour = (_blueness(rgb) > _LEAST_BLUE) & (rgb.mean(axis=-1) > _DARKEST)
    return bool(colour.mean() > 0.97 and np.percentile(_detail(image), 90) < _FINE)


def _detail(image: RGB) -> Float32[np.ndarray, "rows cols"]:
    """Mean difference of the luma from its blur, a value for each patch."""
    gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)).astype(np.float32)
    away = np.abs(gray - cv2.GaussianBlur(gray, (0, 0), 1.5))
    return np.asarray(cv2.resize(away, (32, 18), interpolation=cv2.INTER_AREA))

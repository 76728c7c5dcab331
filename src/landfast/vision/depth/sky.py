"""Sky: the plain bright part of the picture that hangs from its upper edge."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from jaxtyping import Bool, Shaped, UInt8

_WIDTH: Final = 214
_EDGE: Final = 7.0
"""Slope (grey levels a pixel of the small picture) at which sky ends."""
_TONE: Final = 38.0
"""Difference of tone from the picture's upper part up to which a pixel may still be sky."""
_LEAST: Final = 0.01


def find_sky(image: Shaped[np.ndarray, "height width *rgb"]) -> Bool[np.ndarray, "height width"]:
    """True where a picture (RGB or grey, uint8) shows sky.

    Sky is what a smooth way joins to the upper edge, in that edge's tone, provided it is no
    darker than the rest. It is a guess from one picture: depth that was measured overrules it.
    """
    height, width = image.shape[:2]
    scale = min(1.0, _WIDTH / width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    mask = _grown(small)
    full: np.ndarray = cv2.resize(mask.astype(np.float32), (width, height))
    return np.asarray(full > 0.5)


def _grown(small: UInt8[np.ndarray, "height width *rgb"]) -> np.ndarray:
    gray = small if small.ndim == 2 else np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    soft: np.ndarray = cv2.GaussianBlur(gray, (0, 0), 1.0).astype(np.float32)
    slope = np.hypot(cv2.Sobel(soft, -1, 1, 0, scale=1 / 8), cv2.Sobel(soft, -1, 0, 1, scale=1 / 8))
    plain = slope < _EDGE
    top = max(2, len(soft) // 12)
    start = soft[:top][plain[:top]]
    nothing = np.zeros(soft.shape, bool)
    if len(start) < 0.3 * top * soft.shape[1]:
        return nothing
    tone = float(np.median(start))
    if tone < 60 or tone < np.median(soft) - 12:
        return nothing
    like = plain & (np.abs(soft - tone) < _TONE) & _as_blue(small, top)
    return _hanging(like)


def _as_blue(small: np.ndarray, top: int) -> np.ndarray:
    """Pixels not clearly less blue than the upper edge."""
    if small.ndim == 2:
        return np.ones(small.shape, bool)
    rgb = cv2.GaussianBlur(small, (0, 0), 1.0).astype(np.float32)
    blue = rgb[..., 2] - rgb[..., 0]
    return np.asarray(blue > np.median(blue[:top]) - 25)


def _hanging(like: np.ndarray) -> np.ndarray:
    """The parts that touch the upper edge and are not tiny."""
    opened = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    out = np.zeros(like.shape, bool)
    for label in range(1, count):
        tall = stats[label, cv2.CC_STAT_TOP] <= 1
        if tall and stats[label, cv2.CC_STAT_AREA] > _LEAST * like.size:
            out |= labels == label
    closed = cv2.morphologyEx(out.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return np.asarray(closed > 0)

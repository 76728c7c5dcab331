"""What one picture tells by itself: colour and texture, on a grid of half size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, UInt8

RGB = UInt8[np.ndarray, "large_height large_width 3"]
Gray = UInt8[np.ndarray, "height width"]
Plane = Float32[np.ndarray, "height width"]

_WINDOW: Final = 9
"""Side of the window that texture is gathered over, small pixels."""


@dataclass(frozen=True, slots=True)
class Cues:
    """Measurements of one frame, half as large as the picture."""

    whole: UInt8[np.ndarray, "large_height large_width"]
    """Luma at the picture's size."""
    gray: Gray
    """Luma at half size."""
    light: Plane
    """CIE lightness, 0 to 100, smoothed."""
    a: Plane
    """CIE a*, green to red, smoothed."""
    b: Plane
    """CIE b*, blue to yellow, smoothed."""
    rough: Plane
    """Root mean square slope, grey levels a pixel."""
    coherence: Plane
    """0 texture without direction, 1 all one way (structure tensor)."""
    level: Plane
    """Share of the texture whose edges run level, 0 to 1."""


def look(image: RGB) -> Cues:
    """Measure one picture."""
    size = (max(image.shape[1] // 2, 1), max(image.shape[0] // 2, 1))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    lab = cv2.cvtColor(small.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2Lab)
    light, a, b = cv2.split(cv2.blur(lab, (5, 5)))
    gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    rough, coherence, level = _texture(gray)
    whole = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    return Cues(whole, gray, light, a, b, rough, coherence, level)


def _texture(gray: Gray) -> tuple[Plane, Plane, Plane]:
    """Strength, coherence and levelness of the structure tensor."""
    dx = cv2.Sobel(gray, cv2.CV_32F, 1, 0, scale=1 / 8)
    dy = cv2.Sobel(gray, cv2.CV_32F, 0, 1, scale=1 / 8)
    window = (_WINDOW, _WINDOW)
    xx, yy, xy = (cv2.blur(v, window) for v in (dx * dx, dy * dy, dx * dy))
    total = xx + yy
    split = np.sqrt(np.square(xx - yy) + 4 * np.square(xy))
    safe = total + np.float32(0.5)
    calmest = cv2.erode(total, np.ones(window, np.uint8))
    return np.sqrt(calmest), split / safe, yy / safe

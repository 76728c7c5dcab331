"""What one picture tells by itself: colour, texture, straight lines, on a grid of half size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

RGB = UInt8[np.ndarray, "large_height large_width 3"]
Gray = UInt8[np.ndarray, "height width"]
Plane = Float32[np.ndarray, "height width"]

_WINDOW: Final = 9
"""Side of the window that texture is gathered over, small pixels."""
_LEAST_LINE: Final = 0.028
"""Length of a straight line that counts, share of the picture's width."""
_LINE_WINDOW: Final = 0.06
"""Side of the window that lines are counted in, share of the picture's width."""


_ACCORD_WINDOWS: Final = 2
"""Windows, one beside the other, over which it is judged whether lines run one way."""


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
    lines: Plane
    """Straight lines, pixels of length a pixel of area."""
    one_way: Plane
    """1 where the lines around all run one way, 0 where they stand upright or where as many cross
    them at a right angle."""


def look(image: RGB) -> Cues:
    """Measure one picture."""
    size = (max(image.shape[1] // 2, 1), max(image.shape[0] // 2, 1))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    lab = cv2.cvtColor(small.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2Lab)
    light, a, b = cv2.split(cv2.blur(lab, (5, 5)))
    gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    rough, coherence, level = _texture(gray)
    whole = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    return Cues(whole, gray, light, a, b, rough, coherence, level, *_lines(whole, size))


def _texture(gray: Gray) -> tuple[Plane, Plane, Plane]:
    """Strength, coherence and levelness of the structure tensor."""
    dx = cv2.Sobel(gray, cv2.CV_32F, 1, 0, scale=1 / 8)
    dy = cv2.Sobel(gray, cv2.CV_32F, 0, 1, scale=1 / 8)
    window = (_WINDOW, _WINDOW)
    xx, yy, xy = (cv2.blur(v, window) for v in (dx * dx, dy * dy, dx * dy))
    total = xx + yy
    split = np.sqrt(np.square(xx - yy) + 4 * np.square(xy))
    safe = total + np.float32(0.5)
    return np.sqrt(total), split / safe, yy / safe


def _lines(
    gray: UInt8[np.ndarray, "large_height large_width"], size: tuple[int, int]
) -> tuple[Plane, Plane]:
    """Density of straight segments (LSD: Grompone von Gioi et al., PAMI 2010), and their accord.

    Accord is the length of the mean direction with angles doubled: there right angles cancel out.
    """
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(gray)[0]
    drawn = np.zeros((3, size[1], size[0]), np.float32)
    if found is not None:
        ends = found.reshape(-1, 4)
        across, down = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
        keep = np.hypot(across, down) >= _LEAST_LINE * gray.shape[1]
        double = 2 * np.arctan2(down[keep], across[keep])
        values = np.stack([np.ones_like(double), np.cos(double), np.sin(double)], axis=1)
        places = np.rint(ends[keep] / 2).astype(int).tolist()
        for (x0, y0, x1, y1), value in zip(places, values.tolist(), strict=True):
            for plane, level in zip(drawn, value, strict=True):
                cv2.line(plane, (x0, y0), (x1, y1), level)
    side = max(3, round(_LINE_WINDOW * size[0]))
    around = (_ACCORD_WINDOWS * side, _ACCORD_WINDOWS * side)
    count, along, aslant = (cv2.blur(plane, around) for plane in drawn)
    count = np.maximum(count, np.float32(1e-6))
    accord = np.hypot(along, aslant) / count * np.clip(1 + along / count, 0, 1)
    return np.asarray(cv2.blur(drawn[0], (side, side))), np.asarray(accord, np.float32)

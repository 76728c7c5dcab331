"""Takes of 8 bits beside deeper footage: the steps that 8 bits leave in a smooth sky, taken out.

Rounding moves a sample by half a step at most. Where a picture is smooth, the mean of the
surroundings tells where within the step it lay; where it is not, and in grain, nothing shows and
nothing is done (bit-depth expansion by a constrained mean; Daly and Feng, 2004).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import cv2
import numpy as np
from av.video.frame import VideoFrame

from landfast.media.picture import Picture
from landfast.media.planes import is_planar, plane_of
from landfast.model.arrays import Float32, UInt8

_MOST: Final = 0.75
"""Steps by which a sample is moved at most: half of one for rounding, and some for rounding again
from RGB."""
_PLAIN: Final = 1.6
_SMOOTH: Final = 2.6
"""Steps that the surroundings span: up to the first they are smooth, from the second on not."""
_SAMPLE: Final = np.float32(1 << 8)
"""An 8-bit step in 16 bits."""

Plane = Float32[np.ndarray, "_ _"]


class _Scale(NamedTuple):
    """Surroundings: how much smaller than before the picture is made, and the side of the mean."""

    smaller: int
    side: int


_SCALES: Final = (_Scale(1, 9), _Scale(4, 9), _Scale(2, 13))
"""From steep slopes, whose steps are narrow, to level sky; wider ones overrule."""


def without_steps(picture: Picture) -> Picture:
    """A picture of 8 bits in 16, with the steps in its smooth parts made even.

    Others, and those whose planes are packed, come back as they are.
    """
    source = picture.native
    if source.format.components[0].bits > 8 or not is_planar(source):
        return picture
    # Full range has 255 steps to 65535, limited range 219 to 219 times 256.
    is_full = picture.converter.colour.range == "full"
    name = source.format.name.replace("yuvj", "yuv")
    frame = VideoFrame(source.width, source.height, f"{name}16le")
    for index in range(len(source.planes)):
        zero = 0 if index == 0 else 128
        even = _even(plane_of(source, index)) - np.float32(zero)
        even *= np.float32(65535 / 255) if is_full else _SAMPLE
        even += np.float32(zero << 8)
        plane_of(frame, index)[:] = np.rint(np.clip(even, 0, 0xFFFF))
    return replace(picture, native=frame)


def _even(plane: UInt8[np.ndarray, "height width"]) -> Plane:
    values = plane.astype(np.float32)
    found, mean, high, low = values, values, plane, plane
    for smaller, side in _SCALES:
        around = np.ones((side, side), np.uint8)
        # Of greatest and least no pixel is passed over: they reach as far already.
        high, low = (one[::smaller, ::smaller] for one in (high, low))
        high, low = cv2.dilate(high, around), cv2.erode(low, around)
        span = cv2.subtract(high, low).astype(np.float32)
        smooth = np.clip((_SMOOTH - span) / np.float32(_SMOOTH - _PLAIN), 0, 1)
        mean = cv2.resize(mean, span.shape[::-1], interpolation=cv2.INTER_AREA)
        near = cv2.blur(mean, (side, side), borderType=cv2.BORDER_REFLECT_101)
        found = _moved(values, found, near, smooth)
    return found


def _moved(values: Plane, found: Plane, near: Plane, smooth: Plane) -> Plane:
    """What was found, and where it is smooth the values moved towards the mean nearby."""
    size = values.shape[::-1]
    if near.shape != values.shape:
        near, smooth = (cv2.resize(p, size, interpolation=cv2.INTER_LINEAR) for p in (near, smooth))
    moved = values + np.clip(near - values, np.float32(-_MOST), np.float32(_MOST))
    return np.asarray(found + smooth * (moved - found))

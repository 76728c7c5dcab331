"""Planes of decoded frames as they lie in the decoder's buffer: nothing is copied."""

from __future__ import annotations

import re

import numpy as np
from av.video.frame import VideoFrame

from landfast.model.arrays import Shaped

_PLANAR = re.compile(r"yuvj?4(20|22|44)p((9|10|12|14|16)le)?")
"""Formats with a plane for each of Y, Cb and Cr, in this machine's byte order."""


def is_planar(frame: VideoFrame) -> bool:
    """True where Y, Cb and Cr have planes of their own."""
    return _PLANAR.fullmatch(frame.format.name) is not None


def plane_of(frame: VideoFrame, index: int) -> Shaped[np.ndarray, "height width"]:
    """The visible samples of a plane, uint8 or uint16, without the padding of its rows."""
    plane = frame.planes[index]
    dtype = np.dtype(np.uint16 if frame.format.components[0].bits > 8 else np.uint8)
    across = plane.line_size // dtype.itemsize
    rows = np.frombuffer(memoryview(plane), dtype)
    return rows[: plane.height * across].reshape(plane.height, across)[:, : plane.width]


def planes_of(frame: VideoFrame) -> list[Shaped[np.ndarray, "_ _"]]:
    """`plane_of` for every plane, in the format's order."""
    return [plane_of(frame, index) for index in range(len(frame.planes))]

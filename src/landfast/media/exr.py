"""OpenEXR files of one channel: depth and other numbers a pixel, through FFmpeg's coder.

The channel is called `Y`, the one name for a single channel that every reader knows (OpenEXR,
FFmpeg, OpenCV, Nuke, Blender). Compression is ZIP over 16 lines, lossless; infinities and NaN are
kept.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

import av
import av.error
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from jaxtyping import Float32

from landfast.errors import InputError
from landfast.media.files import read_bytes, write_bytes

Depth = Literal["float", "half"]
"""32 or 16 bit floats."""


def write_exr(
    path: Path, values: Float32[np.ndarray, "height width"], *, depth: Depth = "float"
) -> None:
    """Write one channel; as `half` each value is rounded to the nearest 16 bit float.

    Raises:
        InputError: The file cannot be written.
    """
    height, width = values.shape
    # FFmpeg cuts halves off where it should round them; values that are halves pass unchanged.
    with np.errstate(over="ignore"):
        kept = values.astype(np.float16).astype(np.float32) if depth == "half" else values
    frame = VideoFrame(width, height, "grayf32le")
    _rows(frame, np.dtype(np.float32))[:, :width] = kept
    coder = av.CodecContext.create("exr", "w")
    assert isinstance(coder, VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt = width, height, "grayf32le"
    coder.time_base = Fraction(1, 25)
    coder.thread_count = 1
    coder.options = {"compression": "zip16", "format": depth}
    packets = [*coder.encode(frame), *coder.encode(None)]
    write_bytes(path, b"".join(bytes(packet) for packet in packets))


def read_exr(path: Path) -> Float32[np.ndarray, "height width"]:
    """The one channel of a file that `write_exr` wrote.

    Raises:
        InputError: Missing, or no such file.
    """
    coder = av.CodecContext.create("exr", "r")
    assert isinstance(coder, VideoCodecContext)
    coder.thread_count = 1
    packet = av.Packet(read_bytes(path))
    try:
        frames = [*coder.decode(packet), *coder.decode(None)]
    except av.error.FFmpegError as error:
        raise _unreadable(path) from error
    if len(frames) != 1 or frames[0].format.name not in _TYPES:
        raise _unreadable(path)
    frame = frames[0]
    return _rows(frame, np.dtype(_TYPES[frame.format.name]))[:, : frame.width].astype(np.float32)


_TYPES: Final[dict[str, type[np.float32] | type[np.float16]]] = {
    "grayf32le": np.float32,
    "grayf16le": np.float16,
}


def _rows(frame: VideoFrame, dtype: np.dtype[Any]) -> np.ndarray:
    """The plane as it lies in the frame's buffer, padding to the right of the width included."""
    plane = frame.planes[0]
    across = plane.line_size // dtype.itemsize
    return np.frombuffer(memoryview(plane), dtype).reshape(-1, across)[: frame.height]


def _unreadable(path: Path) -> InputError:
    return InputError(
        "is not an OpenEXR file with one channel of floats",
        subject=str(path),
        remedy="give a file that landfast wrote",
    )

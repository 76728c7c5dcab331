"""Reads OpenEXR files with FFmpeg's coder: another one than the product writes them with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

_TYPES: Final = {"grayf32le": np.float32, "grayf16le": np.float16}


def read_exr(path: Path) -> np.ndarray:
    """The one channel of a file, height x width, as 32 bit floats."""
    coder = av.CodecContext.create("exr", "r")
    assert isinstance(coder, VideoCodecContext)
    (frame, *more) = [*coder.decode(av.Packet(path.read_bytes())), *coder.decode(None)]
    assert not more
    plane, dtype = frame.planes[0], np.dtype(_TYPES[frame.format.name])
    rows = np.frombuffer(memoryview(plane), dtype).reshape(-1, plane.line_size // dtype.itemsize)
    return rows[: frame.height, : frame.width].astype(np.float32)

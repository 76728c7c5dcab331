"""OpenEXR files that hold one number a pixel: depth.

Readers disagree on the name of a single channel: compositors look for `depth.Z`, FFmpeg and OpenCV
know only `Y`. So the values stand in the file under both names. Scan lines, ZIP over 16 lines,
lossless; infinities and NaN are kept. Written here because FFmpeg's coder names its channel `Y`
and cuts halves off where it should round them. Source: openexr.com, "OpenEXR File Layout".
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Final, Literal

import numpy as np

from landfast.media.files import write_bytes
from landfast.model.arrays import Float32, Shaped

Depth = Literal["float", "half"]
"""32 or 16 bit floats."""

CHANNELS: Final = ("Y", "depth.Z")
"""In the order of the file: by their bytes."""
_MAGIC_AND_VERSION: Final = struct.pack("<II", 20000630, 2)
_ZIP, _INCREASING_Y, _LINES = 3, 0, 16
_KINDS: Final[dict[str, tuple[int, type[np.generic]]]] = {
    "half": (1, np.float16),
    "float": (2, np.float32),
}


def write_exr(
    path: Path, values: Float32[np.ndarray, "height width"], *, depth: Depth = "float"
) -> None:
    """Write one number a pixel; as `half` each is rounded to the nearest 16 bit float.

    Raises:
        InputError: The file cannot be written.
    """
    code, kind = _KINDS[depth]
    with np.errstate(over="ignore"):
        kept = np.ascontiguousarray(values, np.dtype(kind).newbyteorder("<"))
    header = _MAGIC_AND_VERSION + _header(values.shape, code)
    chunks = [_chunk(kept, top) for top in range(0, values.shape[0], _LINES)]
    start = len(header) + 8 * len(chunks)
    ends = np.cumsum([0, *map(len, chunks)])
    offsets = struct.pack(f"<{len(chunks)}Q", *(start + int(end) for end in ends[:-1]))
    write_bytes(path, header + offsets + b"".join(chunks))


def _header(shape: tuple[int, ...], code: int) -> bytes:
    height, width = shape
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    channels = b"".join(name.encode() + struct.pack("<xiB3xii", code, 0, 1, 1) for name in CHANNELS)
    attributes = (
        ("channels", "chlist", channels + b"\0"),
        ("compression", "compression", bytes([_ZIP])),
        ("dataWindow", "box2i", window),
        ("displayWindow", "box2i", window),
        ("lineOrder", "lineOrder", bytes([_INCREASING_Y])),
        ("pixelAspectRatio", "float", struct.pack("<f", 1)),
        ("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1)),
    )
    parts = [
        f"{name}\0{kind}\0".encode() + struct.pack("<i", len(value)) + value
        for name, kind, value in attributes
    ]
    return b"".join(parts) + b"\0"


def _chunk(values: Shaped[np.ndarray, "height width"], top: int) -> bytes:
    """Up to sixteen lines: every channel of a line, then the next line."""
    lines = np.repeat(values[top : top + _LINES, None], len(CHANNELS), axis=1)
    plain = lines.tobytes()
    data = _zipped(plain)
    data = data if len(data) < len(plain) else plain
    return struct.pack("<ii", top, len(data)) + data


def _zipped(plain: bytes) -> bytes:
    """Bytes of even places before those of odd ones, as differences, deflated."""
    flat = np.frombuffer(plain, np.uint8)
    parted = np.concatenate([flat[::2], flat[1::2]])
    steps = parted.copy()
    steps[1:] = parted[1:] - parted[:-1] + np.uint8(128)
    return zlib.compress(steps.tobytes(), 4)

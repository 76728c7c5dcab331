"""A small writer of GPMF, independent of the reader under test, and clips without pictures."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction

from landfast.model.clip import Clip, Colour

CODES = {"b": "b", "B": "B", "s": "h", "S": "H", "l": "i", "L": "I", "j": "q", "J": "Q",
         "f": "f", "d": "d"}  # fmt: skip


def klv(key: str, kind: str, size: int, repeat: int, data: bytes) -> bytes:
    """An element as claimed; `data` is padded to four bytes, not checked."""
    head = struct.pack(">4sBBH", key.encode("latin-1"), ord(kind), size, repeat)
    return head + data + b"\0" * (-len(data) % 4)


def rows(key: str, kind: str, values: Sequence[Sequence[float]]) -> bytes:
    """Samples of one type, all of the same width."""
    width = len(values[0]) if values else 1
    flat = [value for row in values for value in row]
    data = struct.pack(f">{len(flat)}{CODES[kind]}", *flat)
    return klv(key, kind, width * struct.calcsize(CODES[kind]), len(values), data)


def mixed(key: str, structure: str, values: Sequence[Sequence[float]]) -> bytes:
    """A TYPE element and samples of that structure."""
    layout = ">" + "".join(CODES[kind] for kind in structure)
    data = b"".join(struct.pack(layout, *row) for row in values)
    body = klv(key, "?", struct.calcsize(layout), len(values), data)
    return words("TYPE", structure) + body


def words(key: str, text: str) -> bytes:
    """Text."""
    data = text.encode("latin-1")
    return klv(key, "c", 1, len(data), data)


def nest(key: str, *inside: bytes) -> bytes:
    """Elements within an element."""
    data = b"".join(inside)
    return klv(
        key,
        "\0",
        4 if len(data) > 65535 else 1,
        -(-len(data) // (4 if len(data) > 65535 else 1)),
        data,
    )


def stream(*inside: bytes) -> bytes:
    """A stream of a device."""
    return nest("STRM", *inside)


def device(name: str, *streams: bytes) -> bytes:
    """A device with its streams."""
    return nest("DEVC", words("DVNM", name), *streams)


def gps5(places: Sequence[tuple[float, float, float, float]], *, lock: int = 3) -> bytes:
    """A receiver's stream: latitude, longitude, altitude, speed."""
    values = [[round(a * 1e7), round(b * 1e7), round(c * 1e3), round(d * 1e3), 0]
              for a, b, c, d in places]  # fmt: skip
    return stream(
        rows("GPSF", "L", [[lock]]),
        rows("SCAL", "l", [[10**7], [10**7], [1000], [1000], [100]]),
        rows("GPS5", "l", values),
    )


def clip(seconds: int = 10, fps: int = 10) -> Clip:
    """A clip of a constant rate that no file holds."""
    return Clip(
        content="0" * 64,
        name="clip.mp4",
        width=64,
        height=48,
        rotation=0,
        sample_aspect=Fraction(1),
        codec="h264",
        pixel_format="yuv420p",
        bit_depth=8,
        colour=Colour(),
        time_base=Fraction(1, fps),
        start=Fraction(0),
        ticks=tuple(range(seconds * fps)),
        end_tick=seconds * fps,
    )

"""The shape of pixels in Matroska's header (RFC 9559, section 5.1.4.1.28).

PyAV gives FFmpeg's writer no shape: it writes that the shown size is unknown, and behind the
track's picture settings room that it does not use. The shown size is put there; nothing else moves.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

_HEAD_BYTES = 1 << 16
_LONGEST = 18
"""Bytes of a name and a size."""
_MOST_PX = 0xFFFF
_UNTOLD = 127
"""The size in one byte that means unknown."""
_SEGMENT, _TRACKS = b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b"
_TRACK, _VIDEO, _VOID, _CRC = b"\xae", b"\xe0", b"\xec", b"\xbf"
_SHOWN_WIDTH, _SHOWN_HEIGHT, _SHOWN_UNIT = b"\x54\xb0", b"\x54\xba", b"\x54\xb2"


class _Element(NamedTuple):
    name: bytes
    start: int
    body: int
    stop: int


def tell_pixel_shape(path: Path, *, width: int, height: int, aspect: Fraction) -> None:
    """Write the shown size into a Matroska file; one whose header has no room stays as it is.

    Args:
        path: The finished file.
        width: Stored pixels.
        height: Stored pixels.
        aspect: Width over height of a pixel.
    """
    wide = round(width * aspect)
    if max(wide, height) > _MOST_PX:
        return
    shown = _SHOWN_WIDTH + _number(wide) + _SHOWN_HEIGHT + _number(height)
    with path.open("r+b") as file:
        head = file.read(_HEAD_BYTES)
        segment = _first(head, 0, len(head), _SEGMENT)
        tracks = segment and _first(head, segment.body, segment.stop, _TRACKS)
        if not tracks or tracks.stop > len(head):
            return
        changed = _with(head, tracks, shown)
        if changed is not None:
            file.seek(tracks.body)
            file.write(_checked(changed))


def _with(head: bytes, tracks: _Element, shown: bytes) -> bytes | None:
    """The tracks' content with the shown size in the first video track; as long as before."""
    for track in _elements(head, tracks.body, tracks.stop):
        video = _first(head, track.body, track.stop, _VIDEO) if track.name == _TRACK else None
        void = video and _first(head, video.stop, track.stop, _VOID)
        if video is None or void is None:
            continue
        stays = b"".join(
            head[one.start : one.stop]
            for one in _elements(head, video.body, video.stop)
            if one.name not in (_SHOWN_WIDTH, _SHOWN_HEIGHT, _SHOWN_UNIT)
        )
        fresh = _VIDEO + _size(len(stays + shown)) + stays + shown + head[video.stop : void.start]
        left = void.stop - video.start - len(fresh) - 2
        if not 0 <= left < _UNTOLD:
            return None
        fresh += _VOID + bytes([0x80 | left]) + bytes(left)
        return head[tracks.body : video.start] + fresh + head[void.stop : tracks.stop]
    return None


def _checked(tracks: bytes) -> bytes:
    """With the checksum that stands first made right; little-endian, of all behind it."""
    if tracks[:1] != _CRC:
        return tracks
    return tracks[:2] + zlib.crc32(tracks[6:]).to_bytes(4, "little") + tracks[6:]


def _first(data: bytes, start: int, stop: int, name: bytes) -> _Element | None:
    return next((one for one in _elements(data, start, stop) if one.name == name), None)


def _elements(data: bytes, start: int, stop: int) -> Iterator[_Element]:
    """The elements that begin within the bytes given; the last may reach beyond."""
    at = start
    while at < stop and at + _LONGEST < len(data):
        body = at + _length(data[at])
        name, wide = data[at:body], _length(data[body])
        size = int.from_bytes(data[body : body + wide], "big") & ~(1 << 7 * wide)
        yield _Element(name, at, body + wide, body + wide + size)
        at = body + wide + size


def _length(first: int) -> int:
    """Bytes of a name or a size, by the zeros that its first byte begins with."""
    return 9 - first.bit_length()


def _size(count: int) -> bytes:
    return bytes([0x80 | count]) if count < _UNTOLD else (0x4000 | count).to_bytes(2, "big")


def _number(value: int) -> bytes:
    return b"\x82" + value.to_bytes(2, "big")

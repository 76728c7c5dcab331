"""NAL units of H.264 and HEVC as MP4 stores them: lengths in front, parameter sets apart.

ISO/IEC 14496-15: `avcC` (5.3.3) and `hvcC` (8.3.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from landfast.errors import Unsupported

Coding = Literal["h264", "hevc"]

_H264_IDR = 5
_HEVC_IDR = (19, 20)
_HEVC_CRA = 21
_HEVC_BLA = 18
"""Without leading pictures."""
_H264_SETS = (7, 8)
_HEVC_SETS = (32, 33, 34)
_DELIMITERS = {"h264": (9,), "hevc": (35,)}
_START = re.compile(rb"\x00\x00\x00\x01|\x00\x00\x01")


def unit_type(coding: Coding, unit: bytes) -> int:
    """Type code of a NAL unit."""
    return unit[0] & 31 if coding == "h264" else unit[0] >> 1 & 63


def is_parameter_set(coding: Coding, unit: bytes) -> bool:
    """True for sequence and picture parameter sets (and HEVC's video parameter sets)."""
    return unit_type(coding, unit) in (_H264_SETS if coding == "h264" else _HEVC_SETS)


Door = Literal["", "closed", "open"]
"""Whether decoding may start at a picture. `closed`: an IDR, nothing after it refers to anything
before it. `open`: HEVC's CRA, of which that holds but for pictures that are shown before it."""


def door(coding: Coding, units: list[bytes]) -> Door:
    """Whether decoding may start at a picture with these units."""
    for unit in units:
        kind = unit_type(coding, unit)
        if kind in ((_H264_IDR,) if coding == "h264" else _HEVC_IDR):
            return "closed"
        if coding == "hevc" and kind == _HEVC_CRA:
            return "open"
    return ""


def as_entry(units: list[bytes]) -> list[bytes]:
    """HEVC: a CRA's units so that decoding starts there without what was before it (as BLA).

    Pictures that are shown before it must be left out.
    """
    return [
        bytes([_HEVC_BLA << 1 | unit[0] & 1]) + unit[1:]
        if unit_type("hevc", unit) == _HEVC_CRA
        else unit
        for unit in units
    ]


def slices(coding: Coding, units: list[bytes]) -> list[bytes]:
    """The units that hold a picture's samples."""
    last = 5 if coding == "h264" else 31
    first = 1 if coding == "h264" else 0
    return [unit for unit in units if first <= unit_type(coding, unit) <= last]


def from_annex_b(data: bytes) -> list[bytes]:
    """The units of a byte stream with start codes."""
    return [part.rstrip(b"\0") for part in _START.split(data) if part]


def picture_units(coding: Coding, data: bytes) -> list[bytes]:
    """What belongs to the picture itself in an encoder's packet: no sets, no delimiters."""
    dropped = (*(_H264_SETS if coding == "h264" else _HEVC_SETS), *_DELIMITERS[coding])
    return [unit for unit in from_annex_b(data) if unit_type(coding, unit) not in dropped]


def split(data: bytes, size_bytes: int) -> list[bytes]:
    """The units of a packet whose units follow their lengths; with 0, start codes.

    Raises:
        Unsupported: The lengths do not add up.
    """
    if not size_bytes:
        return from_annex_b(data)
    units: list[bytes] = []
    at = 0
    while at + size_bytes <= len(data):
        length = int.from_bytes(data[at : at + size_bytes], "big")
        at += size_bytes
        units.append(data[at : at + length])
        at += length
    if at != len(data):
        raise Unsupported("holds packets that are not made of NAL units", subject="the footage")
    return units


def join(units: list[bytes], size_bytes: int) -> bytes:
    """Units with their lengths in front; with 0, start codes."""
    if not size_bytes:
        return b"".join(b"\0\0\0\1" + unit for unit in units)
    return b"".join(len(unit).to_bytes(size_bytes, "big") + unit for unit in units)


@dataclass(frozen=True, slots=True)
class Header:
    """A decoder configuration: what a player must know before the first picture."""

    coding: Coding
    head: bytes
    """Fixed fields in front of the parameter sets."""
    sets: tuple[bytes, ...]
    """Parameter sets in order."""
    tail: bytes
    """What follows them (H.264 High profiles)."""

    @classmethod
    def parse(cls, coding: Coding, extradata: bytes) -> Header:
        """Read `avcC`, `hvcC`, or parameter sets behind start codes (transport streams).

        Raises:
            Unsupported: The header is missing or damaged.
        """
        if extradata[:3] == b"\0\0\1" or extradata[:4] == b"\0\0\0\1":
            units = from_annex_b(extradata)
            sets = tuple(unit for unit in units if is_parameter_set(coding, unit))
            return cls(coding, b"", sets, b"")
        if len(extradata) < 7 or extradata[0] != 1:
            raise Unsupported("has no decoder header", subject="the footage")
        try:
            return cls(*_parse_avcc(extradata) if coding == "h264" else _parse_hvcc(extradata))
        except IndexError as error:
            raise Unsupported("has a damaged decoder header", subject="the footage") from error

    @property
    def size_bytes(self) -> int:
        """Bytes of the length in front of each unit; 0 for start codes."""
        if not self.head:
            return 0
        return (self.head[4] if self.coding == "h264" else self.head[21]) % 4 + 1

    def with_sets(self, added: tuple[bytes, ...]) -> bytes:
        """The H.264 header with more parameter sets; they must have numbers of their own."""
        if not self.head:
            return join([*self.sets, *added], 0)
        sequence = [unit for unit in (*self.sets, *added) if unit_type("h264", unit) == 7]
        picture = [unit for unit in (*self.sets, *added) if unit_type("h264", unit) == 8]
        level = max(unit[3] for unit in sequence)
        head = self.head[:3] + bytes([level]) + self.head[4:5]
        return (
            head
            + bytes([0xE0 | len(sequence)])
            + join(sequence, 2)
            + bytes([len(picture)])
            + join(picture, 2)
            + self.tail
        )


def _parse_avcc(data: bytes) -> tuple[Coding, bytes, tuple[bytes, ...], bytes]:
    sets: list[bytes] = []
    at = 5
    for mask in (31, 255):
        count = data[at] & mask
        at += 1
        for _ in range(count):
            unit, at = _sized(data, at)
            sets.append(unit)
    return "h264", data[:5], tuple(sets), data[at:]


def _parse_hvcc(data: bytes) -> tuple[Coding, bytes, tuple[bytes, ...], bytes]:
    sets: list[bytes] = []
    at = 23
    for _ in range(data[22]):
        count = int.from_bytes(data[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            unit, at = _sized(data, at)
            if is_parameter_set("hevc", unit):
                sets.append(unit)
    return "hevc", data[:22], tuple(sets), b""


def _sized(data: bytes, at: int) -> tuple[bytes, int]:
    length = int.from_bytes(data[at : at + 2], "big")
    if length == 0 or at + 2 + length > len(data):
        raise IndexError(at)
    return data[at + 2 : at + 2 + length], at + 2 + length

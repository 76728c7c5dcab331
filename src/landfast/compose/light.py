"""What HDR footage says about its mastering display and light levels, said again for new pictures.

Supplemental enhancement information: ITU-T H.264 annex D, H.265 annex D, payloads 137 (mastering
display), 144 (content light level) and 147 (alternative transfer characteristics).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from landfast.compose.bits import escaped, unescaped
from landfast.compose.nal import Coding, unit_type

_KEPT: Final = (137, 144, 147)
_TYPE: Final = {"h264": 6, "hevc": 39}
_HEAD: Final = {"h264": 1, "hevc": 2}
"""Bytes of a unit's header."""


def light_units(coding: Coding, units: Sequence[bytes]) -> tuple[bytes, ...]:
    """One unit with the messages on light that stand among a picture's units; none without any."""
    told = [unit for unit in units if unit_type(coding, unit) == _TYPE[coding]]
    kept = [
        message
        for unit in told
        for kind, message in _messages(unescaped(unit[_HEAD[coding] :]))
        if kind in _KEPT
    ]
    if not kept:
        return ()
    return (told[0][: _HEAD[coding]] + escaped(b"".join(kept) + b"\x80"),)


def _messages(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Each message with its type; what is cut short is left out."""
    at = 0
    while at + 2 < len(payload):
        start = at
        kind, at = _number(payload, at)
        size, at = _number(payload, at)
        at += size
        if at <= len(payload):
            yield kind, payload[start:at]


def _number(payload: bytes, at: int) -> tuple[int, int]:
    """A number in bytes of 255 and a last one below, and where it ends."""
    value = 0
    while at < len(payload) and payload[at] == 255:
        value += 255
        at += 1
    return value + (payload[at] if at < len(payload) else 0), at + 1

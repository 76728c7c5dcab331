"""Bit strings of H.264 (ITU-T H.264, 7.2 and 9.1)."""

from __future__ import annotations

import re

_EMULATED = re.compile(rb"\x00\x00(?=[\x00-\x03])")


class Bits:
    """Bits in the order they are written."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def u(self, value: int, width: int) -> Bits:
        """Unsigned, fixed width."""
        self._text.append(format(value, f"0{width}b"))
        return self

    def ue(self, value: int) -> Bits:
        """Unsigned Exp-Golomb."""
        digits = format(value + 1, "b")
        self._text.append("0" * (len(digits) - 1) + digits)
        return self

    def se(self, value: int) -> Bits:
        """Signed Exp-Golomb."""
        return self.ue(2 * value - 1 if value > 0 else -2 * value)

    def aligned(self) -> bytes:
        """The bits so far, zeros added up to the next whole byte."""
        text = "".join(self._text)
        text += "0" * (-len(text) % 8)
        return bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8))

    def closed(self) -> bytes:
        """As a raw byte sequence payload: a one bit, then zeros up to the next whole byte."""
        return self.u(1, 1).aligned()


def read_ue(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned Exp-Golomb number at bit `at`, and the bit after it."""
    zeros = 0
    while not _bit(data, at + zeros):
        zeros += 1
    value = 0
    for offset in range(zeros + 1):
        value = value << 1 | _bit(data, at + zeros + offset)
    return value - 1, at + 2 * zeros + 1


def _bit(data: bytes, at: int) -> int:
    return data[at >> 3] >> (7 - (at & 7)) & 1


def escaped(payload: bytes) -> bytes:
    """With emulation prevention, so that no start code appears inside a unit."""
    return _EMULATED.sub(b"\x00\x00\x03", payload)


def unescaped(unit: bytes) -> bytes:
    """Without emulation prevention."""
    return unit.replace(b"\x00\x00\x03", b"\x00\x00")

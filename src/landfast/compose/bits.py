"""Bit strings of H.264 (ITU-T H.264, 7.2 and 9.1)."""

from __future__ import annotations

import re

_EMULATED = re.compile(rb"\x00\x00(?=[\x00-\x03])")
_LONGEST = 31


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


class Reader:
    """Reads the bits of a payload in order; behind its end there are zeros."""

    def __init__(self, payload: bytes, at: int = 0) -> None:
        """`payload` without emulation prevention; `at` counts bits."""
        self._payload = payload + bytes(8)
        self.at = at

    def u(self, width: int) -> int:
        """Unsigned, fixed width, 32 bits at most."""
        start = self.at >> 3
        window = int.from_bytes(self._payload[start : start + 5].ljust(5, b"\0"), "big")
        value = window >> (40 - (self.at & 7) - width) & ((1 << width) - 1)
        self.at += width
        return value

    def ue(self) -> int:
        """Unsigned Exp-Golomb.

        Raises:
            IndexError: Longer than any number of the standard: not such a number.
        """
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > _LONGEST:
                raise IndexError(self.at)
        return (1 << zeros | self.u(zeros)) - 1 if zeros else 0

    def se(self) -> int:
        """Signed Exp-Golomb."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def overwritten(payload: bytes, at: int, width: int, value: int) -> bytes:
    """The payload with another number of `width` bits at bit `at`."""
    size = 8 * len(payload)
    shift = size - at - width
    whole = int.from_bytes(payload, "big") & ~(((1 << width) - 1) << shift)
    return (whole | value << shift).to_bytes(len(payload), "big")


def escaped(payload: bytes) -> bytes:
    """With emulation prevention, so that no start code appears inside a unit."""
    return _EMULATED.sub(b"\x00\x00\x03", payload)


def unescaped(unit: bytes) -> bytes:
    """Without emulation prevention."""
    return unit.replace(b"\x00\x00\x03", b"\x00\x00")

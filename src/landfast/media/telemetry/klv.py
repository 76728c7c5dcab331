"""GPMF's key-length-value coding (gpmf-parser, "GPMF Introduction"): elements and numbers.

An element is a four-character key, a type character, the size of one sample in bytes, the
number of samples, and the samples, big-endian, padded to four bytes. Type 0 holds elements.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from landfast.model.arrays import Float64

MAX_ELEMENTS = 10_000
MAX_FIELDS = 255

_HEADER = struct.Struct(">4sBBH")
_NUMBERS = {
    "b": ">i1", "B": ">u1", "s": ">i2", "S": ">u2", "l": ">i4", "L": ">u4",
    "j": ">i8", "J": ">u8", "f": ">f4", "d": ">f8", "q": ">i4", "Q": ">i8",
}  # fmt: skip
_FIXED_POINT = {"q": 2.0**16, "Q": 2.0**32}
_OPAQUE = {"c": "V1", "F": "V4", "G": "V16", "U": "V16"}
_FORMATS = _NUMBERS | _OPAQUE
_STRUCTURE = re.compile(r"([A-Za-z])(?:\[(\d{1,3})\])?")

Faults = Counter[str]
"""What could not be read, and how often."""


@dataclass(frozen=True, slots=True)
class Element:
    """One key-length-value element; `data` is a view, nothing is copied."""

    key: str
    kind: str
    """Type character; "\\0" for a nest of elements."""
    size: int
    """Bytes of one sample."""
    repeat: int
    """Number of samples."""
    data: memoryview

    @property
    def text(self) -> str:
        """The data as printable text; GPMF writes Latin-1."""
        text = bytes(self.data[:MAX_FIELDS]).split(b"\0")[0].decode("latin-1")
        return "".join(letter for letter in text if letter.isprintable()).strip()


def elements(data: memoryview, faults: Faults) -> Iterator[Element]:
    """The elements of one level, in order; nests are handed out whole, not entered.

    Stops at the first element that reaches beyond `data`: what came before it still counts.
    """
    at = 0
    for _ in range(MAX_ELEMENTS):
        if at + _HEADER.size > len(data):
            return
        key, kind, size, repeat = _HEADER.unpack_from(data, at)
        if key == b"\0\0\0\0":
            return
        at += _HEADER.size
        length = size * repeat
        if length > len(data) - at:
            faults["an element reaches beyond the end of its packet"] += 1
            return
        yield Element(key.decode("latin-1"), chr(kind), size, repeat, data[at : at + length])
        at += (length + 3) & ~3
    faults[f"a packet holds more than {MAX_ELEMENTS} elements"] += 1


def numbers(element: Element, structure: str = "") -> Float64[np.ndarray, "sample field"] | None:
    """The samples as numbers; text and identifiers become NaN.

    Args:
        element: A leaf.
        structure: Text of the TYPE element before it, used where its type is `?`.

    Returns:
        None where type, structure and sample size do not fit each other.
    """
    fields = _fields(element, structure)
    if not fields:
        return None
    kinds = set(fields)
    if len(kinds) == 1 and fields[0] in _NUMBERS:
        plain = np.frombuffer(element.data, _NUMBERS[fields[0]]).astype(np.float64)
        return plain.reshape(element.repeat, len(fields)) / _FIXED_POINT.get(fields[0], 1.0)
    layout = np.dtype([(f"f{at}", _FORMATS[kind]) for at, kind in enumerate(fields)])
    rows = np.frombuffer(element.data, layout)
    table = np.full((element.repeat, len(fields)), np.nan)
    for at, kind in enumerate(fields):
        if kind in _NUMBERS:
            table[:, at] = rows[f"f{at}"] / _FIXED_POINT.get(kind, 1.0)
    return table


def _fields(element: Element, structure: str) -> str:
    """One type character a field; empty where they do not add up to the sample's size."""
    if element.kind == "?":
        fields = _expand(structure)
    elif element.kind in _NUMBERS:
        fields = element.kind * (element.size // np.dtype(_NUMBERS[element.kind]).itemsize)
    else:
        return ""
    known = all(kind in _FORMATS for kind in fields)
    size = sum(np.dtype(_FORMATS[kind]).itemsize for kind in fields) if known else -1
    return fields if size == element.size else ""


def _expand(structure: str) -> str:
    """`Lf[3]` written out: `Lfff`."""
    fields = ""
    for kind, count in _STRUCTURE.findall(structure):
        fields += kind * int(count or 1)
        if len(fields) > MAX_FIELDS:
            return ""
    return fields

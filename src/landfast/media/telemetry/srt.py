"""SubRip text: cues with a time, whatever the encoding and the line ends."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CUE_CHARACTERS = 4096
"""More than any camera writes for a frame; the rest of a longer cue is not looked at."""

_TIMES = re.compile(r"\s*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})\s*-->")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from a time on."""

    start_s: float
    text: str


def decode(data: bytes) -> str:
    """Text in UTF-8, UTF-16 (with or without its mark) or Latin-1; never fails."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    if b"\0" in data[:64]:
        wide = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
        return data.decode(wide, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def spoken(data: bytes, codec: str) -> str:
    """The text of one packet of a subtitle track.

    3GPP timed text (`mov_text`) starts with its length and may end in style boxes.
    """
    if codec == "mov_text":
        length = int.from_bytes(data[:2], "big")
        data = data[2 : 2 + length]
    return decode(data)


def cues(text: str) -> Iterator[Cue]:
    """The cues in the order of the file; text before the first time is passed over."""
    start: float | None = None
    said: list[str] = []
    for line in itertools.chain(text.splitlines(), ["0:0:0,0 -->"]):
        times = _TIMES.match(line)
        if times:
            if start is not None:
                yield Cue(start, "\n".join(said)[:MAX_CUE_CHARACTERS])
            hours, minutes, seconds, fraction = times.groups()
            whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
            start, said = whole + int(fraction.ljust(3, "0")) / 1000, []
        elif line.strip() and not line.strip().isdecimal():
            said.append(line)

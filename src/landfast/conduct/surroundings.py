"""The real frames around a gap: what a generator may look at, and what a take is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.model.arrays import UInt8
from landfast.model.clip import Clip
from landfast.model.time import Span

Image = UInt8[np.ndarray, "height width 3"]


@dataclass(frozen=True, slots=True)
class Ends:
    """The frames of a clip that stand at both ends of a gap.

    `first` and `last` are the anchors' indices; the frames strictly between are missing.
    """

    first: int
    last: int


def ends(clip: Clip, span: Span) -> Ends:
    """The frames on screen at both ends of a span.

    Raises:
        InputError: The span lies outside the clip, or shows no frame between its ends.
    """
    if span.start < 0 or span.start >= clip.duration or span.stop > clip.duration:
        raise InputError(
            f"lies outside the clip, which lasts {float(clip.duration):.3f} s",
            subject=f"span {span}",
            remedy="give a span inside it",
        )
    found = Ends(clip.index_at(span.start), clip.index_at(span.stop))
    if found.last - found.first < 2:
        raise InputError(
            "has no frame between its ends", subject=f"span {span}", remedy="give a longer span"
        )
    return found


def before(path: Path, clip: Clip, end: int, count: int, width: int | None) -> tuple[Image, ...]:
    """Up to `count` frames that end just before frame `end`, oldest first."""
    return _frames(path, clip, range(max(0, end - count), end), width)


def after(path: Path, clip: Clip, start: int, count: int, width: int | None) -> tuple[Image, ...]:
    """Up to `count` frames that start just after frame `start`, in order."""
    return _frames(path, clip, range(start + 1, min(clip.frames, start + 1 + count)), width)


def _frames(path: Path, clip: Clip, wanted: range, width: int | None) -> tuple[Image, ...]:
    if not wanted:
        return ()
    span = Span(start=clip.time_of(wanted.start), stop=clip.time_of(wanted.stop))
    return tuple(picture.rgb(width) for picture in decode(path, clip, span=span))


def rate(clip: Clip, gap: Ends) -> Fraction:
    """Frames per second through a gap, from the anchors' exact times."""
    return Fraction(gap.last - gap.first) / (clip.time_of(gap.last) - clip.time_of(gap.first))

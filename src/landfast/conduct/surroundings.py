"""The real frames around a gap: what a generator may look at, and what a take is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from landfast.errors import InputError
from landfast.generators.base import CONTEXT, Frame
from landfast.media.decode import stills
from landfast.media.picture import Picture
from landfast.model.arrays import UInt8
from landfast.model.clip import Clip
from landfast.model.time import Span
from landfast.verify.measure.reel import WORKING_WIDTH, FootageFrames, beat

Image = UInt8[np.ndarray, "height width 3"]

FOOTAGE_FRAMES: Final = 18
"""Real frames read on each side, at up to 30 a second: the noise floor is learnt from twelve, and
short takes are judged together with six more."""


class Ends(NamedTuple):
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


def around(
    path: Path, clip: Clip, gap: Ends, count: int, width: int | None
) -> tuple[tuple[Image, ...], tuple[Image, ...]]:
    """Up to `count` frames on each side of the anchors, in order, in one pass over the clip."""
    left, right = _sides(clip, gap, count)
    times = [clip.time_of(index) for index in (*left, *right)]
    found = tuple(picture.rgb(width) for picture in stills(path, clip, times)) if times else ()
    return found[: len(left)], found[len(left) :]


def _sides(clip: Clip, gap: Ends, count: int) -> tuple[range, range]:
    """Indices of up to `count` frames on each side of the anchors."""
    left = range(max(0, gap.first - count), gap.first)
    return left, range(gap.last + 1, min(clip.frames, gap.last + 1 + count))


def rate(clip: Clip, gap: Ends) -> Fraction:
    """Frames per second through a gap, from the anchors' exact times."""
    return Fraction(gap.last - gap.first) / (clip.time_of(gap.last) - clip.time_of(gap.first))


def real_frames(path: Path, clip: Clip, gap: Ends, *, as_long: bool = False) -> FootageFrames:
    """The real frames that a take is judged by, at working width.

    as_long: the take is to last as long as the gap; otherwise it will be fitted in.
    """
    fps = rate(clip, gap)
    sides = around(path, clip, gap, FOOTAGE_FRAMES * beat(fps), WORKING_WIDTH)
    length = clip.time_of(gap.last) - clip.time_of(gap.first)
    return FootageFrames(*sides, fps, length if as_long else None)


@dataclass(frozen=True)
class Around:
    """The real frames around a gap of a clip, decoded once for all takes that are to fill it."""

    gap: Ends
    whole: Mapping[int, Picture]
    """By index: the anchors and the frames beside them that a generator sees."""
    footage: FootageFrames
    """What its takes are judged by."""

    @cached_property
    def first(self) -> Image:
        """The start anchor."""
        return self.whole[self.gap.first].rgb()

    @cached_property
    def last(self) -> Image:
        """The end anchor."""
        return self.whole[self.gap.last].rgb()

    def anchors(self, *, deep: bool) -> tuple[Frame, Frame]:
        """Both anchors, in 16 bits where they are to be `deep`."""
        if deep:
            return self.whole[self.gap.first].rgb16(), self.whole[self.gap.last].rgb16()
        return self.first, self.last

    def beside(self) -> tuple[tuple[Image, ...], tuple[Image, ...]]:
        """What a generator sees before the first and after the last anchor, in order."""
        left = (one.rgb() for index, one in self.whole.items() if index < self.gap.first)
        right = (one.rgb() for index, one in self.whole.items() if index > self.gap.last)
        return tuple(left), tuple(right)


class Footage:
    """A clip whose frames around gaps are asked for; those of the gap asked for last are held."""

    def __init__(self, path: Path, clip: Clip) -> None:
        self._path, self._clip = path, clip
        self._held: Around | None = None

    def around(self, gap: Ends) -> Around:
        """Everything real that a gap's takes are made from and judged by."""
        held = self._held
        if held is None or held.gap != gap:
            # What was held is let go first: at 4K it is a quarter of a gigabyte.
            self._held = None
            held = self._held = _decoded(self._path, self._clip, gap)
        return held

    def release(self) -> None:
        """Hold nothing."""
        self._held = None


def _decoded(path: Path, clip: Clip, gap: Ends) -> Around:
    fps = rate(clip, gap)
    left, right = _sides(clip, gap, FOOTAGE_FRAMES * beat(fps))
    whole: dict[int, Picture] = {}
    small: dict[int, Image] = {}
    times = [clip.time_of(index) for index in (*left, *gap, *right)]
    for picture in stills(path, clip, times):
        if gap.first - CONTEXT <= picture.index <= gap.last + CONTEXT:
            whole[picture.index] = picture
        if picture.index not in gap:
            small[picture.index] = picture.rgb(WORKING_WIDTH)
    before, after = ([small[index] for index in side] for side in (left, right))
    return Around(gap, whole, FootageFrames(before, after, fps))

"""What a video file holds."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from fractions import Fraction
from typing import Literal

from pydantic import Field, model_validator

from landfast.model.record import Document, Record
from landfast.model.time import Rational, Span

Rotation = Literal[0, 90, 180, 270]


class Colour(Record):
    """Colour description as FFmpeg names it; None where the file does not say."""

    primaries: str | None = None
    transfer: str | None = None
    matrix: str | None = None
    range: Literal["limited", "full"] | None = None


class Audio(Record):
    """One audio stream."""

    codec: str
    sample_rate: int = Field(gt=0)
    channels: int = Field(gt=0)
    start: Rational
    """Seconds on the clip's clock: zero is the first shown frame."""
    duration: Rational | None


class Clip(Document):
    """One video stream of one file, in the order and at the times it is shown.

    Time zero is the first shown frame; `start` keeps where that lies in the file.
    """

    content: str
    """SHA-256 (hex) of the file's bytes."""
    name: str
    """File name without its folder."""
    width: int = Field(gt=0)
    """Pixels, as displayed (after rotation)."""
    height: int = Field(gt=0)
    rotation: Rotation
    """Clockwise degrees that a player turns the stored picture before showing it."""
    sample_aspect: Rational
    codec: str
    pixel_format: str
    bit_depth: int = Field(ge=1, le=16)
    colour: Colour
    time_base: Rational
    """Seconds per tick."""
    start: Rational
    """Time of the first shown frame on the file's own clock, in seconds."""
    ticks: tuple[int, ...] = Field(min_length=1)
    """Presentation time of every shown frame, in ticks from the first; strictly increasing."""
    end_tick: int
    """Where the last shown frame ends."""
    audio: tuple[Audio, ...] = ()
    timecode: str | None = None
    """SMPTE timecode of the first frame; `;` before the frames where it drops frames."""

    @model_validator(mode="after")
    def _in_order(self) -> Clip:
        if self.ticks[0] != 0:
            raise ValueError(f"the first frame is time zero, got tick {self.ticks[0]}")
        bounds = (*self.ticks, self.end_tick)
        if any(later <= earlier for earlier, later in itertools.pairwise(bounds)):
            raise ValueError("presentation times must increase strictly")
        return self

    @property
    def frames(self) -> int:
        """Number of shown frames."""
        return len(self.ticks)

    @property
    def duration(self) -> Fraction:
        """Seconds from the first frame's start to the last frame's end."""
        return self.end_tick * self.time_base

    @property
    def span(self) -> Span:
        """The whole clip."""
        return Span(start=Fraction(0), stop=self.duration)

    @property
    def fps(self) -> Fraction:
        """Average frames per second."""
        return self.frames / self.duration

    @property
    def vfr(self) -> bool:
        """True where frame durations differ by more than one tick and a tenth of a frame."""
        if self.frames < 3:
            return False
        steps = [b - a for a, b in zip(self.ticks, self.ticks[1:], strict=False)]
        return max(steps) - min(steps) > max(1, min(steps) // 10)

    def time_of(self, index: int) -> Fraction:
        """Start of a frame in seconds; `index == frames` gives the clip's end."""
        return (self.ticks[index] if index < self.frames else self.end_tick) * self.time_base

    def length_of(self, index: int) -> int:
        """Ticks for which a frame is shown."""
        stop = self.ticks[index + 1] if index + 1 < self.frames else self.end_tick
        return stop - self.ticks[index]

    def index_at(self, time: Fraction) -> int:
        """Index of the frame on screen at `time` (clamped to the clip)."""
        return max(0, min(self.frames - 1, bisect_right(self.ticks, time / self.time_base) - 1))

    def indices_in(self, span: Span) -> range:
        """Frames whose start lies in `[span.start, span.stop)`."""
        first = bisect_left(self.ticks, span.start / self.time_base)
        last = bisect_left(self.ticks, span.stop / self.time_base)
        return range(first, last)

"""What a run did: how it ended, what the film is made of, how long things took, what was seen."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from landfast.model.record import Document, Record
from landfast.model.time import Rational

RunState = Literal["running", "finished", "failed", "budget spent"]
Stage = Literal["probe", "analyse", "plan", "generate", "verify", "compose", "repeat"]


class Run(Document):
    """A run as a whole: who ran what, with which versions, and how it ended."""

    clip_path: str
    """The clip as the user named it."""
    started: str
    """UTC, ISO 8601, to the second."""
    state: RunState
    """`running` in a ledger that nobody is writing to means that the run was interrupted."""
    message: str = ""
    """The error's one line where the run did not finish."""
    threads: int = Field(ge=0)
    """0 lets every library choose."""
    versions: dict[str, str]
    """landfast, python, ffmpeg, opencv, numpy …"""
    machine: str
    """Processor and core count in a line."""


Keep = Literal["exact", "close", "intermediate", "lossless"]
"""How real frames stand in the film.

`exact`: as the footage's own packets where its codec is H.264 or HEVC, else as `close`.
`close`: all encoded anew, visually lossless. `intermediate`: ProRes 422 HQ. `lossless`: FFV1, every
real frame bit-exact whatever the footage's codec."""


class Film(Document):
    """The film that was put together."""

    file: str
    """Path relative to the run's folder."""
    sha256: str
    frames: int = Field(gt=0)
    generated: int = Field(ge=0)
    """Frames that come from accepted takes."""
    exact: int | None = Field(ge=0)
    """Frames whose decoded pixels equal the source's, bit for bit; None where not checked."""
    method: Literal["packets copied", "encoded", "intermediate", "lossless"]
    """Whether untouched groups of pictures were copied as they stand, or everything was encoded:
    visually lossless, as ProRes, or as FFV1."""
    codec: str
    pixel_format: str
    duration: Rational
    audio: str
    """What happened to the sound: `copied untouched`, `none` …"""
    reason: str = ""
    """Why kept frames are not exact, or why the film was encoded."""


class Timing(Record):
    """How long a stage took."""

    stage: Stage
    subject: str = ""
    """Segment name or request key; empty for the whole clip."""
    seconds: float = Field(ge=0)
    frames: int | None = Field(default=None, ge=0)
    """Frames it worked on."""
    failures: int | None = Field(default=None, ge=0)
    """Frames (or takes) that it could not measure (or make)."""


class Repeat(Record):
    """The same work done more than once, to see whether it gives the same bytes."""

    stage: Stage
    subject: str = ""
    digests: tuple[str, ...] = Field(min_length=1)
    """SHA-256 of each run's result."""

    @property
    def identical(self) -> bool | None:
        """None where it was done only once."""
        return len(set(self.digests)) == 1 if len(self.digests) > 1 else None


PictureRole = Literal["strip", "start", "end", "source", "take", "heat", "worst", "difference"]


class Picture(Record):
    """A small picture kept for people to look at: JPEG, WebP or PNG in the run's blobs."""

    role: PictureRole
    """`strip`: the clip, evenly spaced. `start`, `end`: a segment's anchors. `source`: what the
    clip shows inside a segment. `take`: what the take shows at the same times. `heat`: evidence of
    a fault painted over the take's worst frame; `worst`: that frame plain. `difference`:
    where takes of one request differ."""
    subject: str = ""
    """Segment name (start, end, source) or request key (take, heat, worst); empty for strip."""
    time: Rational
    """Seconds of the clip, for takes too."""
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    media_type: Literal["image/jpeg", "image/webp", "image/png"]
    blob: str
    """SHA-256 of the file's bytes."""


class Series(Record):
    """A measured quantity over the clip, sampled evenly, for a small chart."""

    title: str
    """`Shake`, `Sharpness` …"""
    unit: str
    values: tuple[float | None, ...]
    """None where it could not be measured."""
    limit: float | None = None
    """Above (or below) which a frame is unusable."""

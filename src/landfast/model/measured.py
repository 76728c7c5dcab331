"""What vision found in a clip: shots, unusable spans, anchors, gaps."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from landfast.model.record import Document, Record
from landfast.model.time import Rational, Span

CameraMotion = Literal["still", "pan", "travel", "unknown"]
Fault = Literal[
    "blurred",
    "shaken",
    "too dark",
    "too bright",
    "frozen",
    "occluded",
    "flash",
    "fade",
    "jump",
    "chosen",
]
Share = float
"""A share between 0 and 1."""


class Shot(Record):
    """A continuous run of a clip."""

    span: Span
    motion: CameraMotion
    confidence: float = Field(ge=0, le=1)
    speed_px: float | None
    """Median image motion per frame in source pixels; None where it could not be measured."""
    parallax_px: float | None
    """Median motion per frame that no homography explains, in source pixels."""
    reason: str
    """The evidence in a sentence."""


class Unusable(Record):
    """A span that should not be kept, and why."""

    span: Span
    fault: Fault
    confidence: float = Field(ge=0, le=1)
    reason: str


class Anchor(Record):
    """A real frame worth holding on to."""

    time: Rational
    image: str
    """Content id of the frame's pixels: in a plan at full size, as a generator is given them; in
    an analysis at the sizes at which they were measured."""
    score: float = Field(ge=0, le=1)
    reason: str


class Gap(Record):
    """How far apart two anchors are, measured before anything is paid."""

    state: Literal["bridgeable", "too wide", "unrelated", "unknown"]
    model: Literal["homography", "epipolar", "none"]
    """The two-view model that the evidence supports."""
    matches: int = Field(ge=0)
    inliers: int = Field(ge=0)
    overlap: float | None = Field(ge=0, le=1)
    """Share of the picture covered by structure that both anchors show."""
    motion_px: float | None
    """Median displacement of matched structure, source pixels."""
    parallax_px: float | None
    """90th percentile of the displacement that no homography explains, source pixels."""
    light_change: float | None
    """CIE76 delta E between the anchors on matched structure."""
    disoccluded: float | None = Field(default=None, ge=0, le=1)
    """Share of each picture that the other anchor does not show."""
    chance: float | None = Field(default=None, ge=0, le=1)
    """Estimated chance that a bridge passes verification; None where not estimated."""
    reason: str


class Horizon(Record):
    """The horizon over the clip, where it was seen."""

    seen: float = Field(ge=0, le=1)
    """Share of frames in which it was found."""
    angle_deg: float | None
    """Median roll; positive where the right end is lower."""
    height: float | None
    """Median height at the picture's centre column as a share from the top."""


class Analysis(Document):
    """One pass over a clip, summed up; the row per frame stands in the Parquet table."""

    clip: str
    """Content id of the clip."""
    frames: int = Field(gt=0)
    duration: Rational
    working_width: int = Field(gt=0)
    shots: tuple[Shot, ...]
    unusable: tuple[Unusable, ...]
    anchors: tuple[Anchor, ...]
    horizon: Horizon
    table: str
    """SHA-256 of the per-frame table's content, so that two passes can be compared."""

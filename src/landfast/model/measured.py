"""What vision found in a clip: shots, unusable spans, anchors, gaps."""

from __future__ import annotations

from typing import ClassVar, Literal

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


class AnchorParts(Record):
    """What an anchor's score is made of; each from 0 to 1, more is better."""

    quality: float = Field(ge=0, le=1)
    """Sharp, well exposed, nothing before the lens."""
    structure: float = Field(ge=0, le=1)
    """Texture that can be tracked, beside the best of its shot."""
    stability: float = Field(ge=0, le=1)
    """No shake and no fast motion that blurs."""
    stillness: float = Field(ge=0, le=1)
    """Nothing moves that the camera does not explain."""
    coverage: float | None = Field(default=None, ge=0, le=1)
    """How much of what its stretch of the shot shows it shows; None for the end of a bridge,
    which is not chosen to cover anything."""
    fit: float | None = Field(default=None, ge=0, le=1)
    """How well it goes with its neighbours among the anchors: shared view, light, sharpness;
    None where it has none."""


class Anchor(Record):
    """A real frame that holds one end of a bridge."""

    time: Rational
    image: str
    """Content id of the frame's full-size pixels, as a generator is given them."""
    score: float = Field(ge=0, le=1)
    """Quality, structure, stability and stillness multiplied."""
    parts: AnchorParts | None = None
    reason: str


class FoundAnchor(Record):
    """A real frame that an analysis found worth holding on to."""

    time: Rational
    measured_as: str
    """Content id of the small pictures on which the frame was measured; an analysis never sees
    frames at full size, so this is not the `image` of an `Anchor`."""
    score: float = Field(ge=0, le=1)
    """Quality, structure, stability and stillness multiplied."""
    parts: AnchorParts
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
    baseline: float | None = Field(default=None, ge=0)
    """How far the camera went over the median depth of what it saw; None without parallax."""
    light_change: float | None
    """CIE76 delta E between the anchors where both show the same."""
    colour_change: float | None = Field(default=None, ge=0)
    """The part of it in a* and b*: colour without lightness."""
    disoccluded: float | None = Field(default=None, ge=0, le=1)
    """Share of each picture that the other anchor does not show."""
    churn: float | None = Field(default=None, ge=0, le=1)
    """Share of the detail in view of both that changed or moved by itself; None without detail."""
    turn_px: float | None = Field(default=None, ge=0)
    """How much image motion differs between both sides, source pixels a frame."""
    unsteady_px: float | None = Field(default=None, ge=0)
    """How much image motion changes from frame to frame beside the gap, source pixels a frame."""
    semantic: float | None = Field(default=None, ge=0, le=1)
    """Distance in kind: layout of colour and texture; 0 the same, above 0.25 another scene."""
    frames: int | None = Field(default=None, gt=0)
    """Frames from the start anchor to the end anchor."""
    seconds: Rational | None = None
    """Time from the start anchor to the end anchor."""
    chance: float | None = Field(default=None, ge=0, le=1)
    """Chance that a bridge by `geometry` passes verification, calibrated on real footage; None
    where not estimated."""
    reason: str


class Horizon(Record):
    """The horizon over the clip, where it was seen."""

    seen: float = Field(ge=0, le=1)
    """Share of frames in which it was found."""
    angle_deg: float | None
    """Median roll; positive where the right end is lower."""
    height: float | None
    """Median height at the picture's centre column as a share from the top."""
    confidence: float | None = Field(default=None, ge=0, le=1)
    """Median confidence; below a half where nothing tells it from an edge nearby."""
    roll_range_deg: tuple[float, float] | None = None
    """Roll that all but the outer twentieths of the frames keep within, from and to."""
    unsteady_deg: float | None = Field(default=None, ge=0)
    """Departure of the roll from its mean over a second, root mean square."""
    pitch_deg: float | None = None
    """Median pitch, positive looking up; None where the focal length is not known."""
    pitch_range_deg: tuple[float, float] | None = None
    """The same for the pitch as for the roll."""


class Recorded(Record):
    """What camera or drone recorded beside the picture: nothing that tells where it was."""

    source: str
    """The format it was read from."""
    device: str | None
    fixes: int = Field(ge=0)
    """Positions that could be used."""
    path_m: float | None
    """Length of the path through fixes a second or more apart, metres."""
    height_range_m: float | None
    speed_mps: tuple[float, float] | None
    """Least and most over ground, as the receiver states it."""
    notes: tuple[str, ...]
    """What could not be read."""

    def summary(self) -> str:
        """All of it in a line."""
        words = [self.device or self.source, f"{self.fixes} positions"]
        if self.path_m is not None:
            words.append(f"path {self.path_m} m")
        if self.height_range_m is not None:
            words.append(f"height range {self.height_range_m} m")
        if self.speed_mps is not None:
            words.append("speed {} to {} m/s".format(*self.speed_mps))
        return ", ".join([*words, *self.notes])


class Analysis(Document):
    """One pass over a clip, summed up; the row per frame stands in the Parquet table."""

    VERSION: ClassVar[int] = 3

    clip: str
    """Content id of the clip."""
    frames: int = Field(gt=0)
    duration: Rational
    working_width: int = Field(gt=0)
    shots: tuple[Shot, ...]
    unusable: tuple[Unusable, ...]
    anchors: tuple[FoundAnchor, ...]
    horizon: Horizon
    recorded: Recorded | None
    """None where nothing was."""
    table: str
    """SHA-256 of the per-frame table's content, so that two passes can be compared."""

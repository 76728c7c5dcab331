"""Control videos: what a model wants to be shown, and what the files that were made mean."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from landfast.model.profile import FrameRule
from landfast.model.record import Document, Record
from landfast.model.time import Rational, Span

ControlKind = Literal["depth", "edges", "mask", "labels", "source", "known"]
"""`depth`: inverse depth as grey. `edges`: white lines on black. `mask`: what is to be generated.
`labels`: one colour a label. `source`: the real frames, what is to be generated blanked out.
`known`: where depth was measured."""
Container = Literal["mkv", "mp4"]
"""`mkv`: FFV1, lossless. `mp4`: H.264 at CRF 10, 4:2:0, BT.709, limited range."""
Origin = Literal["measured", "learned", "measured and learned", "footage", "given", "arithmetic"]
"""Where pixels come from; `arithmetic`: from the times of the gap alone."""


class Convention(Record):
    """How one family of models reads control videos: their grid and what grey levels mean."""

    name: str
    """What `--for` takes."""
    aliases: tuple[str, ...] = ()
    title: str
    size_multiple: int = Field(default=1, gt=0)
    sizes: tuple[tuple[int, int], ...] = ()
    """Sizes it is known to work at, width before height, lying; empty: any on the multiple."""
    fps: Rational | None = None
    """Frames per second; None: the footage's own time stamps."""
    frame_rule: FrameRule = FrameRule()
    durations_s: tuple[Rational, ...] = ()
    """Fixed lengths from the first frame to the last; empty: the rule alone decides."""
    latent_frames: int = Field(default=1, gt=0)
    """Frames that share one latent after the first: a mask is told apart no finer in time."""
    depth_polarity: Literal["near is bright", "near is dark"] = "near is bright"
    mask_polarity: Literal["white is generated", "black is generated"] = "white is generated"
    unknown_level: int = Field(default=127, ge=0, le=255)
    """Grey in `source` where the picture is to be generated."""
    container: Container = "mp4"
    takes: dict[ControlKind, str] = Field(default_factory=dict)
    """For each kind of control that the model takes, how; a kind that is missing is not taken."""
    read_on: date | None = None
    source: str = ""
    """Where this was read."""


class ControlGrid(Record):
    """The pictures and frames of the control videos of one span."""

    width: int = Field(gt=0)
    height: int = Field(gt=0)
    frames: int = Field(gt=0)
    fps: Rational | None
    """None: the frames keep the footage's own times."""
    crop: tuple[int, int, int, int]
    """The part of the footage that is shown: x, y, width, height in displayed source pixels. It is
    scaled onto the whole picture, edge to edge. Nothing is ever padded."""
    source_width: int = Field(gt=0)
    source_height: int = Field(gt=0)


class ControlFrame(Record):
    """One frame of every control video."""

    time: Rational
    """Seconds of the clip that the frame stands for."""
    source_time: Rational
    """Start of the footage frame that it shows."""
    source_index: int = Field(ge=0)


class ControlGap(Record):
    """The frames that are to be generated; the others are kept."""

    asked: Span | None
    """As the user gave it; None where everything between the first and last frame is meant."""
    start: int = Field(ge=0)
    """First frame to be generated."""
    stop: int
    """First frame after it that is kept; the number of frames where none is."""
    reason: str


class Normalisation(Record):
    """Grey level to inverse depth, one for the whole span.

    Inverse depth = low + (level - black) / (white - black) * (high - low), level in
    `black`..`white`; where near is dark, `black` is greater than `white`.
    """

    low: float
    """Inverse depth at `black`; 0 is infinitely far."""
    high: float
    """Inverse depth at `white`."""
    black: int
    white: int
    unit: str
    """Of inverse depth, for example `1/arbitrary`."""
    clipped: float = Field(default=0.0, ge=0, le=1)
    """Share of the known pixels that lie outside `low`..`high` and were set to the nearer."""


class LabelColour(Record):
    """What a colour of a `labels` video stands for."""

    label: str
    rgb: tuple[int, int, int]
    share: float = Field(ge=0, le=1)
    """Of all pixels of the span."""


class ControlFile(Record):
    """One control: its file and what that means, or why there is none."""

    kind: ControlKind
    state: Literal["written", "unknown"]
    """`unknown`: it could not be measured, and no picture was invented."""
    reason: str
    file: str | None = None
    """Relative to the folder of `controls.json`."""
    sha256: str | None = None
    coding: str | None = None
    meaning: str | None = None
    """What black, white and grey or the colours stand for, in a sentence."""
    polarity: str | None = None
    origin: Origin | None = None
    normalisation: Normalisation | None = None
    unknown_share: float | None = Field(default=None, ge=0, le=1)
    """Of all pixels of the span: not measured, filled from the measured ones around."""
    labels: tuple[LabelColour, ...] = ()
    taken: str
    """How the model takes this kind of control, or that it does not."""


class DepthExport(Record):
    """Depth of every frame in files of its own, or cameras."""

    format: Literal["png16", "exr", "exr-half", "colmap", "nerfstudio"]
    folder: str
    """Relative to the folder of `controls.json`."""
    files: tuple[str, ...]
    meaning: str
    normalisation: Normalisation | None = None


class Controls(Document):
    """Everything that one call of `landfast controls` made."""

    clip: str
    """Content id of the footage."""
    name: str
    """The footage's file name."""
    span: Span
    """As asked."""
    covers: Span
    """From the first frame's time to the end of the last one."""
    model: str
    """As asked with `--for`; empty for the footage's own grid."""
    convention: Convention
    grid: ControlGrid
    frames: tuple[ControlFrame, ...]
    """The time map."""
    gap: ControlGap
    files: tuple[ControlFile, ...]
    exports: tuple[DepthExport, ...] = ()
    notes: tuple[str, ...] = ()
    """What was asked for and could not be written, and why."""

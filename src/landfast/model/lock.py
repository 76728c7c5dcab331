"""What `lock` found and did; the JSON of `landfast lock`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from landfast.model.record import Document, Record
from landfast.model.verdict import Finding

LockState = Literal["locked", "steady", "unknown"]
LockModel = Literal[
    "plane", "rotation", "rotation with horizon", "far layer", "ground", "mesh", "layer", "warp"
]
SensorSource = Literal["given", "estimated", "unknown"]
LockHold = Literal["lying", "facing", "label"]


class LockFrame(Record):
    """One frame of the footage under the overlay."""

    time_s: float
    overlay_frame: int
    """The overlay's frame that lies over it."""
    before_px: tuple[float, float] | None
    """How far the overlay's middle lies from where it should, x and y, footage pixels."""
    after_px: tuple[float, float] | None
    corners: tuple[tuple[float, float], ...] | None
    """Where the overlay's box of the first frame should lie: four corners, clockwise from the
    upper left, footage pixels."""


class TimeMap(Record):
    """How the overlay's frames lie over the footage's."""

    rule: Literal["frame for frame", "nearest in time"]
    overlay_frames: int
    overlay_fps: float | None
    """None for numbered pictures."""
    footage_frames: int
    footage_fps: float


class LockLens(Record):
    """What was known of the footage's lens: r' = r (1 + k1 r^2 + k2 r^4), r in focal lengths."""

    source: SensorSource
    k1: float | None
    """None where not known; nothing was straightened then."""
    k2: float | None
    focal_px: float | None = None
    """The focal length that radii are counted in."""
    bend_px: float | None = None
    """Root mean square displacement over the picture that was estimated, footage pixels."""
    error_px: float | None = None

    @property
    def said(self) -> tuple[str, str]:
        """What was known, and from where, in words."""
        if self.k1 is None or self.k2 is None:
            return "not known", "the motion does not tell; not corrected"
        if not self.k1 and not self.k2:
            return "straight", self.source
        shift = "" if self.bend_px is None else f", {self.bend_px:.1f} px RMS over the picture"
        return f"k1 {self.k1:.4f}, k2 {self.k2:.4f}", f"{self.source}{shift}"


class LockShutter(Record):
    """What was known of the time in which the footage's rows are read."""

    source: SensorSource
    readout_ms: float | None
    """0 where all are read at once; None where not known, and nothing was corrected."""
    error_ms: float | None = None
    is_corrected: bool = False
    """Whether the camera moved enough for it to matter."""

    @property
    def said(self) -> tuple[str, str]:
        """What was known, and from where, in words."""
        if self.readout_ms is None:
            return "not known", "the motion does not tell; not corrected"
        if not self.readout_ms:
            return "all rows at once", self.source
        rest = "" if self.is_corrected else ", too little motion to matter"
        return f"rows read in {self.readout_ms:.1f} ms", f"{self.source}{rest}"


class Lock(Document):
    """An overlay held against its footage, and what was done about it."""

    state: LockState
    """`steady`: it does not swim and was left as it is."""
    reason: str
    remedy: str = ""
    """What to do where the state is unknown."""
    model: LockModel | None
    """The layer of the scene that the overlay follows."""
    hold: LockHold = "lying"
    """Whether it lies on that layer, stands on it facing the camera, or keeps its size."""
    frames: int = Field(ge=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    fps: float
    drift_before_px: float | None
    """Root mean square distance of the overlay's outline from where it should lie."""
    drift_after_px: float | None
    """The same, measured anew in the overlay that was written."""
    drift_before_max_px: float | None
    drift_after_max_px: float | None
    changed_px: float
    """The furthest that any point of the overlay was moved."""
    noise_px: float | None
    """Standard error of one frame's drift."""
    loose_px: float = 0.0
    """How far a board or label may belong elsewhere because its point of the scene is not known;
    what is left of the drift counts from the likeliest."""
    occluded: float | None = None
    """Share of the overlay that nearer things hide in the composite; None where depth was not
    asked or is not known, and nothing is hidden."""
    occlusion: str = ""
    """Why depth is not known, where it was looked for in vain."""
    finding_before: Finding | None = None
    """What `verify --overlay` says of the overlay as it came."""
    finding_after: Finding | None = None
    """The same of what was written; None where nothing was."""
    weighed: dict[str, float]
    """Drift against each layer of the scene that was weighed, RMS, px."""
    horizon: bool
    """Whether a horizon was seen."""
    storage: Literal["straight", "premultiplied"]
    """How colour stands in the overlay, as read and as written."""
    time_map: TimeMap
    path: tuple[LockFrame, ...]
    lens: LockLens | None = None
    """None where a whole take is held against its footage, which has the same."""
    shutter: LockShutter | None = None
    files: dict[str, str] = Field(default_factory=dict)
    """What was written, by role."""

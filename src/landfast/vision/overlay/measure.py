"""Measures an overlay against the footage under it, in one pass, and names the model it follows."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from landfast.media.grid import Grid
from landfast.model.arrays import UInt8
from landfast.vision.motion.tracks import find_corners
from landfast.vision.overlay.depicted import (
    hanging_depicted,
    with_depicted,
    without_depicted,
)
from landfast.vision.overlay.drawing.own import (
    OverlayFrame,
    OverlayTracker,
    OverlayView,
    carried,
    is_cut,
)
from landfast.vision.overlay.evidence import Choice, Hold, choose
from landfast.vision.overlay.maps import Map
from landfast.vision.overlay.scene.backings import backings
from landfast.vision.overlay.scene.dissolve import dissolves
from landfast.vision.overlay.scene.grounds import grounds
from landfast.vision.overlay.scene.hanging import Hanging
from landfast.vision.overlay.scene.near import Box
from landfast.vision.overlay.scene.planes import SceneTracker
from landfast.vision.overlay.scene.sight import SceneFrame
from landfast.vision.overlay.scene.ways import through_sensor
from landfast.vision.overlay.sensing import Known, Sensed, sense, steps_of
from landfast.vision.overlay.sensor.sensor import Sensor
from landfast.vision.overlay.swim import Swim

Gray = UInt8[np.ndarray, "height width"]
State = Literal["swims", "steady", "unknown"]

WORKING_WIDTH = 960
"""Width at which the scene is measured, pixels."""
_BREAK_GREY = 22.0
"""Mean difference of two tiny pictures above which a lost scene is taken for a cut."""
_TINY, _SMALL = 24, 48
_MANY = 60
"""Points of which no more than `_LEFT` may be lost from one frame to the next."""
_LEFT = 0.4


@dataclass(frozen=True, slots=True)
class LockMeasure:
    """What was measured of an overlay over its footage."""

    choice: Choice
    boxes: tuple[tuple[float, float, float, float] | None, ...]
    """Where the overlay lies in each frame, source pixels."""
    cuts: tuple[int, ...]
    """Frames at which the footage breaks off."""
    breaks: tuple[int, ...]
    """Frames at which what was followed is lost at once: a cut between like pictures, or a motion
    that is too fast."""
    horizon: bool
    """Whether a horizon was seen."""
    focal_px: float
    """Focal length in source pixels, as far as rotation tells it."""
    dissolve: tuple[int, int] | None = None
    """First frame and last of a stretch in which the footage turns into another shot."""
    leaving: int = 0
    """Frames in which the picture's edge leaves too little of the overlay to be followed."""
    hanging: Hanging | None = None
    """Followed points near the overlay, where the scene shows parallax."""

    @property
    def swim(self) -> Swim | None:
        """Swim under the chosen model; None where it is unknown."""
        return self.choice.swim


@dataclass(slots=True)
class LockObserver:
    """Takes footage and overlay, frame by frame."""

    size: tuple[int, int]
    """Width and height of the footage."""
    overlay_to_source: Map
    """From pixels in which the overlay is measured to the footage's own."""
    focal_px: float | None = None
    """Focal length in source pixels, where given."""
    sensor: Sensor | None = None
    """Lens and shutter of the footage, at its own size, where they bend it."""
    has_shutter: bool | None = None
    """Whether its rows are taken one after another; judged where None."""
    is_shown: bool = False
    """The footage shows the overlay, so that the scene under it cannot be seen."""
    _scene: SceneTracker = field(default_factory=SceneTracker)
    _own: OverlayTracker = field(default_factory=OverlayTracker)
    _frames: list[SceneFrame | None] = field(default_factory=list)
    _overlay: list[OverlayFrame | None] = field(default_factory=list)
    _boxes: list[tuple[float, float, float, float] | None] = field(default_factory=list)
    _leaves: list[bool] = field(default_factory=list)
    """Frames in which the picture's edge leaves too little of it to be followed."""
    _cuts: list[int] = field(default_factory=list)
    _breaks: list[int] = field(default_factory=list)
    _steps: list[Map | None] = field(default_factory=list)
    _had: int = 0
    _still: Sensor | None = None
    _tiny: UInt8[np.ndarray, "rows columns"] | None = None
    _small: list[UInt8[np.ndarray, "rows columns"]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._scene.is_covered = self.is_shown
        if self.sensor is not None:
            self._still = self.sensor.scaled(self.grid.size)
        if self.focal_px is not None:
            self._scene.focal_px = self.focal_px / self.grid.scale_x

    @property
    def grid(self) -> Grid:
        """From working pixels to the footage's own."""
        return Grid.working(self.size, WORKING_WIDTH)

    def see(self, gray: Gray, view: OverlayView | None, box: Box | None) -> None:
        """The next frame.

        Args:
            gray: The footage's luma at working size.
            view: The overlay in its own pixels; None where it shows nothing.
            box: The overlay's box in source pixels of the footage.
        """
        if self._still is not None:
            gray = self._still.straight_picture(len(self._frames), gray)
        inside = None if box is None else self._working(box)
        frame = self._scene.see(gray, inside)
        lost = frame is None or frame.plane is None
        self._note_cut(gray, lost=lost)
        few = lost or frame is None or frame.points < _LEFT * self._had
        if few and self._had >= _MANY and len(find_corners(gray).points) >= _MANY:
            self._breaks.append(len(self._frames))
        self._had = 0 if lost or frame is None else frame.points
        step = self._scene.step
        self._steps.append(step)
        there = None if step is None else self._in_overlay(self.grid.homography_to_source(step))
        own = self._own.see(view, there)
        self._frames.append(frame)
        self._overlay.append(None if own is None else carried(own, self.overlay_to_source))
        self._boxes.append(box)
        self._leaves.append(own is None and view is not None and is_cut(view))

    def finish(
        self,
        *,
        hold: Hold | None = None,
        at: tuple[float, float] | None = None,
        times: Sequence[float] | None = None,
    ) -> LockMeasure:
        """All frames weighed.

        Args:
            hold: How the overlay hangs on the scene; judged by its shape where None.
            at: Where it stands in the first frame, source pixels; judged where None.
            times: When the overlay's frames show the scene, counted in frames of the footage;
                each at the frame that it lies over where None.
        """
        turner = self._scene.turner
        surfaces, hanging = grounds(
            self._scene.stretches,
            len(self._frames),
            self.grid.matrix(),
            has_shutter=self.has_shutter,
        )
        layers, why = backings(self._frames, surfaces, self.grid)
        if self.sensor is not None:
            ways = [through_sensor(layer.ways, self.sensor) for layer in layers]
            layers = [replace(layer, ways=way) for layer, way in zip(layers, ways, strict=True)]
            hanging = None if hanging is None else hanging.through(self.sensor)
        choose_from = functools.partial(choose, width=self.size[0], hold=hold, at=at)
        boxes = self._followed_boxes()
        if times is None:
            choice = choose_from(layers, why, self._overlay, boxes, hanging=hanging)
        else:
            when = np.array(times, np.float64)
            nothing = [None] * len(when)
            choice = choose_from(
                [with_depicted(layer, when) for layer in layers],
                why,
                [*self._overlay, *nothing],
                [*boxes, *nothing],
                hanging=None if hanging is None else hanging_depicted(hanging, when),
            )
            choice = without_depicted(choice, when)
        return LockMeasure(
            choice=choice,
            boxes=tuple(self._boxes),
            leaving=sum(self._leaves),
            cuts=tuple(self._cuts),
            breaks=tuple(self._breaks),
            dissolve=dissolves(self._small, self._small_motions()),
            horizon=turner is not None and turner.has_horizon,
            focal_px=0.0 if turner is None else turner.focal * self.grid.scale_x,
            hanging=hanging,
        )

    def sensed(self, known: Known) -> Sensed:
        """Lens and shutter, from what was followed so far; at the footage's size.

        Args:
            known: What of them is given, and what is to be looked for.
        """
        steps = steps_of(self._frames, self._steps)
        focal = self._scene.focal_px
        found = sense(self._scene.stretches, steps, self.grid.size, known, focal_px=focal)
        return found.scaled(self.size, self.grid.scale_x)

    @property
    def misfit_px(self) -> float:
        """Median distance of followed points from one motion of the whole picture, working px."""
        known = [f.plane_px for f in self._frames if f is not None and np.isfinite(f.plane_px)]
        return float(np.median(known)) if known else float("nan")

    def _working(self, box: Box) -> Box:
        corners = np.array([[box[0], box[1]], [box[2], box[3]]], np.float64)
        if self.sensor is not None:
            corners = self.sensor.at(len(self._frames)).straight(corners)
        (left, top), (right, bottom) = self.grid.from_source(corners).tolist()
        return left, top, right, bottom

    def _in_overlay(self, step: Map) -> Map:
        there = self.overlay_to_source
        return np.asarray(np.linalg.inv(there) @ step @ there)

    def _followed_boxes(self) -> list[Box | None]:
        """Without those at the picture's edge that are too small; where few are, they are few."""
        seen = sum(frame is not None for frame in self._overlay)
        if sum(self._leaves) > seen:
            return self._boxes
        pairs = zip(self._boxes, self._leaves, strict=True)
        return [None if leaves else box for box, leaves in pairs]

    def _small_motions(self) -> list[Map | None]:
        """How most of the picture moved from the first frame on, in the small pictures' pixels."""
        small = Grid.working(self.grid.size, _SMALL)
        planes = [None if frame is None else frame.plane for frame in self._frames]
        up, down = small.matrix(), np.linalg.inv(small.matrix())
        return [None if plane is None else np.asarray(down @ plane @ up) for plane in planes]

    def _note_cut(self, gray: Gray, *, lost: bool) -> None:
        self._small.append(reduced(gray, _SMALL))
        before, self._tiny = self._tiny, tiny(gray)
        if not lost or before is None:
            return
        if float(np.abs(before.astype(np.float32) - self._tiny).mean()) > _BREAK_GREY:
            self._cuts.append(len(self._frames))


def tiny(gray: Gray) -> UInt8[np.ndarray, "rows columns"]:
    """A picture of 24 pixels across, to tell one scene from another."""
    return reduced(gray, _TINY)


def reduced(gray: Gray, across: int) -> UInt8[np.ndarray, "rows columns"]:
    """Means of square cells, about `across` of them."""
    step = max(1, gray.shape[1] // across)
    rows, columns = gray.shape[0] // step * step, gray.shape[1] // step * step
    cells = gray[:rows, :columns].reshape(rows // step, step, columns // step, step)
    return np.asarray(cells.mean(axis=(1, 3)), np.uint8)

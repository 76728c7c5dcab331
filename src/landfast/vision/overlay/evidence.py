"""Which motion of the scene an overlay follows: plane, ground under it, turn, far layer.

First the footage alone says what there is: one plane, parallax, a camera that only turns. Then
the overlay says what it hangs on. Its shape tells how: one that lies on the ground is sheared and
foreshortened with it, one that faces the camera only grows, a label keeps its size; swim changes
none of that. Where two layers are left, it is the one against which the overlay moves least, and
the likelier one where they hardly differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from landfast.media.grid import Grid
from landfast.vision.overlay.maps import Map
from landfast.vision.overlay.near import Box
from landfast.vision.overlay.own import OverlayFrame
from landfast.vision.overlay.scene import SceneFrame
from landfast.vision.overlay.stand import stand
from landfast.vision.overlay.swim import Swim, drift_of, facing, pinned, swim_on

Model = Literal["plane", "rotation", "rotation with horizon", "far layer", "ground"]
Hold = Literal["lying", "facing", "label"]

_BENT_PX = 0.2
"""Departure of the ground from the plane, working pixels, that counts as parallax."""
_BENT_SIGMA = 2.5
_TURN_FACTOR, _TURN_EXTRA_PX = 1.25, 0.05
"""A camera only turns where rotation explains the points this nearly as well as a homography."""
_NEAR_PX = 0.6
"""Working pixels by which what is seen near the overlay departs from the far layer."""
_BETTER = 0.85
_DIFFER_PX = 0.25
_SHAPE_FACTOR, _SHAPE_PX = 0.6, 0.06
"""How much better, and by how much at 1920 wide, another shape must fit the overlay's points."""
_LEAST_SEEN = 0.8


@dataclass(frozen=True, slots=True)
class Weighed:
    """One way in which the overlay may hang on the scene."""

    model: Model
    hold: Hold
    swim: Swim
    drift: float
    """Root mean square, source pixels."""
    loose_px: float = 0.0
    """See `Stand`."""

    @property
    def name(self) -> str:
        """In words."""
        return self.model if self.hold == "lying" else f"{self.model}, {self.hold}"


@dataclass(frozen=True, slots=True)
class Choice:
    """The model chosen, and what spoke for it."""

    model: Model | None
    """None where nothing could be measured."""
    hold: Hold
    swim: Swim | None
    scene_px: float
    """Standard error of the scene's place at the overlay, source pixels, median over frames."""
    scene_seen: float
    """Share of frames in which the scene was measured."""
    overlay_seen: float
    """Share of the frames that show the overlay in which it could be followed."""
    drifts: dict[str, float]
    """Root mean square drift against each model that was weighed, source pixels."""
    reason: str
    loose_px: float = 0.0
    """Drift that may as well be another place to stand on; 0 for what lies on the scene."""

    @property
    def is_far(self) -> bool:
        """Whether it hangs on what is known from horizon and haze rather than from texture."""
        return self.model in ("far layer", "rotation with horizon")


def choose(
    frames: Sequence[SceneFrame | None],
    overlay: Sequence[OverlayFrame | None],
    boxes: Sequence[Box | None],
    grid: Grid,
    *,
    hold: Hold | None,
    at: tuple[float, float] | None = None,
) -> Choice:
    """Weigh the models that the scene allows by the overlay's own motion.

    Args:
        frames: The scene, frame by frame.
        overlay: The overlay's points.
        boxes: Where the overlay lies.
        grid: From the scene's working pixels to the source's.
        hold: How the overlay hangs on the scene, where the user says so.
        at: The point on which it stands, first frame, source pixels, where the user says so.
    """
    seen = [frame for frame in frames if frame is not None]
    share = len(seen) / max(1, len(frames))
    shown = sum(box is not None for box in boxes)
    followed = sum(frame is not None for frame in overlay) / max(1, shown)
    layers, reason = _layers(seen)
    weighed: list[Weighed] = []
    for model, attribute in layers:
        maps = [_to_source(frame, attribute, grid) for frame in frames]
        held = _holds(model, maps, overlay, boxes, hold)
        if held:
            best = _fitting(held, grid.source_width)
            weighed.append(standing(best, maps, overlay, boxes, at))
    if not weighed:
        return Choice(None, "lying", None, float("inf"), share, followed, {}, reason)
    best = _preferred(weighed)
    noise = _noise(seen, best.model) * grid.scale_x
    drifts = {one.name: one.drift for one in weighed}
    return Choice(
        best.model,
        best.hold,
        best.swim,
        noise,
        share,
        followed,
        drifts,
        _words(weighed, best, reason),
        best.loose_px,
    )


def _layers(seen: Sequence[SceneFrame]) -> tuple[list[tuple[Model, str]], str]:
    """Layers that the scene has, the likeliest first, and why."""
    measured = [frame for frame in seen if frame.points > 0]
    least = _LEAST_SEEN * len(seen)
    has_far = sum(frame.far is not None for frame in seen) > least
    has_plane = sum(frame.plane is not None for frame in seen) > least
    has_ground = sum(frame.ground is not None for frame in seen) > least
    if sum(frame.turn is not None for frame in seen) > least and _only_turns(measured):
        model: Model = "rotation with horizon" if has_far else "rotation"
        return [(model, "turn")], "the camera only turns: rotation explains the whole picture"
    if not has_plane:
        far: list[tuple[Model, str]] = [("far layer", "far")] if has_far else []
        return far, "too little texture for points to be followed"
    bent = _bends(measured) and has_ground
    near: list[tuple[Model, str]] = [("ground", "ground")]
    if not bent:
        near = [("plane", "plane"), ("ground", "ground")] if has_ground else [("plane", "plane")]
    what = "the ground under the overlay departs from the plane" if bent else "one plane holds"
    if not has_far or _is_near(measured):
        return near, what
    above = sum(frame.is_far for frame in seen) > len(seen) / 2
    distant: list[tuple[Model, str]] = [("far layer", "far")]
    return (distant + near if above else near + distant), what


def _only_turns(frames: Sequence[SceneFrame]) -> bool:
    """Whether rotation explains the followed points; without points, the pixels alone stand."""
    known = [f for f in frames if np.isfinite(f.turn_px) and np.isfinite(f.plane_px)]
    if not known:
        return True
    turn = float(np.quantile([f.turn_px for f in known], 0.8))
    plane = float(np.quantile([f.plane_px for f in known], 0.8))
    return turn <= _TURN_FACTOR * plane + _TURN_EXTRA_PX


def _bends(frames: Sequence[SceneFrame]) -> bool:
    near = [f for f in frames if f.near > 0 and np.isfinite(f.bend_error_px)]
    if not near:
        return False
    bend = float(np.sqrt(np.mean([f.bend_px**2 for f in near])))
    noise = float(np.sqrt(np.mean([f.bend_error_px**2 for f in near])))
    return bend > max(_BENT_PX, _BENT_SIGMA * noise)


def _is_near(frames: Sequence[SceneFrame]) -> bool:
    """Whether what is seen around the overlay moves otherwise than the far layer does."""
    known = [f.far_off_px for f in frames if np.isfinite(f.far_off_px)]
    if len(known) < len(frames) / 2:
        return False
    return float(np.quantile(known, 0.8)) > _NEAR_PX


def _to_source(frame: SceneFrame | None, layer: str, grid: Grid) -> Map | None:
    if frame is None:
        return None
    found: Map | None = getattr(frame, layer)
    return None if found is None else grid.homography_to_source(found)


def _holds(
    model: Model,
    maps: Sequence[Map | None],
    overlay: Sequence[OverlayFrame | None],
    boxes: Sequence[Box | None],
    hold: Hold | None,
) -> list[Weighed]:
    """The ways to hang on one layer: lying on it, facing the camera, a label of fixed size."""
    lying = swim_on(maps, overlay, boxes)
    if lying is None:
        return []
    ways: list[tuple[Hold, Sequence[Map | None]]] = [
        ("lying", maps),
        ("facing", facing(maps, lying.centre)),
        ("label", pinned(maps, lying.centre)),
    ]
    result = []
    for name, under in ways:
        if hold is not None and name != hold:
            continue
        swim = lying if name == "lying" else swim_on(under, overlay, boxes)
        if swim is not None:
            result.append(Weighed(model, name, swim, drift_of(swim)))
    return result


def standing(
    held: Weighed,
    maps: Sequence[Map | None],
    overlay: Sequence[OverlayFrame | None],
    boxes: Sequence[Box | None],
    at: tuple[float, float] | None,
) -> Weighed:
    """What does not lie on the layer, put on the point of its box where it most likely stands."""
    if held.hold == "lying":
        return held
    put = facing if held.hold == "facing" else pinned
    stood = stand(held.swim, maps, hold=held.hold, at=at)
    swim = swim_on(put(maps, stood.point), overlay, boxes)
    if swim is None:
        return held
    return Weighed(held.model, held.hold, swim, drift_of(swim), stood.loose_px)


def _fitting(held: Sequence[Weighed], width: int) -> Weighed:
    """How the overlay hangs on one layer: by its shape, then by its drift."""
    best = held[0]
    least = _SHAPE_PX * width / 1920
    for other in held[1:]:
        better = other.swim.misfit_px < _SHAPE_FACTOR * best.swim.misfit_px
        worse = best.swim.misfit_px < _SHAPE_FACTOR * other.swim.misfit_px
        apart = abs(other.swim.misfit_px - best.swim.misfit_px) > least
        if (better and apart) or (not (worse and apart) and _moves_less(other, best)):
            best = other
    return best


def _moves_less(other: Weighed, best: Weighed) -> bool:
    return other.drift < _BETTER * best.drift and best.drift - other.drift > _DIFFER_PX


def _preferred(weighed: Sequence[Weighed]) -> Weighed:
    """The first, unless against another the overlay clearly moves less."""
    best = weighed[0]
    for other in weighed[1:]:
        if _moves_less(other, best):
            best = other
    return best


def _noise(seen: Sequence[SceneFrame], model: Model) -> float:
    """Standard error of the scene at the overlay, working pixels."""
    if model == "far layer":
        values = [frame.far_error_px for frame in seen[1:]]
    elif model in ("rotation", "rotation with horizon"):
        values = [frame.turn_error_px for frame in seen[1:]]
    elif model == "plane":
        values = [frame.plane_error_px for frame in seen[1:]]
    else:
        values = [frame.noise_px for frame in seen[1:]]
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else float("inf")


def _words(weighed: Sequence[Weighed], best: Weighed, reason: str) -> str:
    if len(weighed) == 1:
        return reason
    rest = ", ".join(f"{one.name} {one.drift:.2f}" for one in weighed)
    return f"{reason}; drift in px against each layer: {rest}; chosen: {best.name}"

"""Which motion of the scene an overlay follows: plane, ground under it, turn, far layer.

First the footage alone says what there is: one plane, parallax, a camera that only turns. Then
the overlay says what it hangs on: of the layers that the scene has, the one against which it
moves least, and the likelier one by its place where they hardly differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

from landfast.media.grid import Grid
from landfast.vision.overlay.maps import Map
from landfast.vision.overlay.own import OverlayFrame
from landfast.vision.overlay.scene import SceneFrame
from landfast.vision.overlay.swim import Swim, pinned, rms, swim_under

Model = Literal["plane", "rotation", "rotation with horizon", "far layer", "ground", "point"]
Box = tuple[float, float, float, float]

_BENT_PX = 0.2
"""Departure of the ground from the plane, working pixels, that counts as parallax."""
_BENT_SIGMA = 2.5
_TURN_FACTOR, _TURN_EXTRA_PX = 1.25, 0.05
"""A camera only turns where rotation explains the points this nearly as well as a homography."""
_BETTER = 0.85
_DIFFER_PX = 0.5
_PINNED_SCALE = 0.03
_LEAST_SEEN = 0.8
_LEAST_NEAR = 8.0


@dataclass(frozen=True, slots=True)
class Choice:
    """The model chosen, and what spoke for it."""

    model: Model | None
    """None where nothing could be measured."""
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


def choose(
    frames: Sequence[SceneFrame | None],
    overlay: Sequence[OverlayFrame | None],
    boxes: Sequence[Box | None],
    grid: Grid,
    *,
    keep_size: bool | None,
) -> Choice:
    """Weigh the models that the scene allows by the overlay's own motion."""
    seen = [frame for frame in frames if frame is not None]
    share = len(seen) / max(1, len(frames))
    shown = sum(box is not None for box in boxes)
    followed = sum(frame is not None for frame in overlay) / max(1, shown)
    layers, reason = _layers(seen)
    weighed: list[tuple[Model, Swim, float]] = []
    for name, attribute in layers:
        maps = [_to_source(frame, attribute, grid) for frame in frames]
        swim = _swim(maps, overlay, boxes)
        if swim is None:
            continue
        weighed.append((name, swim, _drift(swim)))
        if keep_size is not False and (keep_size or _resizes(swim)):
            label = _swim(pinned(maps, swim.centre), overlay, boxes)
            if label is not None:
                weighed.append(("point", label, _drift(label)))
    if not weighed:
        return Choice(None, None, float("inf"), share, followed, {}, reason)
    best = _preferred(weighed, keep_size=keep_size)
    drifts: dict[str, float] = {name: drift for name, _swim_, drift in reversed(weighed)}
    noise = _noise(seen, weighed[best][0]) * grid.scale_x
    words = _words(weighed, best, reason)
    return Choice(weighed[best][0], weighed[best][1], noise, share, followed, drifts, words)


def _layers(
    seen: Sequence[SceneFrame],
) -> tuple[list[tuple[Model, str]], str]:
    """Layers that the scene has, the likeliest first, and why."""
    measured = [frame for frame in seen if frame.points > 0]
    turned = [frame for frame in seen if frame.turn is not None]
    has_far = sum(frame.far is not None for frame in seen) > _LEAST_SEEN * len(seen)
    has_plane = sum(frame.plane is not None for frame in seen) > _LEAST_SEEN * len(seen)
    has_ground = sum(frame.ground is not None for frame in seen) > _LEAST_SEEN * len(seen)
    if len(turned) > _LEAST_SEEN * len(seen) and _only_turns(measured):
        model: Model = "rotation with horizon" if has_far else "rotation"
        return [(model, "turn")], "the camera only turns: rotation explains the whole picture"
    if not has_plane:
        far: list[tuple[Model, str]] = [("far layer", "far")] if has_far else []
        return far, "too little texture for points to be followed"
    bent = _bends(measured) and has_ground
    near: tuple[Model, str] = ("ground", "ground") if bent else ("plane", "plane")
    what = "the ground under the overlay departs from the plane" if bent else "one plane holds"
    return ([near, ("far layer", "far")] if has_far else [near]), what


def _only_turns(frames: Sequence[SceneFrame]) -> bool:
    """Whether rotation explains the followed points; without points, the pixels alone stand."""
    known = [f for f in frames if np.isfinite(f.turn_px) and np.isfinite(f.plane_px)]
    if not known:
        return True
    turn = float(np.quantile([f.turn_px for f in known], 0.8))
    plane = float(np.quantile([f.plane_px for f in known], 0.8))
    return turn <= _TURN_FACTOR * plane + _TURN_EXTRA_PX


def _bends(frames: Sequence[SceneFrame]) -> bool:
    near = [f for f in frames if f.near > 0 and np.isfinite(f.noise_px)]
    if not near:
        return False
    bend = float(np.sqrt(np.mean([f.bend_px**2 for f in near])))
    noise = float(np.sqrt(np.mean([f.noise_px**2 for f in near])))
    return bend > max(_BENT_PX, _BENT_SIGMA * noise)


def _to_source(frame: SceneFrame | None, layer: str, grid: Grid) -> Map | None:
    if frame is None:
        return None
    found: Map | None = getattr(frame, layer)
    return None if found is None else grid.homography_to_source(found)


def _swim(
    maps: Sequence[Map | None], overlay: Sequence[OverlayFrame | None], boxes: Sequence[Box | None]
) -> Swim | None:
    for first, (scene, frame, box) in enumerate(zip(maps, overlay, boxes, strict=True)):
        if scene is not None and frame is not None and box is not None:
            return swim_under(maps, overlay, outline_of(box), first)
    return None


def outline_of(box: Box) -> Float64[np.ndarray, "5 2"]:
    """Corners and middle of a box."""
    left, top, right, bottom = box
    middle = ((left + right) / 2, (top + bottom) / 2)
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom), middle])


def _drift(swim: Swim) -> float:
    wanted = np.broadcast_to(swim.mean, swim.values.shape)
    return rms(swim.displacement(np.array(wanted)), swim.seen)


def _resizes(swim: Swim) -> bool:
    """Whether the overlay's size against the scene changes by more than swim would."""
    size = np.hypot(swim.values[swim.seen, 0], swim.values[swim.seen, 1])
    return float(size.max() / max(size.min(), 1e-6)) > 1 + 2 * _PINNED_SCALE


def _preferred(weighed: Sequence[tuple[Model, Swim, float]], *, keep_size: bool | None) -> int:
    """The first, unless another shows clearly less drift and the two differ visibly."""
    best = 0
    for number, (name, swim, drift) in enumerate(weighed):
        if keep_size and name == "point" and weighed[best][0] != "point":
            best = number
            continue
        held = weighed[best]
        if drift < _BETTER * held[2] and _apart(swim, held[1]) > _DIFFER_PX:
            best = number
    return best


def _apart(one: Swim, other: Swim) -> float:
    both = one.seen & other.seen
    if not both.any():
        return 0.0
    off = (one.values - one.mean) - (other.values - other.mean)
    return float(np.sqrt(np.square(off[both, 2:]).sum(axis=1).mean()))


def _noise(seen: Sequence[SceneFrame], model: Model) -> float:
    """Standard error of the scene at the overlay, working pixels."""
    far = model in ("far layer", "rotation", "rotation with horizon")
    values = [frame.far_px if far else frame.noise_px for frame in seen[1:]]
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else float("inf")


def _words(weighed: Sequence[tuple[Model, Swim, float]], best: int, reason: str) -> str:
    if len(weighed) == 1:
        return reason
    rest = ", ".join(f"{name} {drift:.2f}" for name, _swim_, drift in weighed)
    return f"{reason}; drift in px against each layer: {rest}; chosen: {weighed[best][0]}"

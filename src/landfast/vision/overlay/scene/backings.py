"""What the scene has for an overlay to hang on: planes, a mesh, a turn of the camera, a far layer.

The footage alone says so, the likeliest first: one plane, parallax, a camera that only turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from landfast.media.grid import Grid
from landfast.vision.overlay.scene.grounds import Ground
from landfast.vision.overlay.scene.sight import Layer, SceneFrame
from landfast.vision.overlay.scene.ways import Way, chained

Model = Literal["plane", "rotation", "rotation with horizon", "far layer", "ground", "mesh"]

_BENT_PX = 0.2
"""Departure of the ground from the plane, working pixels, that counts as parallax."""
_BENT_SIGMA = 2.5
_TURN_FACTOR, _TURN_EXTRA_PX = 1.25, 0.05
"""A camera only turns where rotation explains the points this nearly as well as a homography."""
_NEAR_PX = 0.6
"""Working pixels by which what is seen near the overlay departs from the far layer."""
_LEAST_SEEN = 0.8
_STRAY_PX = 0.4
"""Working pixels by which points of a rigid scene depart from it at most; wind waves do more."""
_TOGETHER = 0.33
"""Share of that by which neighbours are off together, so that their number does not help."""


@dataclass(frozen=True, slots=True)
class Backing:
    """One layer of the scene through all frames."""

    model: Model
    ways: tuple[Way | None, ...]
    """From the first frame's source pixels to each frame's."""
    error_px: float
    """Standard error of its place at the overlay, source pixels, median over frames."""

    @property
    def seen(self) -> float:
        """Share of frames in which it was measured."""
        return sum(way is not None for way in self.ways) / max(1, len(self.ways))


def backings(
    frames: Sequence[SceneFrame | None], surfaces: Sequence[Ground], grid: Grid
) -> tuple[list[Backing], str]:
    """Layers, the likeliest first, and why these.

    Args:
        frames: The scene, frame by frame.
        surfaces: What parallax found under the overlay.
        grid: From the scene's working pixels to the source's.
    """
    seen = [frame for frame in frames if frame is not None]
    measured = [frame for frame in seen if frame.points > 0]
    has_far = _mostly(seen, "far")
    if _mostly(seen, "turn") and _only_turns(measured):
        model: Model = "rotation with horizon" if has_far else "rotation"
        why = "the camera only turns: rotation explains the whole picture"
        return [_backing(model, "turn", frames, grid)], why
    far = [_backing("far layer", "far", frames, grid)] if has_far else []
    if not _mostly(seen, "plane"):
        return far, "too little texture for points to be followed"
    near, what = _near(frames, surfaces, grid)
    above = sum(frame.is_far for frame in seen) > len(seen) / 2
    stray = _stray(measured, surfaces)
    if above and stray > _STRAY_PX:
        what = "what is seen below the horizon moves by itself, as water does"
        return far or [_loosened(one, stray * grid.scale_x) for one in near], what
    if stray > _STRAY_PX:
        near = [_loosened(one, _TOGETHER * stray * grid.scale_x) for one in near]
    if not far or _is_near(measured):
        return near, what
    return (far + near if above else near + far), what


def _stray(frames: Sequence[SceneFrame], surfaces: Sequence[Ground]) -> float:
    """By how much points depart from what explains them best, working pixels: the plane's motion,
    or one rigid scene's."""
    known = [frame.plane_px for frame in frames if np.isfinite(frame.plane_px)]
    plane = float(np.median(known)) if known else 0.0
    return min([plane, *(one.scatter_px for one in surfaces)])


def _loosened(backing: Backing, error_px: float) -> Backing:
    """A layer that is known no better than that."""
    return replace(backing, error_px=max(backing.error_px, error_px))


def _near(
    frames: Sequence[SceneFrame | None], surfaces: Sequence[Ground], grid: Grid
) -> tuple[list[Backing], str]:
    seen = [frame for frame in frames if frame is not None]
    bent = _bends([f for f in seen if f.points > 0])
    plane = _backing("plane", "plane", frames, grid)
    if surfaces:
        found = [_surface(one, grid) for one in surfaces]
        if surfaces[0].is_relief:
            flat, better = surfaces[0].foretold_px
            told = f"a mesh foretells depth near the overlay to {better:.2f} px, a plane {flat:.2f}"
            return found, told + _wobble(surfaces[0], grid)
        if bent:
            told = "the ground at the overlay is a plane of its own, known by parallax"
            return found, told + _wobble(surfaces[0], grid)
        return [plane, *found], "one plane holds at the overlay"
    has_ground = _mostly(seen, "ground")
    if bent and has_ground:
        ground = _backing("ground", "ground", frames, grid)
        return [ground], "the ground under the overlay departs from the plane"
    near = [plane]
    if has_ground:
        near.append(_backing("ground", "ground", frames, grid))
    return near, "one plane holds"


def _wobble(ground: Ground, grid: Grid) -> str:
    if not ground.wobble_px:
        return ""
    return f"; rows or lens move it by {ground.wobble_px * grid.scale_x:.2f} px, which is followed"


def _surface(ground: Ground, grid: Grid) -> Backing:
    up = grid.matrix()
    down = np.linalg.inv(up)
    ways = [None if way is None else chained(down, way, up) for way in ground.ways]
    known = ground.errors_px[1:][np.isfinite(ground.errors_px[1:])]
    error = float(np.median(known)) * grid.scale_x if len(known) else float("inf")
    return Backing("mesh" if ground.is_relief else "ground", tuple(ways), error)


def _backing(
    model: Model, layer: Layer, frames: Sequence[SceneFrame | None], grid: Grid
) -> Backing:
    sights = [None if frame is None else frame.layers[layer] for frame in frames]
    ways = [None if sight is None else sight.map for sight in sights]
    in_source = [None if way is None else grid.homography_to_source(way) for way in ways]
    errors = [sight.error_px for sight in sights if sight is not None][1:]
    known = [error for error in errors if np.isfinite(error)]
    error = float(np.median(known)) if known else float("inf")
    return Backing(model, tuple(in_source), error * grid.scale_x)


def _mostly(seen: Sequence[SceneFrame], layer: Layer) -> bool:
    return sum(frame.layers[layer].map is not None for frame in seen) > _LEAST_SEEN * len(seen)


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

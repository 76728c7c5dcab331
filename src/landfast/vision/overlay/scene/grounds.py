"""The ground under an overlay through all frames, one plane at a time or as a relief.

Each stretch of frames has its anchor, its points and their depths. Where one stretch ends and the
next begins, points are handed on, so that a plane is known again among the new anchor's points.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from landfast.model.arrays import Bool, Float64
from landfast.vision.overlay.maps import Map, moved
from landfast.vision.overlay.scene.ground import bend
from landfast.vision.overlay.scene.hanging import Hanging
from landfast.vision.overlay.scene.near import Box
from landfast.vision.overlay.scene.parallax import Parallax, project, solve_parallax
from landfast.vision.overlay.scene.planes import Stretch
from landfast.vision.overlay.scene.relief import Nearby, Surface, nearby, refitted, relief, surfaces
from landfast.vision.overlay.scene.ways import Relief, Way, ahead, chained

_LASTING = 0.8
"""Share of the frames through which a point has to last for something to hang on it."""
_TOUCH, _LOOSE = (0.6, 0.4, 0.4), (8.0, 6.0, 6.0)
"""Pixels by which a frame may shift and bend against plane and parallax near the overlay: what is
usual, and what rows that are taken one after another, or an unknown lens, may do."""
_WIDE = 0.35
"""Share of the box's diagonal over which that is looked at."""
_CLEAR, _LEAST_WOBBLE_PX = 3.0, 0.3
"""Such a wobble is believed where it is this many times its error, and this large."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One surface of the scene that the overlay may lie on."""

    ways: tuple[Way | None, ...]
    """From the first frame's working pixels to each frame's."""
    errors_px: Float64[np.ndarray, " frame"]
    """Standard error over the overlay's box, working pixels; NaN where not known."""
    support: float
    is_relief: bool
    wobble_px: float
    """By which frames move near the overlay as no rigid scene does; 0 where that is not clear."""
    foretold_px: tuple[float, float]
    scatter_px: float = 0.0
    """Spread of followed points about any rigid scene, working pixels."""


@dataclass(slots=True)
class _Solved:
    stretch: Stretch
    parallax: Parallax
    near: Nearby
    found: list[Surface] = field(default_factory=list)


def grounds(
    stretches: Sequence[Stretch], frames: int, to_source: Map, *, has_shutter: bool | None = None
) -> tuple[list[Ground], Hanging | None]:
    """Surfaces near the overlay, the likeliest first, and points and depths to hang a label on.

    Args:
        stretches: All that was followed, from the first frame on.
        frames: Of the footage.
        to_source: From working pixels.
        has_shutter: Whether rows are taken one after another; judged where None.

    Returns:
        Nothing where no parallax is to be seen.
    """
    solved = _solved(stretches)
    if not solved:
        return [], None
    first = surfaces(solved[0].near, solved[0].stretch.box)
    lines = [line for one in first if (line := _line(one, solved)) is not None]
    found = [_steadier(line, solved, frames, has_shutter) for line in lines]
    return found, _hanging(solved, frames, to_source)


def _solved(stretches: Sequence[Stretch]) -> list[_Solved]:
    """Every stretch with its depths; empty where one has none."""
    solved: list[_Solved] = []
    for stretch in stretches:
        if not stretch.sights:
            continue
        points = stretch.points.astype(np.float64)
        parallax = solve_parallax(points, np.array(stretch.sights, np.float64))
        near = None if parallax is None else nearby(parallax, points, stretch.box)
        if parallax is None or near is None:
            return []
        solved.append(_Solved(stretch, parallax, near))
    return solved


def _line(first: Surface, solved: Sequence[_Solved]) -> list[Surface] | None:
    """The same surface in every stretch."""
    line = [first]
    for before, now in itertools.pairwise(solved):
        again = refitted(now.near, _handed_on(line[-1], before, now))
        if again is None:
            return None
        if first.heights is not None:
            again = relief(now.near, again, now.stretch.box) or again
        line.append(again)
    return line


def _hanging(solved: Sequence[_Solved], frames: int, to_source: Map) -> Hanging | None:
    """Points that last through all stretches, and depths where there is but one."""
    first = solved[0]
    index = first.near.index
    paths = np.full((len(index), frames, 2), np.nan)
    begin = first.stretch.first
    paths[:, begin] = first.near.at
    for one in solved:
        if one is not first:
            place = {int(old): new for new, old in enumerate(one.stretch.origin) if old >= 0}
            index = np.array([place.get(int(k), -1) for k in index], np.intp)
        points = one.stretch.points[index].astype(np.float64)
        depths = np.where(index >= 0, one.parallax.depths[index], np.nan)
        there = project(one.parallax.views, points, depths).transpose(1, 0, 2)
        start = one.stretch.first + 1
        paths[:, start : start + there.shape[1]] = there
    known = np.isfinite(paths[..., 0]).mean(axis=1) > _LASTING
    flat = moved(to_source, np.nan_to_num(paths[known].reshape(-1, 2)))
    paths = np.where(np.isfinite(paths[known]), flat.reshape(paths[known].shape), np.nan)
    views = np.full((frames, 3, 4), np.nan)
    views[begin] = np.eye(3, 4)
    reach = (0.0, 0.0)
    if len(solved) == 1:
        views[begin + 1 : begin + 1 + len(first.parallax.views)] = first.parallax.views
        low, high = np.quantile(first.near.depths, (0.02, 0.98)).tolist()
        reach = (low, high)
    return Hanging(moved(to_source, first.near.at[known]), paths, views, reach, to_source)


def _handed_on(surface: Surface, before: _Solved, now: _Solved) -> Bool[np.ndarray, " point"]:
    """Which of the nearby points were members of the surface in the stretch before."""
    known = set(before.near.index[surface.members].tolist())
    origin = now.stretch.origin
    return np.array([int(origin[k]) in known for k in now.near.index], bool)


def _steadier(
    line: Sequence[Surface], solved: Sequence[_Solved], frames: int, has_shutter: bool | None
) -> Ground:
    """Frames free to wobble where they clearly do."""
    if has_shutter is False:
        return _through(line, solved, frames, _TOUCH)
    loose = _through(line, solved, frames, _LOOSE)
    error = (
        float(np.nanmedian(loose.errors_px[1:])) if np.isfinite(loose.errors_px[1:]).any() else 0
    )
    if has_shutter or loose.wobble_px > max(_LEAST_WOBBLE_PX, _CLEAR * error):
        return loose
    return _through(line, solved, frames, _TOUCH)


def _through(
    line: Sequence[Surface],
    solved: Sequence[_Solved],
    frames: int,
    loose_px: tuple[float, float, float],
) -> Ground:
    ways: list[Way | None] = [None] * frames
    errors = np.full(frames, np.nan)
    shifts: list[float] = []
    base: Way | None = np.eye(3)
    ways[solved[0].stretch.first], errors[solved[0].stretch.first] = np.eye(3), 0.0
    for surface, one in zip(line, solved, strict=True):
        start, last = one.stretch.first, base
        for number in range(len(one.stretch.sights)):
            found = _way(surface, one, number, loose_px)
            last = None
            if found is not None and base is not None:
                last = ways[start + 1 + number] = chained(base, found[0])
                errors[start + 1 + number] = found[1]
                shifts.append(found[2])
        base = last
    is_relief = line[0].heights is not None
    wobble = float(np.median(shifts)) if shifts and loose_px == _LOOSE else 0.0
    scatter = float(np.median([one.parallax.scale_px for one in solved]))
    foretold = line[0].foretold_px
    return Ground(tuple(ways), errors, line[0].support, is_relief, wobble, foretold, scatter)


def _way(
    surface: Surface, one: _Solved, number: int, loose_px: tuple[float, float, float]
) -> tuple[Way, float, float] | None:
    """From the anchor to one frame, its standard error at the overlay, and how far it was bent."""
    flat = one.parallax.plane(number, surface.plane)
    if flat is None:
        return None
    near, box = one.near, one.stretch.box
    sights = one.stretch.sights[number][near.index]
    use = np.isfinite(sights[:, 0]) & surface.members
    curved: Map | Relief = flat
    if surface.heights is not None:
        curved = Relief(one.parallax.views[number], surface, flat)
    start = near.at[use]
    there = ahead(curved, start)
    middle = np.array([[(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]])
    corners = np.array([(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])])
    arrived = ahead(curved, np.concatenate([corners, middle]))
    now: Box = (*arrived.min(axis=0).tolist(), *arrived.max(axis=0).tolist())
    touched = bend(
        np.eye(3), there.astype(np.float32), sights[use], now, now, loose_px=loose_px, wide=_WIDE
    )
    if touched is None:
        return curved, 3 * one.parallax.scale_px, 0.0
    return chained(curved, touched.map), float(touched.noise_px), float(touched.bend_px)

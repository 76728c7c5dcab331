"""Where the overlay should be: kept to the scene, to reference frames, or to its own slow move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from landfast.compose.lock.slow import slow
from landfast.errors import InputError
from landfast.model.arrays import Float64
from landfast.vision.overlay.maps import Map, Points, from_about, inverse, moved, unit
from landfast.vision.overlay.scene.ways import ahead
from landfast.vision.overlay.swim import Swim

Values = Float64[np.ndarray, "frame 4"]

_HALF_WIDTHS = (1, 2, 3, 4, 6, 8)
_ACROSS, _DOWN = 9, 5
"""Of the mesh over the overlay's box."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user says about the overlay's own motion."""

    references: tuple[int, ...] = ()
    """Frames in which the overlay is right."""
    keep_motion: bool = False
    """Its slow motion against the scene is meant; only jitter is taken out."""


def wanted(swim: Swim, wish: Wish, *, fps: float) -> Values:
    """Where the overlay should lie in each frame, in the terms of `Swim.values`.

    Without a reference it is the place that asks for the least correction in all; between two
    reference frames the way from one to the other is straight. Motion that is kept goes on top.

    Raises:
        InputError: A reference frame that does not exist or was not measured.
    """
    path = swim.at_frames()
    kept = slow(path, fps=fps, radius=_radius(swim)) if wish.keep_motion else np.zeros_like(path)
    if not wish.references:
        return kept if wish.keep_motion else np.repeat(swim.mean[None], len(path), axis=0)
    for frame in wish.references:
        _check(frame, swim)
    frames, knots = np.arange(len(path)), sorted(set(wish.references))
    there = np.array([swim.on_screen(frame) for frame in knots]) - kept[knots]
    straight = np.stack([np.interp(frames, knots, column) for column in there.T], axis=1)
    return np.asarray(kept + straight)


def _radius(swim: Swim) -> float:
    return max(1.0, float(np.abs(swim.outline - swim.centre).max()))


def _check(frame: int, swim: Swim) -> None:
    if not 0 <= frame < len(swim.values):
        raise InputError(
            f"has no frame {frame}",
            subject="--reference",
            remedy=f"give a frame from 0 to {len(swim.values) - 1}",
        )
    if not swim.seen[frame]:
        raise InputError(
            f"frame {frame} could not be measured",
            subject="--reference",
            remedy="choose a frame in which the overlay and the scene around it are clear",
        )


def steadied(swim: Swim, *, noise_px: float) -> Values:
    """The swim without what is only noise of measuring.

    Local parabolas (Savitzky and Golay, 1964) over as many frames as take away no more than
    noise would explain: an overlay that jitters keeps its jitter in the path, and loses it in
    the film.
    """
    radius = _radius(swim)
    best = swim.values
    for half in _HALF_WIDTHS:
        if 2 * half + 1 > len(swim.values):
            break
        trial = parabolas(swim.values, half)
        off = (swim.values - trial) * np.array([radius, radius, 1.0, 1.0])
        if float(np.sqrt(np.square(off).sum(axis=1).mean())) > noise_px:
            break
        best = trial
    return best


def parabolas(
    values: Float64[np.ndarray, "frame column"], half: int
) -> Float64[np.ndarray, "frame column"]:
    """Each column smoothed by the parabola through `2 half + 1` neighbours, fewer at the ends."""
    result = np.empty_like(values)
    for frame in range(len(values)):
        low, high = max(0, frame - half), min(len(values), frame + half + 1)
        t = np.arange(low, high, dtype=np.float64) - frame
        basis = np.stack([np.ones_like(t), t, t * t], axis=1)
        weights, *_ = np.linalg.lstsq(basis, values[low:high], rcond=None)
        result[frame] = weights[0]
    return result


def warps(swim: Swim, path: Values, target: Values) -> tuple[Map | None, ...]:
    """Per frame the homography from where the overlay is to where it should be, source pixels.

    Frames without a measured scene take the warp between those of their neighbours.
    """
    known: dict[int, Map] = {}
    for frame, (scene, shown) in enumerate(zip(swim.maps, swim.shown, strict=True)):
        if scene is None or shown is None:
            continue
        there = from_about(target[frame], swim.centre)
        here = from_about(path[frame], swim.centre)
        if isinstance(scene, np.ndarray) and isinstance(shown, np.ndarray):
            known[frame] = unit(scene @ there @ inverse(unit(shown @ here)))
        else:
            grid = _grid(swim.outline)
            known[frame] = _between_grids(
                ahead(shown, moved(here, grid)), ahead(scene, moved(there, grid))
            )
    return tuple(_between(known, frame) for frame in range(len(swim.maps)))


def _grid(outline: Points) -> Points:
    """Points over the overlay's box."""
    (left, top), (right, bottom) = outline[:4].min(axis=0), outline[:4].max(axis=0)
    x, y = np.meshgrid(np.linspace(left, right, _ACROSS), np.linspace(top, bottom, _DOWN))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _between_grids(here: Points, there: Points) -> Map:
    """The homography over a mesh: over swim's few pixels relief bends no more than this."""
    found, _ = cv2.findHomography(here, there, 0)
    return np.eye(3) if found is None else unit(np.asarray(found, np.float64))


def _between(known: dict[int, Map], frame: int) -> Map | None:
    if frame in known or not known:
        return known.get(frame)
    before = max((k for k in known if k < frame), default=None)
    after = min((k for k in known if k > frame), default=None)
    if before is None or after is None:
        nearest = before if before is not None else after
        return None if nearest is None else known[nearest]
    share = (frame - before) / (after - before)
    return unit((1 - share) * known[before] + share * known[after])


def furthest(by: Sequence[Map | None], outline: Float64[np.ndarray, "frame point 2"]) -> float:
    """The longest way that a warp moves a point of the overlay, pixels."""
    most = 0.0
    for one, points in zip(by, outline, strict=True):
        if one is None or not np.isfinite(points).all():
            continue
        there = cv2.perspectiveTransform(points.reshape(-1, 1, 2), one).reshape(-1, 2)
        most = max(most, float(np.linalg.norm(there - points, axis=1).max()))
    return most

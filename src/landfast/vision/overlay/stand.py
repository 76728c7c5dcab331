"""Where a board or a label stands: the point of the scene that it hangs on.

What lies lower in the picture is mostly nearer, so a point half a box too low is a depth too near,
and an overlay that does not swim would seem to. It may also hang on what rises from the ground, or
in free air. Every place is tried: points of each surface in and below its box, points that were
followed there, and depths of their own. How much of the drift a place may take is weighed: the
likelihood of so much swim, of unknown strength and few independent moves, against where things
usually stand. What other likely places would make of the overlay's path is how loose it hangs.

Motions of what stands are similarities, written here as z -> a z + b in complex numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from landfast.model.arrays import Complex128, Float64
from landfast.vision.overlay.maps import Map, similarity
from landfast.vision.overlay.scene.backings import Backing
from landfast.vision.overlay.scene.hanging import Hanging
from landfast.vision.overlay.scene.places import (
    DEPTHS,
    Own,
    Places,
    on_surface,
    places_of,
    standing_at,
)
from landfast.vision.overlay.swim import Swim

Point = Float64[np.ndarray, "2"]

_FINER = (0.06, 0.015)
_ACROSS = 7
_MOVES = 4.0
"""Independent moves of slow swim."""
_NOISE_PX = 0.06
_MOST_FRAMES = 90


@dataclass(frozen=True, slots=True)
class Stand:
    """What an overlay hangs on."""

    backing: Backing
    ways: tuple[Map | None, ...]
    """From the first frame's pixels to each frame's."""
    point: Point
    """In the first frame."""
    place: Literal["surface", "point", "depth"]
    loose_px: float
    """How far other likely places would have it elsewhere; RMS, source pixels."""


def stand(
    own: Swim,
    surfaces: Sequence[Backing],
    hanging: Hanging | None,
    *,
    hold: Literal["facing", "label"],
    at: tuple[float, float] | None = None,
) -> Stand | None:
    """The place on which the overlay most likely stands; None where nothing could be measured.

    Args:
        own: The overlay's motion in the frame itself.
        surfaces: Planes of the scene, the likeliest first.
        hanging: Followed points and free depths, where parallax tells them.
        hold: Whether it grows with what it stands on or keeps its size.
        at: The point, where the user says so.
    """
    seen = np.flatnonzero(own.seen)
    if len(seen) < 2 or not surfaces:
        return None
    looked = _looked_at(own, seen)
    trials = list(places_of(looked, surfaces, hanging, hold, at))
    if not trials:
        return None
    costs = [_unlikely(looked, one) for one in trials]
    best, number = _least(costs)
    if not np.isfinite(costs[best][number]):
        return None
    chosen = trials[best]
    if chosen.place == "surface" and at is None:
        chosen, number = _refined(looked, chosen, number, hold)
        trials, costs = [*trials, chosen], [*costs, _unlikely(looked, chosen)]
    loose = 0.0 if at is not None else _loose(looked, trials, costs, chosen, number)
    point = chosen.points[number]
    every = Own(np.arange(len(own.seen)), *_motion(own, range(len(own.seen))), looked.outline,
                 looked.low, looked.size)  # fmt: skip
    grown, moved = _followed(chosen, number, every, hanging, hold)
    ways = tuple(_way(a, b) for a, b in zip(grown.tolist(), moved.tolist(), strict=True))
    return Stand(chosen.backing, ways, point, chosen.place, loose)


def _way(a: complex, b: complex) -> Map | None:
    return similarity(a.real, a.imag, b.real, b.imag) if np.isfinite(a) and np.isfinite(b) else None


def _looked_at(own: Swim, seen: np.ndarray) -> Own:
    step = max(1, -(-len(seen) // _MOST_FRAMES))
    frames = seen[::step]
    low, high = own.outline[:4].min(axis=0), own.outline[:4].max(axis=0)
    outline = np.asarray(own.outline[:, 0] + 1j * own.outline[:, 1], np.complex128)
    return Own(frames, *_motion(own, frames.tolist()), outline, low, high - low)


def _motion(own: Swim, frames: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    maps = np.array([own.similarity(frame) for frame in frames])
    return maps[:, 0, 0] + 1j * maps[:, 1, 0], maps[:, 0, 2] + 1j * maps[:, 1, 2]


def _unlikely(own: Own, trials: Places) -> Float64[np.ndarray, " trial"]:
    """Negative logarithm of how likely it is that the overlay stands at each place."""
    off = _swim(own, trials.grown, trials.moved, own.grown, own.moved)
    drift = _mean_square(off)
    return np.asarray(0.5 * _MOVES * np.log(drift + _NOISE_PX**2) - trials.prior)


def _swim(
    own: Own, grown: np.ndarray, moved: np.ndarray, a: np.ndarray, b: np.ndarray
) -> Complex128[np.ndarray, "trial frame corner"]:
    """Distance of an outline that moves by a, b from its mean place on what stands there."""
    with np.errstate(invalid="ignore"):  # NaN where the place is not known
        turned, shifted = a / grown, (b - moved) / grown
    known = np.isfinite(turned) & np.isfinite(shifted)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    turned = turned - np.where(known, turned, 0).sum(axis=1, keepdims=True) / count
    shifted = shifted - np.where(known, shifted, 0).sum(axis=1, keepdims=True) / count
    return np.asarray((turned[..., None] * own.outline + shifted[..., None]) * grown[..., None])


def _mean_square(
    off: Complex128[np.ndarray, "trial frame corner"],
) -> Float64[np.ndarray, " trial"]:
    """Over frames and corners; infinite where fewer than half of the frames are known."""
    known = np.isfinite(off[..., 0])
    total = np.where(known[..., None], np.square(np.abs(off)), 0).sum(axis=(1, 2))
    count = known.sum(axis=1)
    mean = total / np.maximum(count, 1) / off.shape[2]
    return np.where(2 * count >= off.shape[1], mean, np.inf)


def _least(costs: Sequence[Float64[np.ndarray, " _"]]) -> tuple[int, int]:
    numbers = [int(np.argmin(one)) for one in costs]
    best = int(np.argmin([one[k] for one, k in zip(costs, numbers, strict=True)]))
    return best, numbers[best]


def _refined(
    own: Own, chosen: Places, number: int, hold: Literal["facing", "label"]
) -> tuple[Places, int]:
    """The same surface looked at more closely around one place."""
    point, base = chosen.points[number], chosen.prior[number]
    trials = chosen
    for reach in _FINER:
        steps = np.linspace(-reach, reach, _ACROSS)
        x, y = np.meshgrid(steps, steps)
        points = point + np.stack([x.ravel(), y.ravel()], axis=1) * own.size
        trials = on_surface(own, chosen.backing, points, np.full(len(points), base), hold)
        number = int(np.argmin(_unlikely(own, trials)))
        point = points[number]
    return trials, number


def _loose(
    own: Own,
    trials: Sequence[Places],
    costs: Sequence[Float64[np.ndarray, " _"]],
    chosen: Places,
    number: int,
) -> float:
    """How far the likely places lie from the chosen one, weighed by how likely they are."""
    low = min(float(np.min(one)) for one in costs)
    total = apart = 0.0
    for one, cost in zip(trials, costs, strict=True):
        share = np.exp(low - cost)
        use = np.flatnonzero(share > 1e-4)
        if not len(use):
            continue
        off = _swim(own, one.grown[use], one.moved[use], chosen.grown[number], chosen.moved[number])
        total += float(share[use].sum())
        apart += float(share[use] @ _mean_square(off))
    return float(np.sqrt(apart / max(total, 1e-12)))


def _followed(
    chosen: Places, number: int, every: Own, hanging: Hanging | None, hold: str
) -> tuple[np.ndarray, np.ndarray]:
    """The chosen place's motion in all frames."""
    point = chosen.points[number : number + 1]
    if chosen.place == "surface" or hanging is None:
        grown, moved = standing_at(chosen.backing.ways, every.frames.tolist(), point, hold)
        return grown[0], moved[0]
    if chosen.place == "point":
        nearest = int(np.linalg.norm(hanging.starts - point, axis=1).argmin())
        path = hanging.paths[nearest]
    else:
        path = hanging.path(point[0], hanging.depths(DEPTHS)[number : number + 1])[0]
    moved = path[:, 0] + 1j * path[:, 1] - complex(*point[0])
    return np.where(np.isfinite(moved), 1 + 0j, np.nan), moved

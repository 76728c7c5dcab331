"""Where a board or a label stands: the point of its box at which it hangs on the ground.

What lies lower in the picture is nearer, so a point half a box too low is a depth too near, and
an overlay that does not swim would seem to. Swim may look like another depth as well; how much of
the drift the point may take is weighed: the likelihood of so much swim, of unknown strength and
few independent moves, against where things usually stand.

Motions of what stands are similarities, written here as z -> a z + b in complex numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Complex128, Float64

from landfast.vision.overlay.maps import unit
from landfast.vision.overlay.swim import Swim
from landfast.vision.overlay.ways import Way, flat

_MIDDLE, _FOOT = np.array([0.5, 0.5]), np.array([0.5, 1.0])
_USUAL = ((0.6, _MIDDLE, 0.06), (0.2, _FOOT, 0.06), (0.2, _MIDDLE, 0.3))
"""Where in its box an overlay is held, shares of the box: weight, place, standard deviation."""
_BESIDE = 0.1
"""How far beside that it may be held as well."""
_REACHES = (0.6, 0.15, 0.03)
"""The search's half width, round after round."""
_ACROSS = 9
_MOVES = 4.0
"""Independent moves of slow swim."""
_NOISE_PX = 0.04


@dataclass(frozen=True, slots=True)
class _Placed:
    """An overlay's own motion, and the ground's under it, where both are known."""

    ground: Float64[np.ndarray, "frame 3 3"]
    grown: Complex128[np.ndarray, " frame"]
    """a of the overlay's place in each frame, from where it began."""
    moved: Complex128[np.ndarray, " frame"]
    """b of the same."""
    outline: Complex128[np.ndarray, " corner"]
    keeps_size: bool


@dataclass(frozen=True, slots=True)
class Stand:
    """On what point of the ground an overlay stands."""

    point: Float64[np.ndarray, "2"]
    """In the first frame's pixels."""
    loose_px: float
    """How far the overlay would drift if it stood a tenth of its box higher: what may be either
    swim or another place to stand; RMS, source pixels."""


def stand(
    middle: Swim,
    maps: Sequence[Way | None],
    *,
    hold: Literal["facing", "label"],
    at: tuple[float, float] | None = None,
) -> Stand:
    """The point on which the overlay most likely stands.

    Args:
        middle: Swim of the overlay put on the middle of its box.
        maps: Motion of the ground, source pixels.
        hold: Whether it grows with what it stands on or keeps its size.
        at: The point, where the user says so.
    """
    placed = _placed(middle, maps, hold == "label")
    corner, size = middle.outline[0], middle.outline[2] - middle.outline[0]
    if at is not None:
        return Stand(np.array(at, np.float64), 0.0)
    if placed is None:
        return Stand(np.asarray(corner + _MIDDLE * size), 0.0)
    best = _MIDDLE
    for reach in _REACHES:
        steps = np.linspace(-reach, reach, _ACROSS)
        trials = [best + np.array([x, y]) for y in steps for x in steps]
        costs = [_unlikely(placed, corner + share * size, share) for share in trials]
        best = trials[int(np.argmin(costs))]
    point = np.asarray(corner + best * size)
    grown, moved = _motion(placed, point)
    still = replace(placed, grown=grown, moved=moved)
    beside = _drift(still, point - np.array([0.0, _BESIDE * size[1]]))
    return Stand(point, float(np.sqrt(beside)))


def _placed(middle: Swim, maps: Sequence[Way | None], keeps_size: bool) -> _Placed | None:
    both = [
        (flat(here), unit(flat(scene) @ middle.similarity(frame)))
        for frame, (here, scene) in enumerate(zip(maps, middle.maps, strict=True))
        if here is not None and scene is not None and middle.seen[frame]
    ]
    if len(both) < 2:
        return None
    own = np.array([place for _, place in both])
    return _Placed(
        ground=np.array([here for here, _ in both]),
        grown=np.asarray(own[:, 0, 0] + 1j * own[:, 1, 0], np.complex128),
        moved=np.asarray(own[:, 0, 2] + 1j * own[:, 1, 2], np.complex128),
        outline=_complex(middle.outline),
        keeps_size=keeps_size,
    )


def _unlikely(
    placed: _Placed, point: Float64[np.ndarray, "2"], share: Float64[np.ndarray, "2"]
) -> float:
    """Negative logarithm of how likely it is that the overlay stands there."""
    drift = _drift(placed, point)
    usual = sum(
        weight / spread**2 * np.exp(-0.5 * float(np.square((share - place) / spread).sum()))
        for weight, place, spread in _USUAL
    )
    return 0.5 * _MOVES * float(np.log(drift + _NOISE_PX**2)) - float(np.log(usual + 1e-12))


def _drift(placed: _Placed, point: Float64[np.ndarray, "2"]) -> float:
    """Mean squared distance of the outline from its mean place, for a point to stand on."""
    grown, moved = _motion(placed, point)
    swim_grown = placed.grown / grown
    swim_moved = (placed.moved - moved) / grown
    off = np.outer(swim_grown - swim_grown.mean(), placed.outline)
    off = (off + (swim_moved - swim_moved.mean())[:, None]) * grown[:, None]
    return float(np.square(np.abs(off)).mean())


def _motion(
    placed: _Placed, point: Float64[np.ndarray, "2"]
) -> tuple[Complex128[np.ndarray, " frame"], Complex128[np.ndarray, " frame"]]:
    """How what stands at a point moves: a and b, frame by frame."""
    near = np.stack([point, point + np.array([1.0, 0.0])])
    there = [_complex(cv2.perspectiveTransform(near[None], one)[0]) for one in placed.ground]
    here, aside = np.array(there).T
    grown = np.ones_like(here) if placed.keeps_size else np.asarray(aside - here)
    return grown, np.asarray(here - grown * complex(*point))


def _complex(points: Float64[np.ndarray, "point 2"]) -> Complex128[np.ndarray, " point"]:
    return np.asarray(points[:, 0] + 1j * points[:, 1], np.complex128)

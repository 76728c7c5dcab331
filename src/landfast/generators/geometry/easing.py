"""How the velocity at a gap's ends dies away inside it.

A camera's motion between two moments keeps its velocity for a while, then returns to its mean: the
operator's move goes on, a gust does not. The path of least energy under that model is a spline in
tension (Schweikert, 1966): near the ends it leaves and arrives with the footage's velocity, and
in a gap that is long beside the memory it runs straight. Without tension it would be the cubic
Hermite, which swings out in proportion to the gap's length.

A camera that shakes from frame to frame (see `shake`) has no velocity to keep, and an anchor is off
its way by one shake: the path goes over within two frames to where the frames beside it lie on
average.

How long the memory is the footage tells: where the last frames' departure from the mean is not that
of the frames before them, it is shake, and dies away at once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.generators.geometry.correspond import Side
from landfast.model.arrays import Float32

MEMORY: Final = 8.0
"""Frames after which a departure from the mean velocity has died away to a third, at most."""
_SHORTEST: Final = 1.2
"""And at least: velocity still continues over the seam."""
SHAKEN: Final = 0.0
"""The memory of a camera that shakes."""
_SETTLED: Final = 1.0
"""Frames after which a shaken anchor's offset has died away to a third."""
_SURE: Final = 0.5
"""Likeness of the departures from which on it is no shake."""
_NOISE_PX: Final = 0.3
"""Departures of so many pixels a frame are too small to tell shake from noise."""
_BLOCKS: Final = (4, 3)
_KNOWN: Final = 0.2
"""Trust of a part of the picture from which it counts."""
Memories = tuple[float, float]
"""At the gap's start and end."""
_CUBIC: Final = 0.3
"""Tension below which the spline is a cubic for all purposes, and its equations are singular."""


class Ease(NamedTuple):
    """Way made after a share of the gap for a velocity of one way a gap at its start or end.

    Where the camera shakes, for an offset of one way.
    """

    leave: float
    arrive: float


def ease(t: float, steps: int, memories: Memories = (MEMORY, MEMORY)) -> Ease:
    """Both ends' part after a share `t` of a gap of `steps` frames."""
    if SHAKEN in memories:
        return Ease(_settle(t, steps), _settle(1 - t, steps))
    leave, arrive = (steps / memory for memory in memories)
    return Ease(_leave(t, leave), -_leave(1 - t, arrive))


def memories_of(sides: tuple[Side, Side], steps: int) -> Memories:
    """How long each end's departure from the mean velocity lasts, frames."""
    if sides[0].shaken:
        return SHAKEN, SHAKEN
    return _memory(sides[0], steps), _memory(sides[1], steps)


def _memory(side: Side, steps: int) -> float:
    """As long as the departure of earlier frames is like that of the last ones."""
    farther = side.reach - side.beside_reach
    if side.beside is None or side.outward is None or farther < 1:
        return MEMORY
    mean = side.across / np.float32(steps)
    last = _blocks(-side.beside / np.float32(side.beside_reach) - mean, side.trust)
    earlier = _blocks((side.beside - side.outward) / np.float32(farther) - mean, side.trust)
    seen = int(last.any(axis=2).sum())
    if seen * 2 < _BLOCKS[0] * _BLOCKS[1]:
        return MEMORY
    doubt = seen * _NOISE_PX**2
    alike = (float((last * earlier).sum()) + doubt) / (float((last * last).sum()) + doubt)
    return MEMORY * min(1.0, max(_SHORTEST / MEMORY, alike / _SURE))


def _blocks(
    moved: Float32[np.ndarray, "rows cols 2"], trust: Float32[np.ndarray, "rows cols"]
) -> Float32[np.ndarray, "down across 2"]:
    """Means over large parts of the picture, in which the noise of flow averages out."""
    known = cv2.resize(trust, _BLOCKS, interpolation=cv2.INTER_AREA)
    total = cv2.resize(moved * trust[..., None], _BLOCKS, interpolation=cv2.INTER_AREA)
    sure = known > _KNOWN
    return np.asarray(np.where(sure[..., None], total / np.maximum(known, 1e-3)[..., None], 0))


def _settle(t: float, steps: int) -> float:
    """0 at both ends, nearly 1 soon after 0, then straight."""
    return float((1 - t) * (1 - np.exp(-t * steps / _SETTLED)))


def _leave(t: float, tension: float) -> float:
    """0 at both ends, with slope 1 at 0 and 0 at 1."""
    if tension < _CUBIC:
        return t**3 - 2 * t**2 + t
    one, way, out, back = _solved(tension)
    decay, rise = np.exp(-tension * t), np.exp(-tension * (1 - t))
    return float(one + way * t + out * decay + back * rise)


@lru_cache(maxsize=64)
def _solved(tension: float) -> tuple[float, float, float, float]:
    """Coefficients of 1, t and the exponentials that die away from either end."""
    far = float(np.exp(-tension))
    system = np.array(
        [
            [1, 0, 1, far],
            [1, 1, far, 1],
            [0, 1, -tension, tension * far],
            [0, 1, -tension * far, tension],
        ]
    )
    one, way, out, back = np.linalg.solve(system, np.array([0.0, 0, 1, 0])).tolist()
    return one, way, out, back

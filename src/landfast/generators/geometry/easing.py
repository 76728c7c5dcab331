"""How the velocity at a gap's ends dies away inside it.

A camera's motion between two moments keeps its velocity for a while, then returns to its mean: the
operator's move goes on, a gust does not. The path of least energy under that model is a spline in
tension (Schweikert, 1966): near the ends it leaves and arrives with the footage's velocity, and
in a gap that is long beside the memory it runs straight. Without tension it would be the cubic
Hermite, which swings out in proportion to the gap's length.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

MEMORY: Final = 8.0
"""Frames after which a departure from the mean velocity has died away to a third."""
_CUBIC: Final = 0.3
"""Tension below which the spline is a cubic for all purposes, and its equations are singular."""


class Ease(NamedTuple):
    """Way made after a share of the gap for a velocity of one way a gap at its start or end."""

    leave: float
    arrive: float


def ease(t: float, steps: int) -> Ease:
    """Both ends' part after a share `t` of a gap of `steps` frames."""
    tension = steps / MEMORY
    return Ease(_leave(t, tension), -_leave(1 - t, tension))


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

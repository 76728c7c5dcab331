"""Which frames a window measures its own against."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

_REACH_PX: Final = 14.0
"""Wanted image motion over a window's shorter baseline: well above the noise of tracking, within
its grasp, and short enough that nearby things do not hide each other."""
_LONGEST: Final = 4
"""Beats between neighbours."""
_WIDE_PX: Final = 48.0
_WIDEST: Final = 16
"""A slow warp hardly shows between near frames: the second look reaches up to 16 beats to either
side, as long as patches stay alike (5 % of the width)."""
FEWEST: Final = 3
"""Neighbours that a window needs: with two, one inverse depth a point explains too much."""

Baseline = Literal["near", "wide"]
BASELINES: Final[tuple[Baseline, ...]] = ("near", "wide")


def neighbours(at: int, pace: np.ndarray, baseline: Baseline, beat: int = 1) -> list[int]:
    """Neighbours of a frame, in order; none where there are too few.

    Args:
        at: The frame.
        pace: Image speed from each frame to the next, px at working size; one fewer than frames.
        baseline: How far away they are looked for.
        beat: Frames in a thirtieth of a second.
    """
    around = _near if baseline == "near" else _wide
    found = around(at, len(pace) + 1, pace, beat)
    return found if len(found) >= FEWEST else []


def _near(at: int, frames: int, pace: np.ndarray, beat: int) -> list[int]:
    """Neighbours at one and two steps on both sides; the step suits the speed there."""
    last = frames - 1
    for step in range(min(_LONGEST * beat, at, last - at), 0, -1):
        around = [k for k in (at - 2 * step, at - step, at + step, at + 2 * step) if 0 <= k <= last]
        close = pace[at - step : at + step].mean() * step <= _REACH_PX
        if len(around) >= FEWEST and (close or step == 1):
            return around
    return []


def _wide(at: int, frames: int, pace: np.ndarray, beat: int) -> list[int]:
    """Neighbours far away on both sides, at the take's ends where those are nearer."""
    last = frames - 1
    for step in range(min(_WIDEST * beat, last // 2), _LONGEST * beat // 2, -1):
        low, high = max(0, at - step), min(last, at + step)
        if pace[low:high].mean() * step <= _WIDE_PX:
            less = (3 * step + 3) // 4
            places = {at - step, at - less, at + less, at + step}
            return sorted(k for k in places if 0 <= k <= last)
    return []

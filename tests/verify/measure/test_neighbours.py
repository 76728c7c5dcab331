"""Windows reach over time, not over frames."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from landfast.verify.measure.neighbours import BASELINES, Baseline, neighbours
from landfast.verify.measure.reel import beat


@pytest.mark.parametrize("baseline", BASELINES)
def test_at_twice_the_rate_windows_reach_as_long(baseline: Baseline) -> None:
    slow = neighbours(8, np.full(16, 3.0), baseline)
    fast = neighbours(16, np.full(32, 1.5), baseline, beat(Fraction(60)))
    assert fast == [2 * k for k in slow] != []


@pytest.mark.parametrize(("fps", "frames"), [(12, 1), (24, 1), (30, 1), (50, 2), (60, 2), (120, 4)])
def test_a_beat_is_a_thirtieth_of_a_second(fps: int, frames: int) -> None:
    assert beat(Fraction(fps)) == frames

"""How long a departure from the mean velocity lasts."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.generators.geometry.correspond import Side
from landfast.generators.geometry.easing import MEMORY, ease, memories_of

STEPS = 30


def side(last: float, earlier: float) -> Side:
    """A picture that moves 1 px a frame on average, and otherwise beside the gap."""

    def moved(way: float) -> np.ndarray:
        field = np.zeros((30, 40, 2), np.float32)
        field[..., 0] = way
        return field

    beside = -2 * (1 + last)
    return Side(
        moved(STEPS),
        np.ones((30, 40), np.float32),
        moved(beside - 2 * (1 + earlier)),
        4,
        moved(beside),
        2,
        np.float32([4, 4]),
    )


@pytest.mark.parametrize(
    ("last", "earlier", "kept"), [(2.0, 1.9, True), (2.0, -2.0, False), (0.05, -0.05, True)]
)
def test_what_earlier_frames_do_not_share_is_shake(last, earlier, kept):
    memories = memories_of((side(last, earlier), side(last, earlier)), STEPS)
    assert all((one == MEMORY) == kept for one in memories)
    assert kept or max(memories) < 2


def test_a_short_memory_still_leaves_with_the_velocity():
    step = 1e-4
    leave = ease(step, STEPS, (1.2, MEMORY)).leave
    assert leave / step == pytest.approx(1, abs=0.01)
    assert ease(0.5, STEPS, (1.2, MEMORY)).leave < ease(0.5, STEPS).leave

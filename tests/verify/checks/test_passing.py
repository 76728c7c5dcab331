"""How long something has to look like a ghost to be one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from landfast.verify import TakeFrames
from landfast.verify.checks.passing import ghosts, passing
from landfast.verify.measure.closeups import Between
from landfast.verify.measure.links import cells
from landfast.verify.measure.study import Study, study

SIZE = (160, 96)
LIMIT = 5.0
SHORT, LONG = 17, 33
"""Frames compared at every second, and at every fourth."""


def cell(levels: float) -> np.ndarray:
    field = np.zeros(cells(SIZE), np.float32)
    field[6, 9] = levels
    return field


def stood(frames: int) -> Study:
    """A take of still frames."""
    still = np.random.default_rng(3).integers(0, 255, (*SIZE[::-1], 3), np.uint8)
    return study(TakeFrames([still] * frames, Fraction(30)), still, still, None)


def told(mixed: list[float], faded: float = 0.0, frames: int = SHORT) -> float:
    """The greatest ratio in a take where one cell is so far a mixture."""
    shape, made = cells(SIZE), stood(frames)
    blank, found = cell(0.0), made.take.closeups
    vars(found)["between"] = tuple(
        Between(2 + found.step * n, blank, blank, cell(levels), cell(faded * (n == 3)))
        for n, levels in enumerate(mixed)
    )
    spots = ghosts(made, lambda at: np.full(shape, LIMIT, np.float32))
    return max(float(field.max()) for field in spots.ratio)


def test_a_quarter_of_a_second_over_the_limit_is_a_ghost() -> None:
    assert told([0, 6, 6, 6, 6, 6, 0]) == pytest.approx(6 / LIMIT)
    assert told([0, 6, 6, 6, 6, 0, 0]) < 1


def test_what_is_half_faded_for_a_moment_is_one_if_it_is_far_over_it() -> None:
    assert told([0, 0, 9, 9, 0, 0, 0]) > 1.1
    assert told([0, 0, 9, 0, 9, 0, 9]) == 0


def test_longer_takes_have_more_moments() -> None:
    assert told([0, 0, 8.5, 8.5, 0, 0, 0]) > 1
    assert told([0, 0, 8.5, 8.5, 0, 0, 0], frames=LONG) < 1


def test_larger_patches_tell_in_a_single_frame() -> None:
    assert told([0.0] * 7, faded=11) == pytest.approx(1.1)


def foreign(fine: list[float], monkeypatch: pytest.MonkeyPatch) -> float:
    """The greatest ratio in a take where one cell differs so far from both ends at every second
    frame, and where every fourth is compared at first."""
    monkeypatch.setattr("landfast.verify.checks.passing.once_more", lambda _, one, doubted: one)
    made, blank = stood(2 * len(fine) + 3), cell(0.0)
    series = tuple(
        Between(2 + 2 * n, cell(levels), cell(levels), blank, blank)
        for n, levels in enumerate(fine)
    )
    vars(made.take.closeups).update(between=series[::2], finer=series, ends=(blank, blank))
    usual, limit = (np.full(cells(SIZE), value, np.float32) for value in (1.0, LIMIT))
    spots = passing(made, lambda _: usual, lambda _: limit)
    assert spots is not None
    assert spots.at == tuple(one.at for one in series[::2])
    return max(float(field.max()) for field in spots.ratio)


def test_what_is_there_for_a_quarter_of_a_second_is_found_whenever_it_comes(monkeypatch) -> None:
    assert foreign([0, 0, 0, 9, 9, 9, 9, 9, 0, 0, 0], monkeypatch) == pytest.approx(9 / LIMIT)
    assert foreign([0, 0, 9, 9, 9, 9, 9, 0, 0, 0, 0], monkeypatch) == pytest.approx(9 / LIMIT)
    assert foreign([0, 0, 0, 0, 9, 9, 9, 9, 0, 0, 0], monkeypatch) == 0

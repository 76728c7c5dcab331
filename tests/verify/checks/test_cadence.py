"""Film shown at another rate repeats frames evenly; a take that stops or stutters does not."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from landfast.verify import FootageFrames, TakeFrames
from landfast.verify.checks.cadence import cadence
from landfast.verify.checks.motion import check_motion
from landfast.verify.checks.stops import stops
from landfast.verify.measure.study import Study, study

FRAMES, BESIDE, RATE = 21, 10, Fraction(60)


def panned(shot, pictures: list[int]) -> list[np.ndarray]:
    """A pan of 2 px a picture, with the pictures that frames show."""
    out = []
    for number in pictures:
        move = np.array([[1, 0, -2.0 * number], [0, 1, 0]])
        seen = cv2.warpAffine(shot.frames[0], move, (640, 360), flags=cv2.INTER_LANCZOS4)
        out.append(seen[40:-40, 40:-120])
    return out


def shown(rate: float, frames: int = FRAMES) -> list[int]:
    return [int(rate * k + 0.3) for k in range(frames)]


def alone(shot, pictures: list[int]) -> Study:
    made = panned(shot, pictures)
    return study(TakeFrames(made, RATE), made[0], made[-1], None)


@pytest.mark.parametrize("rate", [24 / 30, 16 / 30, 30 / 60, 24 / 60])
def test_film_shown_at_another_rate_neither_stops_nor_stutters(shot, rate: float) -> None:
    made = alone(shot, shown(rate))
    assert cadence(made.take.links).even
    assert {one.state for one in check_motion(made).findings} <= {"pass", "unknown"}


def test_one_repeat_may_be_lacking(shot) -> None:
    pictures = [k + (k > 4) for k in shown(1 / 2)]
    assert stops(alone(shot, pictures))[0].state == "pass"


@pytest.mark.parametrize(
    "repeated",
    [
        pytest.param([1, 3, 5, 9, 12, 15, 17, 19], id="unevenly"),
        pytest.param([1, 3, 5, 7, 8, 9, 11, 13, 15, 17, 19], id="three in a row"),
        pytest.param([k for k in range(1, FRAMES) if k % 4], id="four alike"),
    ],
)
def test_uneven_repeats_and_stops_fail(shot, repeated: list[int]) -> None:
    pictures = np.cumsum([k not in repeated for k in range(FRAMES)])
    assert stops(alone(shot, pictures.tolist()))[0].state == "fail"


@pytest.mark.parametrize(
    ("rate", "state"), [(24 / 60, "pass"), (1.0, "fail")], ids=["as the take", "unlike the take"]
)
def test_footage_tells_how_many_frames_may_be_alike(shot, rate: float, state: str) -> None:
    every = panned(shot, shown(rate, FRAMES + 2 * BESIDE))
    take = every[BESIDE:-BESIDE]
    if rate == 1:
        first = BESIDE
        take = panned(shot, [first + k for k in shown(24 / 60)])
    beside = FootageFrames(every[:BESIDE], every[-BESIDE:], RATE)
    made = study(TakeFrames(take, RATE), take[0], take[-1], beside)
    assert stops(made)[0].state == state


@pytest.mark.parametrize(
    ("goes", "state"),
    [
        pytest.param(lambda k: int(0.8 * k), "pass", id="converted"),
        pytest.param(lambda k: int(0.8 * k + 0.99), "pass", id="converted, a repeat at the join"),
        pytest.param(lambda k: int(0.4 * k), "fail", id="converted and at half the speed"),
        pytest.param(lambda k: min(max(k, 1), FRAMES - 2), "fail", id="each end held for a frame"),
    ],
)
def test_repeats_of_a_conversion_are_no_part_of_velocity(shot, goes, state: str) -> None:
    start = BESIDE - 1
    pictures = [start + goes(k) for k in range(FRAMES)]
    before = panned(shot, list(range(BESIDE)))
    after = panned(shot, [pictures[-1] + k for k in range(BESIDE)])
    made = panned(shot, pictures)
    beside = FootageFrames(before[:-1], after[1:], RATE)
    found = check_motion(study(TakeFrames(made, RATE), made[0], made[-1], beside)).findings
    assert {one.part: one.state for one in found}["joins"] == state

"""Windows of real frames that cover a fault: how wide, how fast, and never backwards."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landfast.model.measured import Anchor
from landfast.model.plan import Generate, Retime
from landfast.planning.retiming import (
    BOUNDS,
    Sides,
    Stretch,
    clock,
    rooms_of,
    sides_of,
    stretch,
    widened,
)
from planning.footage import fault, planned, span, steady_clip, table_of

CLIP = steady_clip(300)
FPS = Fraction(30)


def sides(missing: int, before: int = 30, after: int = 30) -> Sides:
    return Sides(left=100, right=101 + missing, before=before, after=after)


def retime_of(width: int, missing: int, hop: Any) -> Retime:
    """A window around frames 101 … 100 + missing."""
    start, left, right = 100 - width, 100, 101 + missing

    def anchor(at: int) -> Anchor:
        return Anchor(time=CLIP.time_of(at), image=f"image {at}", score=1, reason="")

    return Retime(
        start=anchor(start),
        left=CLIP.time_of(left),
        right=CLIP.time_of(right),
        end=anchor(right + width),
        hop=Fraction(hop),
        slowest=0.5,
        fastest=2,
    )


def test_lost_frames_need_no_other_speed() -> None:
    assert stretch(5.0, sides(4), fps=FPS) == Stretch(0, 1.0, 1.0)


def test_a_stall_is_covered_by_the_frames_around_it_slowed_no_further_than_needed() -> None:
    found = stretch(1.0, sides(4), fps=FPS)
    assert isinstance(found, Stretch)
    assert 2 / 3 <= found.slowest < 0.7
    narrow = stretch(1.0, sides(4, before=6), fps=FPS)
    assert isinstance(narrow, Stretch)
    assert narrow.width == 6
    assert BOUNDS[0] <= narrow.slowest < 2 / 3


def test_a_leap_is_spread_over_the_frames_around_it() -> None:
    found = stretch(4.0, sides(0), fps=FPS)
    assert isinstance(found, Stretch)
    assert found.width > 0
    assert 1 < found.fastest <= 3 / 2


@pytest.mark.parametrize(
    ("hop", "missing", "before", "words"),
    [
        (7.0, 6, 30, "7.0 of its own steps"),
        (1.0, 12, 30, "of their speed"),
        (1.0, 4, 1, "of their speed"),
        (3.0, 0, 0, "too few good real frames"),
    ],
)
def test_what_cannot_be_covered_says_why(hop: float, missing: int, before: int, words: str) -> None:
    found = stretch(hop, sides(missing, before), fps=FPS)
    assert isinstance(found, str)
    assert words in found


@given(
    width=st.integers(0, 15),
    missing=st.integers(0, 12),
    hop=st.fractions(Fraction(1, 10), 6, max_denominator=1000),
)
def test_the_clock_runs_forward_from_end_to_end(width: int, missing: int, hop: Fraction) -> None:
    if width + missing == 0:
        return
    length = 2 * width + missing + 1
    if not 0 <= 2 * (2 * width + hop) / length - 1 <= 4:
        return
    (before, after), places = clock(retime_of(width, missing, hop), CLIP)
    assert (before, after) == (range(100 - width, 101), range(101 + missing, 102 + missing + width))
    assert len(places) == length + 1
    assert (places[0], places[-1]) == (0, len(before) + len(after) - 1)
    assert all(a <= b for a, b in itertools.pairwise(places))


def test_speed_is_the_footages_own_at_both_ends() -> None:
    _, places = clock(retime_of(12, 4, 1), CLIP)
    steps = [float(b - a) for a, b in itertools.pairwise(places)]
    assert steps[0] == pytest.approx(1, abs=0.01)
    assert steps[-1] == pytest.approx(1, abs=0.01)
    assert min(steps) == pytest.approx(2 * 25 / 29 - 1, abs=0.02)


def test_the_window_takes_the_place_of_the_segments_own_span() -> None:
    (segment,) = planned(CLIP, replace=[span(Fraction(101, 30), Fraction(105, 30))]).generated
    wide = widened(segment, retime_of(5, 4, 1), CLIP)
    assert (wide.frames, wide.name) == (16, segment.name)
    assert (wide.start.image, wide.end.image) == ("image 95", "image 110")
    assert wide.span == span(Fraction(96, 30), Fraction(110, 30))
    ends = [one.image for one in wide.constraints if one.kind == "endpoint"]
    assert ends == ["image 95", "image 110"]
    assert len(wide.constraints) == len(segment.constraints)
    eased = [one.kind for one in wide.constraints if one.strength == "preferred"]
    assert eased == ["persistence"]


def found_sides(segment: Generate, *, avoid: frozenset[int] = frozenset(), **columns: Any):
    return sides_of(
        segment,
        table_of(CLIP, **columns),
        CLIP,
        shots=[range(300)],
        avoid=avoid,
        room=range(60, 240),
    )


def segment_with(kind: str, start: int, stop: int) -> Generate:
    (segment,) = planned(CLIP, replace=[span(Fraction(start, 30), Fraction(stop, 30))]).generated
    return segment.model_copy(update={"replaces": (fault(CLIP, range(start, stop), kind),)})


def test_good_frames_reach_to_the_next_fault_or_segment() -> None:
    found = found_sides(segment_with("flash", 101, 104), avoid=frozenset({80, 101, 102, 103}))
    assert found == Sides(100, 104, 19, 135)


def test_a_jump_lies_between_two_good_frames() -> None:
    motion = np.full(300, 2.0, np.float32)
    motion[104] = 30
    found = found_sides(segment_with("jump", 99, 111), motion_px=motion)
    assert isinstance(found, Sides)
    assert (found.left, found.right, found.missing) == (104, 105, 0)


def test_a_freeze_takes_in_the_repeats_that_a_key_frame_hid() -> None:
    motion = np.full(300, 2.0, np.float32)
    motion[100:106] = 0.1
    found = found_sides(segment_with("frozen", 103, 106), motion_px=motion)
    assert isinstance(found, Sides)
    assert (found.left, found.right) == (100, 107)


def test_several_faults_and_long_ones_are_not_covered() -> None:
    one = segment_with("flash", 101, 104)
    other = fault(CLIP, range(120, 125), "flash")
    two = one.model_copy(update={"replaces": (*one.replaces, other)})
    assert "several faults" in str(found_sides(two))
    assert "more than the real ones" in str(found_sides(segment_with("blurred", 101, 130)))


def test_neighbours_share_the_frames_between_them() -> None:
    both = planned(CLIP, replace=[span(2, 3), span(6, 7)]).generated
    first, second = rooms_of(both, CLIP).values()
    assert (first.start, second.stop) == (0, 300)
    assert first.stop == second.start == 134
    assert rooms_of((), CLIP) == {}

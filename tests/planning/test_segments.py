"""Frame-exact spans, and plans that cover any clip exactly."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landfast.errors import InputError
from landfast.model.clip import Clip
from landfast.model.plan import Keep, Plan
from landfast.model.time import Span
from landfast.planning.segments import between, frames_of, inside, merged, rate
from landfast.planning.unusable import sound_runs
from planning.footage import (
    clip_of,
    fault,
    gap_of,
    planned,
    shots_of,
    span,
    steady_clip,
    table_of,
)

RATES = [Fraction(24), Fraction(30000, 1001), Fraction(25), Fraction(60000, 1001)]


@st.composite
def clips(draw: st.DrawFn) -> Clip:
    """Clips of constant and of variable rate."""
    frames = draw(st.integers(1, 150))
    if draw(st.booleans()):
        return steady_clip(frames, draw(st.sampled_from(RATES)))
    steps = draw(st.lists(st.integers(1, 90), min_size=frames, max_size=frames))
    ticks = [0, *itertools.accumulate(steps)]
    return clip_of(ticks[:-1], ticks[-1], Fraction(1, 600))


@st.composite
def spans_in(draw: st.DrawFn, clip: Clip) -> Span:
    """Any span within the clip, off the frames' edges too."""
    start = draw(st.integers(0, 9999))
    stop = draw(st.integers(start + 1, 10000))
    return span(clip.duration * start / 10000, clip.duration * stop / 10000)


def check_cover(plan: Plan, clip: Clip) -> None:
    """Segments meet, cover the clip, and lie on frames' edges with their counts right."""
    edges = {clip.time_of(at) for at in range(clip.frames + 1)}
    position = Fraction(0)
    for segment in plan.segments:
        assert segment.span.start == position
        position = segment.span.stop
        assert {segment.span.start, segment.span.stop} <= edges
    assert position == clip.duration
    for left, right in itertools.pairwise(plan.segments):
        assert isinstance(left, Keep) != isinstance(right, Keep), "generated spans never touch"
    for segment in plan.generated:
        assert segment.frames == len(clip.indices_in(segment.span)) + 2
        start, end = clip.index_at(segment.start.time), clip.index_at(segment.end.time)
        assert end - start + 1 == segment.frames
        assert clip.time_of(start + 1) == segment.span.start
        assert segment.end.time == segment.span.stop
        assert segment.start.image == f"image {start}"
        assert segment.end.image == f"image {end}"


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_chosen_spans_are_replaced_to_the_last_frame_and_the_rest_covered(
    data: st.DataObject,
) -> None:
    clip = data.draw(clips())
    chosen = data.draw(st.lists(spans_in(clip), min_size=1, max_size=4))
    plan = planned(clip, replace=chosen)
    check_cover(plan, clip)
    gone = {at for one in plan.generated for at in clip.indices_in(one.span)}
    refused = {at for one in plan.refusals for at in clip.indices_in(one.span)}
    asked = {at for one in chosen for at in frames_of(one, clip)}
    assert asked <= gone | refused
    assert not gone & refused
    for one in plan.refusals:
        assert "clip" in one.reason


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_detected_faults_never_stay_unless_refused_and_anchors_are_clean(
    data: st.DataObject,
) -> None:
    clip = data.draw(clips())
    places = data.draw(st.lists(spans_in(clip), min_size=0, max_size=5))
    faults = [fault(clip, frames_of(place, clip)) for place in places]
    states = data.draw(st.lists(st.sampled_from(["bridgeable", "too wide"]), min_size=7))

    def measure(start: int, end: int) -> object:
        return gap_of(states[(start * 31 + end) % len(states)])

    cuts = data.draw(st.sets(st.integers(1, max(1, clip.frames - 1)), max_size=2))
    shots = shots_of(clip, *sorted(cut for cut in cuts if cut < clip.frames))
    table = table_of(clip)
    plan = planned(clip, faults, measure=measure, shots=shots, table=table)
    check_cover(plan, clip)
    # Frames of a fault that are good themselves may hold both halves of a gap that is too wide.
    sound = {at for run in sound_runs(table, clip, shots, faults) for at in run}
    bad = {at for place in places for at in frames_of(place, clip)} - sound
    gone = {at for one in plan.generated for at in clip.indices_in(one.span)}
    refused = {at for one in plan.refusals for at in clip.indices_in(one.span)}
    assert bad <= gone | refused
    for one in plan.generated:
        assert clip.index_at(one.start.time) not in bad
        assert clip.index_at(one.end.time) not in bad
        assert one.gap.state == "bridgeable"


def test_chosen_frames_are_exactly_those_that_start_within_the_span() -> None:
    clip = steady_clip(120, Fraction(30000, 1001))
    plan = planned(clip, replace=[span("1.5", "2.5")])
    (segment,) = plan.generated
    # 1.5 s lies within frame 44 (1.468-1.502), which is kept; frame 74 starts at 2.469.
    assert clip.indices_in(segment.span) == range(45, 75)
    assert segment.frames == 32
    assert segment.fps == Fraction(30000, 1001)


def test_a_span_within_one_frame_replaces_that_frame() -> None:
    clip = steady_clip(40, 25)
    (segment,) = planned(clip, replace=[span("0.41", "0.42")]).generated
    assert clip.indices_in(segment.span) == range(10, 11)
    assert segment.frames == 3


def test_spans_that_touch_or_nearly_touch_become_one() -> None:
    clip = steady_clip(200, 25)
    touching = planned(clip, replace=[span(1, 2), span(2, 3)])
    assert [one.span for one in touching.generated] == [span(1, 3)]
    near = planned(clip, replace=[span(1, 2), span("2.12", 3)])
    assert [one.span for one in near.generated] == [span(1, 3)]
    assert len(near.generated[0].replaces) == 2
    apart = planned(clip, replace=[span("2.16", 3), span(1, 2)])
    assert [one.span for one in apart.generated] == [span(1, 2), span("2.16", 3)]
    assert [one.name for one in apart.generated] == ["gap_0010", "gap_0020"]


@pytest.mark.parametrize("bad", [span(4, 5), span("3.9", "4.1"), span(7, 8)])
def test_a_span_outside_the_clip_is_refused_with_span_and_duration(bad: Span) -> None:
    clip = steady_clip(100, 25)
    with pytest.raises(InputError) as caught:
        planned(clip, replace=[bad])
    assert str(bad) in str(caught.value)
    assert "4.000 s" in str(caught.value)
    assert "coast.mp4" in str(caught.value)


def test_a_duration_rounded_to_milliseconds_is_within_the_clip() -> None:
    clip = steady_clip(362, Fraction(30000, 1001))
    assert clip.duration < Fraction("12.079")
    assert inside(span(11, "12.079"), clip).stop == clip.duration


def test_rate_is_the_cameras_where_time_stamps_are_rounded() -> None:
    exact = steady_clip(300, Fraction(30000, 1001))
    assert rate(10, 40, exact) == Fraction(30000, 1001)
    ticks = [round(at * 1001 / 30) for at in range(301)]
    rounded = clip_of(ticks[:-1], ticks[-1], Fraction(1, 1000))
    assert rate(10, 40, rounded) == Fraction(30000, 1001)
    odd = steady_clip(300, Fraction(17))
    assert rate(0, 9, odd) == 17


def test_rate_of_a_variable_clip_is_local() -> None:
    ticks = [*range(0, 100, 10), *range(100, 1000, 20)]
    clip = clip_of(ticks, 1000, Fraction(1, 600))
    assert clip.vfr
    assert rate(0, 5, clip) == 60
    assert rate(20, 30, clip) == 30
    assert between(19, 21, clip) == span(Fraction(300, 600), Fraction(320, 600))


def test_merged_groups_runs_by_distance() -> None:
    runs = [range(10, 12), range(0, 5), range(4, 8), range(20, 21)]
    assert merged(runs, closer_than=3) == ((range(0, 8), range(10, 12)), (range(20, 21),))
    assert merged([], closer_than=3) == ()

"""Footage on a model's control grid."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landfast.errors import InputError, Unsupported
from landfast.model.controls import Convention
from landfast.model.profile import FrameRule
from landfast.planning.control_grid import (
    anchored_frames,
    control_frames,
    control_gap,
    control_grid,
    longest,
)
from planning.footage import clip_of, span, steady_clip

OWN = Convention(name="", title="own", container="mkv")


def vace(**fields: Any) -> Convention:
    values: dict[str, Any] = {
        "name": "vace",
        "title": "for tests",
        "size_multiple": 16,
        "sizes": ((832, 480), (1280, 720)),
        "fps": Fraction(16),
        "frame_rule": FrameRule(step=4, offset=1, least=5, most=241),
        "latent_frames": 4,
    }
    return Convention(**{**values, **fields})


LTX = vace(
    name="ltx",
    size_multiple=32,
    sizes=(),
    fps=Fraction(24),
    frame_rule=FrameRule(step=8, offset=1, least=9),
    latent_frames=8,
)


def test_five_seconds_are_81_frames_at_exactly_16_a_second():
    clip = steady_clip(400, Fraction(30000, 1001))
    frames = control_frames(clip, span(2, 7), vace())
    assert len(frames) == 81
    assert frames[0].time == clip.time_of(clip.index_at(Fraction(2))) <= 2
    steps = {b.time - a.time for a, b in itertools.pairwise(frames)}
    assert steps == {Fraction(1, 16)}
    assert frames[-1].time <= 7
    half = Fraction(1001, 60000)
    for frame in frames:
        assert abs(frame.source_time - frame.time) <= half
        assert frame.source_time == clip.time_of(frame.source_index)


@given(st.integers(30, 400), st.integers(0, 300), st.sampled_from([vace(), LTX]))
def test_counts_keep_the_rule_and_fit_the_span(hundredths: int, start: int, convention: Convention):
    clip = steady_clip(300, 25)
    begin = Fraction(start, 100)
    wanted = span(begin, begin + Fraction(hundredths, 100))
    try:
        frames = control_frames(clip, wanted, convention)
    except Unsupported:
        assert wanted.duration < Fraction(convention.frame_rule.least - 1) / convention.fps + 1
        return
    step = convention.frame_rule.step
    assert len(frames) % step == 1
    assert frames[-1].time <= wanted.stop
    # Not one step more would have fitted.
    assert frames[-1].time + step / convention.fps > wanted.stop


def test_own_grid_keeps_the_frames_and_times_of_variable_rate_footage():
    ticks = [0, 40, 85, 120, 240, 280, 320]
    clip = clip_of(ticks, 360, Fraction(1, 1000))
    frames = control_frames(clip, span(0, "0.3"), OWN)
    assert [frame.source_index for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert [frame.time for frame in frames] == [Fraction(tick, 1000) for tick in ticks[:6]]


def test_variable_rate_footage_is_read_by_its_times_not_its_frame_numbers():
    clip = clip_of([0, 10, 20, 30, 1000, 1500], 2000, Fraction(1, 1000))
    frames = control_frames(clip, span(0, 2), vace(fps=Fraction(4)))
    assert [frame.source_index for frame in frames] == [0, 3, 3, 4, 4, 4, 5, 5, 5]


@pytest.mark.parametrize(
    ("begin", "end", "error", "words"),
    [
        ("9.5", "11", InputError, "lasts 10.000 s"),
        (11, 12, InputError, "lasts 10.000 s"),
        (1, "1.2", Unsupported, "at least 5 are needed; give a span of at least 0.250 s"),
    ],
)
def test_spans_that_cannot_be_taken(begin: Any, end: Any, error: type[Exception], words: str):
    with pytest.raises(error, match=words):
        control_frames(steady_clip(300), span(begin, end), vace())


def test_too_long_for_the_model_says_how_long_it_may_be():
    with pytest.raises(Unsupported, match=r"at most 241 frames at 16.*at most 15.000 s"):
        control_frames(steady_clip(900), span(2, 20), vace())
    assert len(control_frames(steady_clip(900), span(2, 17), vace())) == 241


def test_too_long_for_memory_is_refused_on_the_footages_own_grid():
    with pytest.raises(InputError, match="at most 600 are measured at once"):
        control_frames(steady_clip(4000), span(0, 100), OWN)


def test_fixed_lengths_count_from_first_frame_to_last():
    luma = vace(fps=Fraction(24), frame_rule=FrameRule(), durations_s=(Fraction(5), Fraction(10)))
    clip = steady_clip(600)
    assert len(control_frames(clip, span(1, 8), luma)) == 121
    with pytest.raises(Unsupported, match=r"at least 5\.000 s"):
        control_frames(clip, span(1, 4), luma)
    with pytest.raises(Unsupported, match=r"at most 10\.000 s"):
        control_frames(clip, span(1, 13), luma)


def test_longest_is_the_other_side_of_fit():
    rule = FrameRule(step=4, offset=1, least=5, most=81)
    assert [longest(rule, n) for n in (4, 5, 8, 9, 84, 200)] == [None, 5, 5, 9, 81, 81]


def test_a_take_on_the_footages_own_rate_goes_frame_by_frame():
    clip = clip_of([0, 40, 85, 120, 240], 280, Fraction(1, 1000))
    frames = anchored_frames(clip, 1, 4, 4)
    assert [frame.source_index for frame in frames] == [1, 2, 3, 4]
    frames = anchored_frames(clip, 1, 4, 3)
    assert [frame.time for frame in frames] == [Fraction(x, 1000) for x in (40, 140, 240)]


@pytest.mark.parametrize(
    ("size", "expected", "crop"),
    [
        ((854, 480), (832, 480), (11, 0, 832, 480)),
        ((1920, 1080), (1280, 720), (0, 0, 1920, 1080)),
        ((3840, 2160), (1280, 720), (0, 0, 3840, 2160)),
        ((1080, 1920), (720, 1280), (0, 0, 1080, 1920)),
        ((1440, 1080), (1280, 720), (0, 135, 1440, 810)),
        ((320, 180), (832, 480), (4, 0, 312, 180)),
    ],
)
def test_known_sizes_are_filled_by_cropping(size, expected, crop):
    clip = steady_clip(60, width=size[0], height=size[1])
    grid = control_grid(clip, 17, vace())
    assert (grid.width, grid.height) == expected
    assert grid.crop == crop


def test_without_known_sizes_the_footage_is_cut_to_the_multiple():
    grid = control_grid(steady_clip(60, width=854, height=480), 17, LTX)
    assert (grid.width, grid.height) == (832, 480)
    assert grid.crop == (11, 0, 832, 480)


def test_pixels_that_are_not_square_are_made_so():
    clip = steady_clip(60, width=720, height=576, sample_aspect=Fraction(64, 45))
    grid = control_grid(clip, 17, vace())
    width, height = grid.crop[2:]
    assert grid.width / grid.height == pytest.approx(width * 64 / 45 / height, rel=2e-3)
    turned = steady_clip(60, width=576, height=720, rotation=90, sample_aspect=Fraction(64, 45))
    upright = control_grid(turned, 17, vace())
    assert upright.height > upright.width


def test_the_own_grid_is_the_whole_picture():
    grid = control_grid(steady_clip(60, width=853, height=481), 17, OWN)
    assert (grid.width, grid.height, grid.crop) == (853, 481, (0, 0, 853, 481))
    assert grid.fps is None


def test_sizes_off_the_multiple_are_refused():
    clip = steady_clip(60, width=1920, height=1080)
    with pytest.raises(Unsupported, match="multiples of 16, not 850x480; give 848x480"):
        control_grid(clip, 17, vace(), size=(850, 480))
    with pytest.raises(Unsupported, match="multiples of 32"):
        control_grid(steady_clip(60, width=40, height=24), 17, LTX)


def frames_of(count: int) -> Any:
    return control_frames(steady_clip(400, 32), span(1, 1 + Fraction(count - 1, 16)), vace())


def test_without_a_gap_all_but_the_ends_is_generated():
    gap = control_gap(frames_of(81), span(1, 6), vace(), None)
    assert (gap.start, gap.stop) == (1, 80)


@given(st.integers(0, 79), st.integers(1, 60))
def test_gaps_are_widened_to_whole_latents(first: int, length: int):
    frames = frames_of(81)
    last = min(first + length, 81)
    if first == 0 and last == 81:
        return
    asked = span(frames[0].time + Fraction(first, 16), frames[0].time + Fraction(last, 16))
    gap = control_gap(frames, span(1, Fraction(97, 16)), vace(), asked)
    assert gap.start <= first < last <= gap.stop
    assert first - gap.start < 4
    assert gap.stop - last < 4
    # Kept at the start: 4k + 1 frames. Kept at the end: whole latents, or what little there is.
    assert gap.start == 0 or gap.start % 4 == 1
    assert gap.stop % 4 == 1 or gap.stop == last
    assert (gap.stop < 81) == (last < 81)
    assert (gap.start > 0) == (first > 0)


@pytest.mark.parametrize(("begin", "end"), [(0, "0.5"), (7, 8), ("4.5", "5.2"), ("4.01", "4.03")])
def test_gaps_outside_the_span_are_refused(begin: Any, end: Any):
    with pytest.raises(
        InputError, match=r"of the frames of the span, .* give a gap inside 1\.000-5\.000"
    ):
        control_gap(frames_of(65), span(1, 5), vace(), span(begin, end))


def test_a_gap_must_leave_something_real():
    with pytest.raises(InputError, match="covers every frame"):
        control_gap(frames_of(17), span(1, "2.01"), vace(), span(1, "2.01"))

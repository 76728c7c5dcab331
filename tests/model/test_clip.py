"""Times and frames of a clip, against brute force."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from landfast.model.clip import Clip
from landfast.model.time import Span
from model.strategies import clips


@st.composite
def clip_and_times(draw: st.DrawFn) -> tuple[Clip, Fraction, Fraction]:
    """A clip and two times in order, on frames' edges as often as not."""
    clip = draw(clips())
    edges = st.integers(0, clip.frames).map(clip.time_of)
    anywhere = st.integers(0, 7000).map(lambda part: clip.duration * part / 6500)
    a, b = sorted(draw(st.lists(st.one_of(edges, anywhere), min_size=2, max_size=2, unique=True)))
    return clip, a, b


@settings(deadline=None)
@given(clip_and_times())
def test_frames_at_times_against_brute_force(given: tuple[Clip, Fraction, Fraction]) -> None:
    clip, a, b = given
    starts = [tick * clip.time_base for tick in clip.ticks]
    assert list(clip.indices_in(Span(start=a, stop=b))) == [
        at for at, start in enumerate(starts) if a <= start < b
    ]
    assert clip.index_at(a) == max(at for at, start in enumerate(starts) if start <= a)
    assert starts == [clip.time_of(at) for at in range(clip.frames)]
    assert clip.time_of(clip.frames) == clip.duration
    assert clip.index_at(Fraction(-1)) == 0
    assert clip.index_at(clip.duration + 5) == clip.frames - 1


@settings(deadline=None)
@given(clips())
def test_every_frame_is_on_screen_from_its_time_on(clip: Clip) -> None:
    for at in range(clip.frames):
        assert clip.index_at(clip.time_of(at)) == at
        middle = (clip.time_of(at) + clip.time_of(at + 1)) / 2
        assert clip.index_at(middle) == at
    assert clip.indices_in(clip.span) == range(clip.frames)
    assert clip.fps * clip.duration == clip.frames


def timed(ticks: list[int], end: int) -> Clip:
    """A clip with these time stamps in milliseconds."""
    return Clip.model_validate(
        {
            "content": "",
            "name": "a.mp4",
            "width": 4,
            "height": 4,
            "rotation": 0,
            "sample_aspect": 1,
            "codec": "h264",
            "pixel_format": "yuv420p",
            "bit_depth": 8,
            "colour": {},
            "time_base": Fraction(1, 1000),
            "start": 0,
            "ticks": ticks,
            "end_tick": end,
        }
    )


@pytest.mark.parametrize(
    ("ticks", "end"), [([], 1), ([1, 2], 3), ([0, 2, 2], 3), ([0, 3, 2], 4), ([0, 1], 1)]
)
def test_time_stamps_increase_from_zero(ticks: list[int], end: int) -> None:
    with pytest.raises(ValidationError):
        timed(ticks, end)


def test_rounded_time_stamps_are_no_variable_rate() -> None:
    rounded = [round(at * 1000 * 1001 / 30000) for at in range(60)]
    assert not timed(rounded, 2002).vfr
    assert timed([0, 33, 100, 133], 166).vfr
    assert not timed([0, 500], 1000).vfr

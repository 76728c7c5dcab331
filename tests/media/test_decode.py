"""One pass, or a seek: the same frames, times and pixels."""

from __future__ import annotations

import hashlib
import itertools
import tracemalloc
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landfast.media.decode import decode, read_index, still, stills
from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.model.time import Span

from .conftest import KARMA
from .footage import number_of, render

OPEN_GROUPS = {
    "bf": "3",
    "g": "10",
    "preset": "veryfast",
    "x264-params": "open-gop=1:scenecut=0:b-pyramid=normal",
}


@cache
def whole() -> tuple[Clip, tuple[tuple[int, Fraction, Fraction, str], ...]]:
    clip = probe(KARMA)
    return clip, tuple(
        (p.index, p.time, p.duration, hashlib.sha256(p.gray()).hexdigest())
        for p in decode(KARMA, clip)
    )


def test_one_pass_agrees_with_the_clip() -> None:
    clip, rows = whole()
    assert [row[0] for row in rows] == list(range(clip.frames))
    assert [row[1] for row in rows] == [clip.time_of(index) for index in range(clip.frames)]
    assert rows[-1][1] + rows[-1][2] == clip.duration


@settings(max_examples=12, deadline=None)
@given(first=st.integers(0, 361), count=st.integers(1, 25), threads=st.sampled_from([1, 2, 3]))
def test_a_span_is_a_cut_of_the_whole(first: int, count: int, threads: int) -> None:
    clip, rows = whole()
    stop = min(first + count, clip.frames)
    span = Span(start=clip.time_of(first), stop=clip.time_of(stop))
    part = [
        (p.index, p.time, p.duration, hashlib.sha256(p.gray()).hexdigest())
        for p in decode(KARMA, clip, span=span, threads=threads)
    ]
    assert part == list(rows[first:stop])


@pytest.mark.parametrize("shift", [0, -60])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_every_start_with_open_groups_and_edit_lists(
    codec: str, shift: int, tmp_path: Path
) -> None:
    hevc = {"preset": "ultrafast", "x265-params": "log-level=none:keyint=10:bframes=3:open-gop=1"}
    path = render(
        tmp_path / "clip.mp4",
        range(0, 1000, 20),
        codec=codec,
        options=OPEN_GROUPS if codec == "libx264" else hevc,
        shift=shift,
    )
    clip = probe(path)
    hidden = -shift // 20
    full = {p.index: p.gray().tobytes() for p in decode(path, clip)}
    assert clip.frames == 50 - hidden == len(full)
    for first in range(clip.frames):
        span = Span(start=clip.time_of(first), stop=clip.duration)
        picture = next(decode(path, clip, span=span))
        assert picture.index == first
        assert number_of(picture.gray()) == first + hidden
        assert picture.gray().tobytes() == full[first]


def test_a_picture_renewed_strip_by_strip_is_led_in_from_further_back(tmp_path: Path) -> None:
    options = {"x264-params": "keyint=12:intra-refresh=1:bframes=0"}
    path = render(tmp_path / "clip.mp4", range(0, 800, 20), options=options)
    clip = probe(path)
    assert len(read_index(path, clip).keys) > 2
    full = [p.gray().tobytes() for p in decode(path, clip)]
    for first in range(13, clip.frames, 5):
        span = Span(start=clip.time_of(first), stop=clip.duration)
        assert [p.gray().tobytes() for p in decode(path, clip, span=span)] == full[first:]


def test_stills_come_in_order_each_once(karma: Path, karma_clip: Clip) -> None:
    times = [Fraction(11), Fraction(1, 3), Fraction(1, 3) + Fraction(1, 1000), Fraction(12)]
    found = list(stills(karma, karma_clip, times))
    assert [p.index for p in found] == sorted({karma_clip.index_at(t) for t in times})
    assert all(p.time == karma_clip.time_of(p.index) for p in found)
    _, rows = whole()
    for picture in found:
        assert hashlib.sha256(picture.gray()).hexdigest() == rows[picture.index][3]


def test_still_is_the_frame_on_screen(karma: Path, karma_clip: Clip) -> None:
    middle = (karma_clip.time_of(100) + karma_clip.time_of(101)) / 2
    assert still(karma, karma_clip, middle).index == 100
    assert still(karma, karma_clip, karma_clip.time_of(100)).index == 100


def test_probes_by_itself(karma: Path) -> None:
    assert next(decode(karma)).index == 0


def test_memory_does_not_grow(karma: Path, karma_clip: Clip) -> None:
    tracemalloc.start()
    peaks = []
    for picture in itertools.islice(decode(karma, karma_clip), 200):
        picture.gray(320)
        if picture.index in (20, 199):
            peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000

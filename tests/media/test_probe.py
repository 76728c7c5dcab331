"""What a file shows, against a full decode and against how it was made."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from landfast.errors import InputError
from landfast.media.container import open_source
from landfast.media.decode import decode
from landfast.media.probe import probe, report
from landfast.media.scan import scan
from landfast.model.clip import Clip

from .footage import TICK, decoded_pts, number_of, render

REORDERED = {"bf": "3", "g": "12", "preset": "veryfast", "x264-params": "open-gop=1:scenecut=0"}


def test_bundled_clip(karma_clip: Clip, karma: Path) -> None:
    assert (karma_clip.width, karma_clip.height, karma_clip.frames) == (854, 480, 362)
    assert karma_clip.fps == Fraction(30000, 1001) and not karma_clip.vfr
    assert karma_clip.duration == Fraction(362 * 1001, 30000)
    assert karma_clip.colour.model_dump() == {
        "primaries": "bt709",
        "transfer": "bt709",
        "matrix": "bt709",
        "range": "full",
    }
    assert karma_clip.timecode == "19:26:48:04"
    assert [(a.codec, a.sample_rate, a.channels) for a in karma_clip.audio] == [("aac", 48000, 2)]
    assert decoded_pts(karma) == list(karma_clip.ticks)


def test_container_and_bitstream_are_kept_apart(karma: Path) -> None:
    account = report(karma)
    assert account["header"]["colour"]["range"] == "limited"
    assert account["scan"]["colour"]["range"] == "full"
    assert account["header"]["samples"] == account["frames"] == 362
    assert account["scan"]["assumed"] == {}
    wanted = "width height fps frames duration_s vfr rotation codec pixel_format transfer audio"
    assert {*wanted.split(), "timecode"} <= account.keys()
    assert account["fps"] == pytest.approx(29.97, abs=0.001)


@settings(max_examples=15, deadline=None)
@example(steps=[2, 32], codec=True)
@given(steps=st.lists(st.integers(2, 200), min_size=1, max_size=30), codec=st.booleans())
def test_variable_rate_is_exact(
    steps: list[int], codec: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ticks = [0, *itertools.accumulate(steps)]
    options = {**REORDERED, "g": "7"} if codec else {"bf": "0", "preset": "ultrafast"}
    path = tmp_path_factory.mktemp("vfr") / "clip.mp4"
    render(path, ticks, options=options, last=33)
    clip = probe(path)
    assert clip.time_base == TICK
    assert clip.ticks == tuple(ticks) and clip.end_tick == ticks[-1] + 33


def test_edit_list_hides_frames(tmp_path: Path) -> None:
    path = render(tmp_path / "clip.mp4", range(0, 800, 20), options=REORDERED, shift=-100)
    with open_source(path) as source:
        found = scan(source, path)
    assert found.hidden == 5 and len(found.ticks) == 35
    clip = probe(path)
    shown = [number_of(picture.gray()) for picture in decode(path, clip)]
    assert shown == list(range(5, 40))
    assert [tick + found.start for tick in found.ticks] == decoded_pts(path)
    assert report(path)["scan"]["hidden_frames"] == 5


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_rotation(degrees: int, tmp_path: Path) -> None:
    def turn(stream: Any) -> None:
        stream.set_display_rotation(-degrees)

    path = render(tmp_path / "clip.mp4", range(0, 100, 20), setup=turn)
    clip = probe(path)
    assert clip.rotation == degrees
    assert (clip.width, clip.height) == ((64, 96) if degrees in (90, 270) else (96, 64))


@pytest.mark.parametrize(("turn", "words"), [(45, "turned by 45"), (None, "mirrored")])
def test_odd_orientation_is_refused(turn: int | None, words: str, tmp_path: Path) -> None:
    def orient(stream: Any) -> None:
        stream.set_display_rotation(0 if turn is None else -turn, hflip=turn is None)

    path = render(tmp_path / "clip.mp4", range(0, 100, 20), setup=orient)
    with pytest.raises(InputError, match=words):
        probe(path)


def test_ten_bit_pq(tmp_path: Path) -> None:
    def tag(stream: Any) -> None:
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace = 9, 16, 9
        context.color_range = 1

    path = render(
        tmp_path / "clip.mp4",
        range(0, 100, 20),
        codec="libx265",
        pixel_format="yuv420p10le",
        options={"preset": "ultrafast", "x265-params": "log-level=none"},
        setup=tag,
    )
    clip = probe(path)
    assert (clip.codec, clip.pixel_format, clip.bit_depth) == ("hevc", "yuv420p10le", 10)
    assert clip.colour.transfer == "smpte2084" and clip.colour.matrix == "bt2020nc"
    assert clip.colour.primaries == "bt2020" and clip.colour.range == "limited"
    assert report(path)["transfer"] == "smpte2084"


def test_nothing_stated_stays_unknown_and_the_assumption_is_told(tmp_path: Path) -> None:
    path = render(tmp_path / "clip.mkv", range(0, 100, 20), codec="ffv1")
    account = report(path)
    assert account["transfer"] is None
    assert account["scan"]["colour"]["matrix"] is None
    assert account["scan"]["assumed"]["matrix"] == "smpte170m"


def test_pixel_shape(tmp_path: Path) -> None:
    def stretch(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)

    path = render(tmp_path / "clip.mp4", range(0, 100, 20), setup=stretch)
    assert probe(path).sample_aspect == Fraction(4, 3)


def test_start_on_the_files_clock(tmp_path: Path) -> None:
    path = render(tmp_path / "clip.mkv", range(0, 200, 20), shift=300, options={"bf": "0"})
    clip = probe(path)
    assert clip.start == Fraction(1, 2) and clip.ticks[0] == 0 and clip.frames == 10


@pytest.mark.parametrize("suffix", ["mkv", "mov", "avi", "ts", "nut"])
def test_other_containers_agree_with_decoding(suffix: str, tmp_path: Path) -> None:
    base = Fraction(1, 30)
    options = {"g": "10", "preset": "ultrafast", "bf": "0" if suffix == "avi" else "2"}
    path = render(tmp_path / f"clip.{suffix}", range(30), options=options, time_base=base, last=1)
    clip = probe(path)
    assert clip.frames == 30
    assert float(clip.duration) == pytest.approx(1, abs=0.01)
    assert [number_of(p.gray()) for p in decode(path, clip)] == list(range(30))


def test_stream_that_starts_in_the_middle_of_a_group(tmp_path: Path) -> None:
    path = render(
        tmp_path / "clip.ts", range(0, 90, 3), options=REORDERED, time_base=Fraction(1, 90)
    )
    whole = probe(path).frames
    path.write_bytes(path.read_bytes()[188 * 12 :])
    clip = probe(path)
    assert [tick + int(clip.start / clip.time_base) for tick in clip.ticks] == decoded_pts(path)
    assert sum(1 for _ in decode(path, clip)) == clip.frames < whole


def test_header_of_a_quicktime_file(tmp_path: Path) -> None:
    """QuickTime tracks hold two handler boxes."""
    path = render(tmp_path / "clip.mov", range(0, 200, 20))
    header = report(path)["header"]
    assert (header["samples"], header["width"], header["coding"]) == (10, 96, "avc1")


def test_other_tracks_do_not_disturb(karma: Path) -> None:
    """The bundled clip holds sound, timecode and two kinds of telemetry."""
    with av.open(str(karma)) as source:
        assert len(source.streams) == 5
    assert report(karma)["codec"] == "h264"

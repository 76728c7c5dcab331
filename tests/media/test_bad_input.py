"""Every kind of bad input: one clear line, exit code 2, no traceback from below, no crash."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from landfast.errors import InputError
from landfast.media.decode import decode, still
from landfast.media.probe import probe, report
from landfast.model.clip import Clip
from landfast.model.time import Span

from .footage import render, with_sound

CLOSED_GROUPS = {"g": "10", "bf": "0", "preset": "ultrafast"}


def make_missing(path: Path) -> None:
    """Nothing there."""


def make_empty(path: Path) -> None:
    path.touch()


def make_folder(path: Path) -> None:
    path.mkdir()


def make_text(path: Path) -> None:
    path.write_text("not a video, but a note about one\n" * 50)


def make_playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n")


def make_script(path: Path) -> None:
    """Names another file, which exists and could be read."""
    render(path.with_name("other.mkv"), range(0, 200, 20))
    path.write_text("ffconcat version 1.0\nfile other.mkv\n")


def make_noise(path: Path) -> None:
    path.write_bytes(bytes((i * i * 31 + i) % 251 for i in range(50000)))


def make_without_index(path: Path) -> None:
    """An MP4 whose index stands at the end, cut before it."""
    render(path, range(0, 600, 20))
    path.write_bytes(path.read_bytes()[:-1500])


def make_cut(path: Path) -> None:
    """An MP4 whose index stands first, cut in the middle of its pictures."""
    whole = path.with_name("whole.mp4")
    render(whole, range(0, 1200, 20), options=CLOSED_GROUPS)
    with (
        av.open(str(whole)) as source,
        av.open(str(path), "w", options={"movflags": "faststart"}) as output,
    ):
        track = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = track
                output.mux(packet)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    path.write_bytes(data[: len(data) * 2 // 3])
    whole.unlink()


def make_sound_only(path: Path) -> None:
    with_sound(path)


def make_frameless(path: Path) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", 30)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        output.start_encoding()


def make_huge(path: Path) -> None:
    path.write_bytes(b"YUV4MPEG2 W30000 H20000 F30:1 Ip A1:1 C420jpeg\nFRAME\n" + b"\x80" * 1000)


CASES: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (make_missing, "does not exist"),
    "empty": (make_empty, "is empty"),
    "folder": (make_folder, "is a folder"),
    "text": (make_text, "is text, not a video"),
    "playlist": (make_playlist, "is text, not a video"),
    "script": (make_script, "is text, not a video"),
    "noise": (make_noise, "is not a video"),
    "without index": (make_without_index, r"without a usable index \(moov\)"),
    "cut": (make_cut, r"is cut off: 1\.\d\d s of 2\.00 s of video can be read"),
    "sound only": (make_sound_only, r"has no video track \(only audio\)"),
    "frameless": (make_frameless, "holds no frames|no video track|no usable|without"),
    "huge": (make_huge, "30000x20000|not a video"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("reader", [probe, report])
def test_one_clear_line(case: str, reader: Callable[[Path], object], tmp_path: Path) -> None:
    make, words = CASES[case]
    path = tmp_path / "clip.mp4"
    make(path)
    with pytest.raises(InputError, match=words) as caught:
        reader(path)
    line = str(caught.value)
    assert "\n" not in line and line.startswith(f"{path}: ") and "; " in line
    assert caught.value.exit_code == 2 and caught.value.remedy


def test_not_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "clip.mp4").touch()
    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(InputError, match=r"clip\.mp4: may not be accessed; change its permissions"):
        probe(tmp_path / "clip.mp4")


@pytest.mark.parametrize("name", ["with space.mp4", "-o.mp4", "100%d.mp4", "a:b.mp4", "ü?#.mp4"])
def test_odd_names_are_files(
    name: str, karma: Path, karma_clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(karma, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert probe(Path(name)).ticks == karma_clip.ticks


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for make, _ in CASES.values():
        path = tmp_path / f"{make.__name__}.mp4"
        make(path)
        with pytest.raises(InputError):
            probe(path)
    out, err = capfd.readouterr()
    assert out == "" and err == ""


@pytest.mark.parametrize("span", ["-1/1", "12.1", "11-13"])
def test_span_outside(span: str, karma: Path, karma_clip: Clip) -> None:
    bounds = {"-1/1": (-1, 1), "12.1": ("12.1", "12.2"), "11-13": (11, 13)}[span]
    wanted = Span(start=Fraction(bounds[0]), stop=Fraction(bounds[1]))
    with pytest.raises(InputError, match=r"lasts 12\.079 s.*lies outside"):
        list(decode(karma, karma_clip, span=wanted))


@pytest.mark.parametrize("time", [Fraction(-1), Fraction(13), "end"])
def test_still_outside(time: Fraction | str, karma: Path, karma_clip: Clip) -> None:
    wanted = karma_clip.duration if isinstance(time, str) else time
    with pytest.raises(InputError, match="has no frame at"):
        still(karma, karma_clip, wanted)


def test_span_between_two_frames(karma: Path, karma_clip: Clip) -> None:
    with pytest.raises(InputError, match="starts no frame"):
        decode(karma, karma_clip, span=Span(start=Fraction(1, 100), stop=Fraction(2, 100)))


def test_file_that_lost_frames_since_probing(tmp_path: Path) -> None:
    path = render(tmp_path / "clip.mp4", range(0, 600, 20), options=CLOSED_GROUPS)
    clip = probe(path)
    render(path, range(0, 300, 20), options=CLOSED_GROUPS)
    with pytest.raises(InputError, match=r"is damaged at 0\.500 s"):
        list(decode(path, clip))


def test_size_that_changes_since_probing(tmp_path: Path) -> None:
    path = render(tmp_path / "clip.mp4", range(0, 600, 20))
    clip = probe(path)
    render(path, range(0, 600, 20), width=64)
    with pytest.raises(InputError, match="changes its picture size to 64x64"):
        list(decode(path, clip))


def test_damage_in_the_middle_never_crashes(tmp_path: Path) -> None:
    path = render(tmp_path / "clip.mp4", range(0, 1200, 20), options={"g": "10"})
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 200
    for at in range(start, start + 3000, 7):
        data[at] ^= 0x55
    path.write_bytes(data)
    try:
        clip = probe(path)
        count = sum(1 for _ in decode(path, clip))
    except InputError as error:
        assert "\n" not in str(error) and str(path) in str(error)
    else:
        assert count == clip.frames


def test_device_is_no_clip() -> None:
    with pytest.raises(InputError):
        probe(Path(os.devnull))

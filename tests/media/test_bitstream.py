"""Groups of pictures: which may be copied, and that a copy decodes to the same pixels."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from landfast.media.bitstream import groups, key_frames, opening, packets
from landfast.media.container import open_source
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.media.scan import scan
from landfast.model.clip import Clip

from .footage import number_of, render

CLOSED = {"g": "10", "bf": "3", "preset": "veryfast", "x264-params": "scenecut=0:open-gop=0"}
OPEN = CLOSED | {"x264-params": "scenecut=0:open-gop=1:b-adapt=0"}


def test_bundled_clip(karma: Path, karma_clip: Clip) -> None:
    assert key_frames(karma, karma_clip) == tuple(range(0, 362, 8))
    found = groups(karma, karma_clip)
    assert sum(group.packets for group in found) == 362
    assert [group.first for group in found[1:]] == [group.stop for group in found[:-1]]


def test_closed_groups_with_reordering(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", range(0, 1000, 20), options=CLOSED)
    assert key_frames(path, probe(path)) == (0, 10, 20, 30, 40)


def test_open_groups_are_not_offered(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", range(0, 1000, 20), options=OPEN)
    found = groups(path, probe(path))
    assert len(found) > 2 and [group.closed for group in found] == [True] + [False] * (
        len(found) - 1
    )
    assert any(group.first < group.index for group in found)


def test_key_frames_that_do_not_reset_the_decoder_are_not_offered(tmp_path: Path) -> None:
    options = OPEN | {"x264-params": "scenecut=0:open-gop=1"}
    path = render(tmp_path / "a.mp4", range(0, 1000, 20), options=options)
    found = groups(path, probe(path))
    assert all(group.first == group.index for group in found) and len(found) > 2
    assert [group.closed for group in found] == [True] + [False] * (len(found) - 1)


def test_group_cut_by_an_edit_list_is_not_offered(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", range(0, 1000, 20), options=CLOSED, shift=-60)
    assert key_frames(path, probe(path)) == (7, 17, 27, 37)


@pytest.mark.parametrize("suffix", ["mp4", "ts", "mkv"])
def test_start_codes_and_lengths(suffix: str, tmp_path: Path) -> None:
    path = render(tmp_path / f"a.{suffix}", range(0, 1000, 20), options=CLOSED)
    assert key_frames(path, probe(path)) == (0, 10, 20, 30, 40)


@pytest.mark.parametrize("is_open", [False, True])
def test_hevc(is_open: bool, tmp_path: Path) -> None:
    how = f"log-level=none:keyint=10:min-keyint=10:scenecut=0:bframes=3:open-gop={int(is_open)}"
    options = {"preset": "ultrafast", "x265-params": how}
    path = render(tmp_path / "a.mp4", range(0, 1000, 20), codec="libx265", options=options)
    keys = key_frames(path, probe(path))
    assert keys == ((0,) if is_open else (0, 10, 20, 30, 40))


def test_copied_packets_decode_alone_to_the_same_pixels(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", range(0, 1000, 20), options=CLOSED)
    clip = probe(path)
    whole = [picture.gray().tobytes() for picture in decode(path, clip)]
    part = tmp_path / "part.mp4"
    with av.open(str(path)) as source, av.open(str(part), "w") as output:
        track = output.add_stream_from_template(source.streams.video[0])
        for packet in packets(path, clip, range(10, 30)):
            packet.stream = track
            packet.pts -= clip.ticks[10]
            packet.dts -= clip.ticks[10]
            output.mux(packet)
    copied = list(decode(part))
    assert [number_of(picture.gray()) for picture in copied] == list(range(10, 30))
    assert [picture.gray().tobytes() for picture in copied] == whole[10:30]


SIZE = {"width": 640, "height": 480}
OPENED = [
    ("a.mp4", "yuv420p", {"x264-params": "slices=4"}),
    ("a.mkv", "yuv422p10le", {"x264-params": "colorprim=bt2020:colormatrix=bt2020nc:range=full"}),
    ("a.mp4", "yuv420p", {"flags": "+ildct+ilme", "x264-params": "tff=1"}),
]


@pytest.mark.parametrize(("name", "pixel_format", "options"), OPENED)
def test_an_opening_tells_what_the_whole_packet_tells(
    name: str,
    pixel_format: str,
    options: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / name
    options = options | {"qp": "4"}
    ticks = range(0, 60, 20)
    render(path, ticks, pixel_format=pixel_format, options=options, width=640, height=480)
    with open_source(path, threads=1, look="headers") as source:
        packet = next(source.container.demux(source.video))
        assert opening(packet, source.video).size < packet.size
        source.container.seek(0)
        short = scan(source, path)
    monkeypatch.setattr("landfast.media.scan.opening", lambda packet, _: packet)
    with open_source(path, threads=1, look="headers") as source:
        assert scan(source, path) == short

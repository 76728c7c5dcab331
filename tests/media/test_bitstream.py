"""What is read out of a part of a packet."""

from pathlib import Path

import pytest

from landfast.media.bitstream import opening
from landfast.media.container import open_source
from landfast.media.scan import scan

from .footage import render

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

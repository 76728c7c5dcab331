"""Opening by the packets alone: as deep a reordering as decoding finds, or as is needed."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from landfast.media.container import open_source
from landfast.media.decode import decode, stills
from landfast.media.probe import probe

from .footage import number_of, render

FRAMES = 24
REORDERINGS = {
    "none": {"bf": "0"},
    "one": {"bf": "2", "x264-params": "b-pyramid=none"},
    "pyramid": {"bf": "3", "x264-params": "b-pyramid=normal:b-adapt=0"},
    "open": {"bf": "3", "g": "8", "x264-params": "open-gop=1:scenecut=0:b-pyramid=normal"},
}


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("name", REORDERINGS)
def test_the_packets_tell_how_far_frames_are_reordered(
    name: str, suffix: str, tmp_path: Path
) -> None:
    path = render(
        tmp_path / f"clip.{suffix}", [20 * k for k in range(FRAMES)], options=REORDERINGS[name]
    )
    with av.open(str(path)) as container:
        decoded = container.streams.video[0].codec_context.reorder_depth
    with open_source(path) as source:
        depth = source.video.codec_context.reorder_depth
        times = [packet.pts for packet in source.container.demux(source.video) if packet.size]
    # The stream may claim more than its frames need.
    needed = max(sum(early > late for early in times[:k]) for k, late in enumerate(times))
    assert needed <= depth <= decoded
    assert needed == {"none": 0, "one": 1, "pyramid": 2, "open": depth}[name]


@pytest.mark.parametrize("name", REORDERINGS)
@pytest.mark.parametrize("threads", [1, 3])
def test_frames_come_whole_and_in_order(name: str, threads: int, tmp_path: Path) -> None:
    path = render(tmp_path / "clip.mp4", [20 * k for k in range(FRAMES)], options=REORDERINGS[name])
    numbers = [number_of(picture.gray()) for picture in decode(path, threads=threads)]
    assert numbers == list(range(FRAMES))
    clip = probe(path)
    some = [3, 9, 10, 17]
    found = [
        number_of(picture.gray())
        for picture in stills(path, clip, [clip.time_of(k) for k in some], threads=threads)
    ]
    assert found == some

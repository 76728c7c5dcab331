"""Frames as the decoder gives them, from a key frame on, and no more of them than are needed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av.error
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from landfast.errors import InputError
from landfast.media.container import Source, decoding_error
from landfast.model.clip import Clip

# Codecs whose packets say that no other frame is made from theirs; HEVC's do not say it for all
# temporal layers.
_TELLS_REFERENCES = ("h264",)


def native_frames(
    path: Path, clip: Clip, wanted: Sequence[int], source: Source
) -> Iterator[VideoFrame]:
    """Frames from the key frame at or before the first wanted one on, as decoded.

    Where the wanted ones lie apart, frames between them that no other is made from are left out.

    Raises:
        InputError: The file is damaged, or changes its picture size.
    """
    start = int(clip.start / clip.time_base)
    first = wanted[0]
    sparse = not isinstance(wanted, range) and clip.codec in _TELLS_REFERENCES
    shown = frozenset(start + clip.ticks[index] for index in wanted) if sparse else None
    if first > 0:
        frames = frames_from(source, start + clip.ticks[first], shown)
    else:
        frames = _decoded(source, source.container.demux(source.video), shown)
    seen = 0
    try:
        for frame in frames:
            _refuse_change(frame, clip, path)
            seen += 1
            yield frame
    except av.error.FFmpegError as error:
        raise decoding_error(path, f"after {seen} frames", error) from error


def frames_from(
    source: Source, pts: int, shown: frozenset[int] | None = None
) -> Iterator[VideoFrame]:
    """Frames from the nearest key frame on from which the one at `pts` can be decoded.

    Streams of intra refresh call a packet a key frame from which a picture is renewed strip by
    strip; the decoder gives none until all of it has been, so that one further back is needed.

    Args:
        source: The open file.
        pts: Presentation time of the first frame wanted, in ticks of the file's clock.
        shown: All that are wanted, where others may be left out.
    """
    for packets in _lead_ins(source, pts):
        frames = _decoded(source, packets, shown)
        head = next(frames, None)
        if head is not None and (head.pts is None or head.pts <= pts):
            break
    if head is not None:
        yield head
        yield from frames


def _decoded(
    source: Source, packets: Iterator[Packet[VideoStream]], shown: frozenset[int] | None
) -> Iterator[VideoFrame]:
    """Frames of the packets; of a sparse choice, only what the chosen ones are made from.

    What a frame is made from comes before it, so behind the last chosen packet the decoder is
    asked for all that it still holds.
    """
    context = source.video.codec_context
    missing = set(shown or ())
    for packet in packets:
        if shown is not None:
            needed = packet.pts is None or packet.pts in shown
            context.skip_frame = "DEFAULT" if needed else "NONREF"
        yield from packet.decode()
        missing.discard(packet.pts if packet.pts is not None else -1)
        if shown and not missing and packet.size:
            yield from context.decode(None)
            return


def _refuse_change(frame: VideoFrame, clip: Clip, path: Path) -> None:
    turned = clip.rotation in (90, 270)
    size = (frame.height, frame.width) if turned else (frame.width, frame.height)
    if size != (clip.width, clip.height):
        raise InputError(
            f"changes its picture size to {frame.width}x{frame.height} on the way",
            subject=str(path),
            remedy="convert it to one size first",
        )


def _lead_ins(source: Source, pts: int) -> Iterator[Iterator[Packet[VideoStream]]]:
    """Packets from key frames shown at or before `pts`, ever earlier, at last from the start.

    Containers seek by decoding time: the key frame found may be shown after `pts`, when the
    wanted frame is one of its leading frames; then the one before it is needed.
    """
    second = max(1, round(1 / (source.video.time_base or Fraction(1))))
    depth = source.video.codec_context.reorder_depth
    latest = pts
    for back in itertools.chain((0,), (second * 2**i // 2 for i in range(24))):
        source.container.seek(pts - back, stream=source.video)
        # FFmpeg forgets how many frames it must hold back for reordering.
        source.video.codec_context.reorder_depth = depth
        packets = source.container.demux(source.video)
        head = next(packets, None)
        if head is not None and head.is_keyframe and head.pts is not None and head.pts <= latest:
            latest = head.pts - 1
            yield itertools.chain((head,), packets)
        if pts - back < (source.video.start_time or 0) - second:
            break
    source.container.seek(0)
    yield source.container.demux(source.video)

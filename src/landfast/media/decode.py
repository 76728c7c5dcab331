"""Decoding: one pass, bounded memory, exact times."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av.error
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from landfast.errors import InputError
from landfast.media.colour import resolve
from landfast.media.container import Source, decoding_error, open_source
from landfast.media.picture import Converter, Picture
from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.model.time import Span

# Where the file does not tell its key frames, two wanted stills closer than this are reached by
# decoding on, others by seeking.
_NEAR_FRAMES = 48

# The decoder is some frames ahead of what it gives; seeking to a key frame this near saves nothing.
_AHEAD_FRAMES = 8

# Codecs whose packets say that no other frame is made from theirs; HEVC's do not say it for all
# temporal layers.
_TELLS_REFERENCES = ("h264",)


def decode(
    path: Path, clip: Clip | None = None, *, span: Span | None = None, threads: int = 0
) -> Iterator[Picture]:
    """The shown frames in order of time.

    With a span, decoding starts at the key frame before it; indices, times and pixels are those
    of a full pass. A picture is only good until a few more have been taken: convert, then drop.

    Args:
        path: The video file.
        clip: What `probe` found in it; probed here when not given.
        span: Only frames that start inside it.
        threads: Decoder threads, 0 for as many as there are cores; pixels do not depend on it.

    Raises:
        InputError: Not a video, damaged, the span shows no frame or lies outside the clip.
    """
    clip = clip or probe(path)
    wanted = range(clip.frames) if span is None else _frames_of(clip, span, path)
    return _spanned(path, clip, wanted, threads)


def _spanned(path: Path, clip: Clip, wanted: range, threads: int) -> Iterator[Picture]:
    with open_source(path, threads=threads) as source:
        yield from _pictures(path, clip, wanted, source)


def still(path: Path, clip: Clip, time: Fraction) -> Picture:
    """The frame on screen at `time`.

    Raises:
        InputError: The time lies outside the clip, or the file is damaged.
    """
    return next(stills(path, clip, (time,)))


def stills(
    path: Path, clip: Clip, times: Iterable[Fraction], *, threads: int = 0
) -> Iterator[Picture]:
    """The frames on screen at `times`, each once, in order of time.

    Only what these frames are made from is decoded, as far as the file tells.

    Raises:
        InputError: A time lies outside the clip, or the file is damaged.
    """
    indices = sorted({_index_at(clip, time, path) for time in times})
    return _stills(path, clip, indices, threads)


def _stills(path: Path, clip: Clip, indices: list[int], threads: int) -> Iterator[Picture]:
    starts = key_frames(path, clip) if len(indices) > 1 else ()
    with open_source(path, threads=threads) as source:
        for group in _groups(indices, starts):
            yield from _pictures(path, clip, group, source)


def _groups(indices: list[int], starts: Sequence[int]) -> Iterator[list[int]]:
    """Runs of frames for each of which seeking once is cheapest."""
    group: list[int] = []
    for index in indices:
        if group and _is_far(group[-1], index, starts):
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def _is_far(index: int, following: int, starts: Sequence[int]) -> bool:
    """True where seeking is cheaper than decoding on."""
    if not starts:
        return following - index > _NEAR_FRAMES
    place = bisect_right(starts, following)
    return place > 0 and starts[place - 1] - index > _AHEAD_FRAMES


def key_frames(path: Path, clip: Clip) -> tuple[int, ...]:
    """About where the file's index says that decoding can start, as frame numbers, in order."""
    with open_source(path, threads=1, look="headers") as source:
        entries = source.video.index_entries
        ticks = [entry.timestamp for entry in entries if entry.is_keyframe]
        depth = source.video.codec_context.reorder_depth
    # The index holds times of decoding; frames are shown as much later as they are reordered.
    first = int(clip.start / clip.time_base)
    return tuple(sorted({bisect_left(clip.ticks, tick - first) + depth for tick in ticks}))


def _index_at(clip: Clip, time: Fraction, path: Path) -> int:
    if not 0 <= time < clip.duration:
        raise InputError(
            f"has no frame at {float(time):.3f} s",
            subject=str(path),
            remedy=f"give times from 0 to below {float(clip.duration):.3f} s",
        )
    return clip.index_at(time)


def _frames_of(clip: Clip, span: Span, path: Path) -> range:
    if span.start < 0 or span.start >= clip.duration or span.stop > clip.duration:
        raise InputError(
            f"lasts {float(clip.duration):.3f} s, the span {span} lies outside",
            subject=str(path),
            remedy="give a span inside the clip",
        )
    wanted = clip.indices_in(span)
    if not wanted:
        raise InputError(
            f"starts no frame in the span {span}", subject=str(path), remedy="give a longer span"
        )
    return wanted


def _pictures(path: Path, clip: Clip, wanted: Sequence[int], source: Source) -> Iterator[Picture]:
    """The wanted frames; decoded are those from the key frame before the first of them."""
    stored = (clip.height, clip.width) if clip.rotation in (90, 270) else (clip.width, clip.height)
    converter = Converter(resolve(clip.colour, *stored), clip.rotation, str(path))
    start = int(clip.start / clip.time_base)
    left = iter(wanted)
    last, following = -1, next(left)
    for frame in _frames(path, clip, start, wanted, source):
        index = _index_of(clip, frame, start, last + 1)
        if index is None:
            continue
        last = index
        if index < following:
            continue
        if index > following:
            break
        time, stop = clip.time_of(index), clip.time_of(index + 1)
        yield Picture(index, time, stop - time, frame, converter)
        following = next(left, -1)
        if following < 0:
            return
    raise decoding_error(
        path, f"at {float(clip.time_of(following)):.3f} s", ValueError("frames are missing")
    )


def _index_of(clip: Clip, frame: VideoFrame, start: int, following: int) -> int | None:
    """Index of a decoded frame; None where the clip does not show it."""
    if frame.pts is None:
        return following
    tick = frame.pts - start
    index = bisect_left(clip.ticks, tick)
    return index if index < clip.frames and clip.ticks[index] == tick else None


def _frames(
    path: Path, clip: Clip, start: int, wanted: Sequence[int], source: Source
) -> Iterator[VideoFrame]:
    """Frames from the key frame at or before the first wanted one on.

    Where the wanted ones lie apart, frames between them that no other is made from are left out.
    """
    first = wanted[0]
    sparse = not isinstance(wanted, range) and clip.codec in _TELLS_REFERENCES
    shown = frozenset(start + clip.ticks[index] for index in wanted) if sparse else None
    packets = source.container.demux(source.video)
    if first > 0:
        packets = _from_key_frame(source, start + clip.ticks[first])
    seen = 0
    try:
        for frame in _decoded(source, packets, shown):
            _refuse_change(frame, clip, path)
            seen += 1
            yield frame
    except av.error.FFmpegError as error:
        raise decoding_error(path, f"after {seen} frames", error) from error


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


def _from_key_frame(source: Source, pts: int) -> Iterator[Packet[VideoStream]]:
    """Packets from a key frame that is shown at or before `pts`.

    Containers seek by decoding time: the key frame found may be shown after `pts`, when the
    wanted frame is one of its leading frames; then the one before it is needed.
    """
    second = max(1, round(1 / (source.video.time_base or Fraction(1))))
    depth = source.video.codec_context.reorder_depth
    for back in itertools.chain((0,), (second * 2**i // 2 for i in range(24))):
        source.container.seek(pts - back, stream=source.video)
        # FFmpeg forgets how many frames it must hold back for reordering.
        source.video.codec_context.reorder_depth = depth
        packets = source.container.demux(source.video)
        head = next(packets, None)
        if head is not None and head.is_keyframe and head.pts is not None and head.pts <= pts:
            return itertools.chain((head,), packets)
        if pts - back < (source.video.start_time or 0) - second:
            break
    source.container.seek(0)
    return source.container.demux(source.video)

"""Decoding: one pass, bounded memory, exact times."""

from __future__ import annotations

import contextlib
import itertools
import os
from bisect import bisect_left, bisect_right
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from av.video.frame import VideoFrame

from landfast.errors import InputError
from landfast.media.ahead import run_ahead
from landfast.media.colour import resolve
from landfast.media.container import Source, decoding_error, open_source, reorder_depth
from landfast.media.native import native_frames
from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.model.time import Span

if TYPE_CHECKING:
    from landfast.media.picture import Converter, Picture

# Where the file does not tell its key frames, two wanted stills closer than this are reached by
# decoding on, others by seeking.
_NEAR_FRAMES = 48

# The decoder is some frames ahead of what it gives; seeking to a key frame this near saves nothing.
_AHEAD_FRAMES = 8

# Places of a file decoded at the same time, at most: each holds some frames.
_LANES = 4

# Frames that each place may be ahead: as many as it decodes while libraries are loaded.
_READY_FRAMES = 2

Shown: TypeAlias = tuple[int, VideoFrame]
"""A frame as decoded, and its place among the clip's shown frames."""


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
        yield from _as_pictures(path, clip, _shown(path, clip, wanted, source))


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


def begin_stills(
    path: Path, clip: Clip, times: Iterable[Fraction], index: Index | None = None
) -> Iterator[Picture]:
    """`stills`, decoded from this call on, ahead of the reader and in several places at once.

    Args:
        path: The video file.
        clip: What `probe` found in it.
        times: Seconds of the clip.
        index: What `read_index` gave, where it has been read already.

    Raises:
        InputError: A time lies outside the clip, or the file is damaged.
    """
    indices = sorted({_index_at(clip, time, path) for time in times})
    index = index or read_index(path, clip)
    groups = tuple(_groups(indices, index.keys))
    cores = os.cpu_count() or 1
    owners = _owners(len(groups), cores)
    lanes = []
    for lane in sorted(set(owners)):
        part = [group for group, owner in zip(groups, owners, strict=True) if owner == lane]
        threads = max(1, cores // len(set(owners)))
        frames = _grouped(path, clip, part, threads, index.depth)
        lanes.append(run_ahead(frames, depth=_READY_FRAMES))
    return _as_pictures(path, clip, _merged(groups, [lanes[owner] for owner in owners]))


def _owners(groups: int, cores: int) -> list[int]:
    """Which lane decodes each group.

    They take turns, but for the last, which begins at once on a lane of its own: in the end there
    would be nothing left to do beside it.
    """
    shared = min(groups - 1, cores, _LANES)
    return [shared if group == groups - 1 else group % shared for group in range(groups)]


def _merged(
    groups: Sequence[list[int]], lanes: Sequence[Generator[Shown, None, None]]
) -> Generator[Shown, None, None]:
    """The frames of all groups in order, each from the lane that decodes it."""
    with contextlib.ExitStack() as stack:
        for lane in set(lanes):
            stack.enter_context(contextlib.closing(lane))
        for group, lane in zip(groups, lanes, strict=True):
            yield from itertools.islice(lane, len(group))


def _stills(path: Path, clip: Clip, indices: list[int], threads: int) -> Iterator[Picture]:
    starts = read_index(path, clip).keys if len(indices) > 1 else ()
    yield from _as_pictures(path, clip, _grouped(path, clip, _groups(indices, starts), threads))


def _grouped(
    path: Path,
    clip: Clip,
    groups: Iterable[list[int]],
    threads: int,
    depth: int | None = None,
) -> Generator[Shown, None, None]:
    with open_source(path, threads=threads, depth=depth) as source:
        for group in groups:
            yield from _shown(path, clip, group, source)


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


@dataclass(frozen=True, slots=True)
class Index:
    """What a file tells before any of its frames is decoded."""

    keys: tuple[int, ...]
    """About where decoding can start, as frame numbers, in order."""
    depth: int | None
    """See `container.reorder_depth`."""


def read_index(path: Path, clip: Clip) -> Index:
    """Look the key frames up in the file's own index."""
    with open_source(path, threads=1, look="headers") as source:
        ticks = [entry.timestamp for entry in source.video.index_entries if entry.is_keyframe]
        later = source.video.codec_context.reorder_depth
        depth = reorder_depth(source.container, source.video)
    # The index holds times of decoding; frames are shown as much later as they are reordered.
    first = int(clip.start / clip.time_base)
    keys = {bisect_left(clip.ticks, tick - first) + later for tick in ticks}
    return Index(tuple(sorted(keys)), depth)


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


def _shown(
    path: Path, clip: Clip, wanted: Sequence[int], source: Source
) -> Generator[Shown, None, None]:
    """The wanted frames; decoded are those from the key frame before the first of them."""
    start = int(clip.start / clip.time_base)
    left = iter(wanted)
    last, following = -1, next(left)
    for frame in native_frames(path, clip, wanted, source):
        index = _index_of(clip, frame, start, last + 1)
        if index is None:
            continue
        last = index
        if index < following:
            continue
        if index > following:
            break
        yield index, frame
        following = next(left, -1)
        if following < 0:
            return
    raise decoding_error(
        path, f"at {float(clip.time_of(following)):.3f} s", ValueError("frames are missing")
    )


def _as_pictures(
    path: Path, clip: Clip, frames: Generator[Shown, None, None]
) -> Generator[Picture, None, None]:
    converter: Converter | None = None
    with contextlib.closing(frames):
        for index, frame in frames:
            # Loaded while the decoder is at work.
            from landfast.media.picture import Picture

            converter = converter or _converter(clip, path)
            time, stop = clip.time_of(index), clip.time_of(index + 1)
            yield Picture(index, time, stop - time, frame, converter)


def _converter(clip: Clip, path: Path) -> Converter:
    from landfast.media.picture import Converter

    stored = (clip.height, clip.width) if clip.rotation in (90, 270) else (clip.width, clip.height)
    return Converter(resolve(clip.colour, *stored), clip.rotation, str(path))


def _index_of(clip: Clip, frame: VideoFrame, start: int, following: int) -> int | None:
    """Index of a decoded frame; None where the clip does not show it."""
    if frame.pts is None:
        return following
    tick = frame.pts - start
    index = bisect_left(clip.ticks, tick)
    return index if index < clip.frames and clip.ticks[index] == tick else None

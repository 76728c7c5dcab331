"""What a file really shows: the times of all shown frames, from its packets.

Packets say when each frame is shown and whether an edit list discards it, so a scan need not
decode; the first frames are decoded all the same, because only they tell colour, rotation and
whether a stream that starts in the middle of a group shows its leading frames.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av.error
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from landfast.errors import InputError
from landfast.media.bitstream import opening
from landfast.media.colour import stated
from landfast.media.container import Source, decoding_error, open_source
from landfast.media.iso import edited_seconds
from landfast.media.orientation import rotation_of
from landfast.model.clip import Colour, Rotation


@dataclass(frozen=True, slots=True)
class Scan:
    """The shown frames of a video track, and what its first decoded frame says."""

    time_base: Fraction
    start: int
    """Presentation time of the first shown frame on the file's clock, in ticks."""
    ticks: tuple[int, ...]
    """Presentation times in ticks from the first shown frame."""
    end_tick: int
    hidden: int
    """Packets that are decoded and not shown (edit lists, leading frames)."""
    width: int
    """Stored pixels, before rotation."""
    height: int
    pixel_format: str
    bit_depth: int
    rotation: Rotation
    colour: Colour
    """As the bitstream states it; where it is silent, as the container does."""
    sample_aspect: Fraction


@dataclass(frozen=True, slots=True)
class _Entry:
    """One packet's part in the presentation."""

    pts: int
    duration: int
    is_key: bool
    is_shown: bool


def scan(source: Source, path: Path) -> Scan:
    """Read every packet's times and decode the first shown frame.

    Args:
        source: The open file, at its start.
        path: Its name, for error messages and for a second look where packets carry no times.

    Raises:
        InputError: Damaged, cut off, or without frames.
    """
    entries, untimed, cut = _entries(source, path)
    _rewind(source, path)
    head = _head(source, entries, path)
    _refuse_cut(source, entries, cut, path)
    if untimed or not entries:
        times = _decoded_times(path)
    else:
        times = _shown_times(entries, head)
        _mend_last(times, entries, source.video, path)
    return _assemble(source.video, head, times, len(entries), path)


def _assemble(
    video: VideoStream, head: _Head, times: dict[int, int], packets: int, path: Path
) -> Scan:
    if not times:
        raise InputError("shows no frames", subject=str(path), remedy="give a file with video")
    time_base = video.time_base or Fraction(1, 1000)
    shown = sorted(times)
    frame = head.frame
    return Scan(
        time_base=time_base,
        start=shown[0],
        ticks=tuple(pts - shown[0] for pts in shown),
        end_tick=_end(shown, times, video) - shown[0],
        hidden=max(0, packets - len(shown)),
        width=frame.width,
        height=frame.height,
        pixel_format=frame.format.name,
        bit_depth=max(component.bits for component in frame.format.components),
        rotation=rotation_of(frame, path),
        colour=stated(frame),
        sample_aspect=video.sample_aspect_ratio or Fraction(1),
    )


@dataclass(frozen=True, slots=True)
class _Head:
    """The first frame, and the times of frames decoded up to the first key frame."""

    frame: VideoFrame
    times: frozenset[int]

    @classmethod
    def of_key(cls, source: Source) -> _Head | None:
        """Decode the first packet alone, as far as needed; None where that gives no frame."""
        try:
            packet = opening(next(source.container.demux(source.video)), source.video)
            context = source.video.codec_context
            frames = [*context.decode(packet), *context.decode(None)]
        except av.error.FFmpegError:
            frames = []
        return cls(frames[0], frozenset()) if frames else None

    @classmethod
    def read(cls, source: Source, path: Path) -> _Head:
        """Decode until a frame at or after the first key frame comes out."""
        first: VideoFrame | None = None
        times: set[int] = set()
        key: int | None = None
        try:
            for packet in source.container.demux(source.video):
                if key is None and packet.is_keyframe and packet.pts is not None:
                    key = packet.pts
                for frame in packet.decode():
                    first = first or frame
                    if frame.pts is None or (key is not None and frame.pts >= key):
                        return cls(first, frozenset(times))
                    times.add(frame.pts)
        except av.error.FFmpegError as error:
            if first is None:
                raise decoding_error(path, "at its first frame", error) from error
        if first is None:
            raise InputError("holds no frames", subject=str(path), remedy="give a file with video")
        return cls(first, frozenset(times))


def _head(source: Source, entries: list[_Entry], path: Path) -> _Head:
    """The first frame by the cheapest way there is; `source` stands at its start."""
    head = _Head.of_key(source) if _starts_clean(entries) else None
    if head is None:
        _rewind(source, path)
        head = _Head.read(source, path)
    return head


def _starts_clean(entries: list[_Entry]) -> bool:
    """True where the first packet is a key frame and none is shown before it."""
    return bool(entries) and entries[0].is_key and entries[0].pts == min(e.pts for e in entries)


def _rewind(source: Source, path: Path) -> None:
    start = source.video.start_time
    try:
        source.container.seek(min(start or 0, 0), stream=source.video)
    except av.error.FFmpegError:
        _rewind_unindexed(source, path)


def _rewind_unindexed(source: Source, path: Path) -> None:
    """Streams without an index cannot seek to their very start by time."""
    try:
        source.container.seek(0)
    except av.error.FFmpegError as error:
        raise InputError(
            "is a bare stream without times",
            subject=str(path),
            remedy="put it into a container first, for example with ffmpeg -i IN -c copy OUT.mp4",
        ) from error


def _entries(source: Source, path: Path) -> tuple[list[_Entry], bool, bool]:
    """All packets; whether some carry no time; whether the file broke off."""
    entries: list[_Entry] = []
    untimed = cut = False
    for packet in _packets(source, path):
        if packet.size == 0:
            continue
        if packet.is_corrupt:
            cut = True
            continue
        if packet.pts is None:
            untimed = True
            continue
        entries.append(
            _Entry(packet.pts, packet.duration or 0, packet.is_keyframe, not packet.is_discard)
        )
    return entries, untimed, cut


def _packets(source: Source, path: Path) -> Iterator[Packet[VideoStream]]:
    try:
        yield from source.container.demux(source.video)
    except av.error.FFmpegError as error:
        raise decoding_error(path, "behind its header", error) from error


def _refuse_cut(source: Source, entries: list[_Entry], cut: bool, path: Path) -> None:
    """A container that promises more frames than it holds was cut off in copying."""
    promised = len(source.video.index_entries) if _is_iso(source.video) else 0
    if not cut and len(entries) >= promised:
        return
    time_base = source.video.time_base or Fraction(1)
    seconds = float((max((e.pts + e.duration for e in entries), default=0)) * time_base)
    whole = float((source.video.duration or 0) * time_base)
    raise InputError(
        f"is cut off: {seconds:.2f} s of {whole:.2f} s of video can be read",
        subject=str(path),
        remedy="copy the file again from its source, or keep the readable part with "
        "`ffmpeg -i FILE -c copy PART`",
    )


def _shown_times(entries: list[_Entry], head: _Head) -> dict[int, int]:
    """Presentation time to duration of shown frames, by packets alone."""
    key = next((entry.pts for entry in entries if entry.is_key), entries[0].pts)
    return {
        entry.pts: entry.duration
        for entry in entries
        if entry.is_shown and (entry.pts >= key or entry.pts in head.times)
    }


def _mend_last(
    times: dict[int, int], entries: list[_Entry], video: VideoStream, path: Path
) -> None:
    """Put right the last shown frame's length in an MP4, where its edit list knows better.

    An edit list may cut the last frame short. And where frames are reordered a packet's duration
    is the step to the next packet in decoding order: then only the edit list tells how long the
    frame is shown, as finely as its own unit allows.
    """
    edited = edited_seconds(path) if _is_iso(video) else None
    if not times or edited is None:
        return
    first, last = min(times), max(times)
    time_base = video.time_base or Fraction(1)
    length = first + round(edited[0] / time_base) - last
    # An edit's length is rounded to its unit, unless every time of the track is a multiple of it.
    rounding = edited[1] if (time_base / edited[1]).denominator > 1 else 0
    differs = abs(length - times[last]) * time_base > rounding
    if length > 0 and differs and (length < times[last] or entries[-1].pts != last):
        times[last] = length


def _is_iso(video: VideoStream) -> bool:
    return video.container.format.name.startswith("mov")


def _decoded_times(path: Path) -> dict[int, int]:
    """Presentation times by decoding everything: for files whose packets carry no times."""
    times: dict[int, int] = {}
    with open_source(path) as source:
        step = _nominal_step(source.video)
        following = 0
        try:
            for frame in source.container.decode(source.video):
                pts = following if frame.pts is None else frame.pts
                times[pts] = frame.duration or step
                following = pts + times[pts]
        except av.error.FFmpegError as error:
            raise decoding_error(path, f"after {len(times)} frames", error) from error
    return times


def _nominal_step(video: VideoStream) -> int:
    rate = video.guessed_rate or video.average_rate or Fraction(25)
    return max(1, round(1 / (rate * (video.time_base or Fraction(1, 1000)))))


def _end(shown: list[int], times: dict[int, int], video: VideoStream) -> int:
    """End of the last shown frame."""
    last = shown[-1]
    if times[last] > 0:
        length = times[last]
    elif len(shown) > 1:
        length = int(statistics.median(b - a for a, b in itertools.pairwise(shown)))
    else:
        length = _nominal_step(video)
    return last + max(1, length)

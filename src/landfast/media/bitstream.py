"""Compressed packets as they lie in the file: where a film may be cut without decoding it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import av.error
from av.packet import Packet
from av.video.stream import VideoStream

from landfast.media.container import decoding_error, open_source
from landfast.model.clip import Clip

# NAL unit types of pictures that reset the decoder: nothing after them refers to what was before.
_H264_IDR = {5}
_HEVC_IDR = {19, 20}

# NAL unit types of H.264's slices, and bytes that hold the head of each: a few numbers of a few
# bits, and in a picture that refers to others at most 64 changes to the order of these.
_H264_SLICES = range(1, 6)
_HEAD_BYTES = 512


@dataclass(frozen=True, slots=True)
class Group:
    """A key frame and the packets up to the next key frame, in decoding order."""

    index: int
    """The key frame's position among the shown frames; -1 where it is not shown."""
    first: int
    """Lowest shown frame of the group; below `index` where leading frames exist."""
    stop: int
    """One past the highest shown frame of the group."""
    closed: bool
    """True where the group decodes alone and is shown without a hole: it may be copied."""
    packets: int
    size: int
    """Bytes."""


def groups(path: Path, clip: Clip) -> tuple[Group, ...]:
    """The groups of pictures of a clip, in order.

    A group counts as closed where its key frame resets the decoder (H.264 and HEVC: IDR; other
    codecs: as the container says), no frame of it is shown before the key frame, and its shown
    frames follow each other without one of another group between them.

    Raises:
        InputError: The file is damaged.
    """
    start = int(clip.start / clip.time_base)
    found: list[_Gathering] = []
    with open_source(path, threads=1) as source:
        kind = source.video.codec_context.codec.canonical_name
        framing = nal_framing(source.video)
        for packet in _demuxed(source.container.demux(source.video), path):
            if packet.is_keyframe:
                resets = _resets(packet, kind, framing)
                found.append(_Gathering([], _shown(clip, packet, start), resets))
            if found:
                found[-1].add(packet, _shown(clip, packet, start))
    return tuple(gathering.group() for gathering in found)


def key_frames(path: Path, clip: Clip) -> tuple[int, ...]:
    """Indices of shown frames that start a closed group: where packet copy may begin.

    Raises:
        InputError: The file is damaged.
    """
    return tuple(group.index for group in groups(path, clip) if group.closed)


def packets(path: Path, clip: Clip, frames: range) -> Iterator[Packet[VideoStream]]:
    """The video packets that hold the shown frames `frames`, in decoding order.

    To decode alone, `frames` must start at one of `key_frames` and stop at another (or at the
    end). Time stamps are the file's own; subtract `clip.start`. A packet belongs to the open
    file: mux or copy it before taking the next.

    Raises:
        InputError: The file is damaged.
    """
    start = int(clip.start / clip.time_base)
    with open_source(path, threads=1) as source:
        taken = 0
        for packet in _demuxed(source.container.demux(source.video), path):
            index = _shown(clip, packet, start)
            if index is not None and index in frames:
                yield packet
                taken += 1
                if taken == len(frames):
                    return


@dataclass(slots=True)
class _Gathering:
    """A group while its packets come in."""

    shown: list[int]
    index: int | None
    resets: bool
    packets: int = 0
    size: int = 0
    hidden: int = 0

    def add(self, packet: Packet[VideoStream], index: int | None) -> None:
        self.packets += 1
        self.size += packet.size
        if index is None:
            self.hidden += 1
        else:
            self.shown.append(index)

    def group(self) -> Group:
        index = -1 if self.index is None else self.index
        first, stop = min(self.shown, default=0), max(self.shown, default=-1) + 1
        whole = stop - first == len(self.shown) and self.hidden == 0
        closed = self.resets and whole and index == first
        return Group(index, first, stop, closed, self.packets, self.size)


def _demuxed(packets: Iterator[Packet[VideoStream]], path: Path) -> Iterator[Packet[VideoStream]]:
    try:
        for packet in packets:
            if packet.size:
                yield packet
    except av.error.FFmpegError as error:
        raise decoding_error(path, "behind its header", error) from error


def _shown(clip: Clip, packet: Packet[VideoStream], start: int) -> int | None:
    """Index of the frame a packet holds; None where it is not shown."""
    if packet.pts is None or packet.is_discard:
        return None
    tick = packet.pts - start
    index = bisect_left(clip.ticks, tick)
    return index if index < clip.frames and clip.ticks[index] == tick else None


Framing = Literal["lengths of 1", "lengths of 2", "lengths of 4", "start codes"]


def nal_framing(video: VideoStream) -> Framing:
    """How NAL units are told apart in packets (ISO/IEC 14496-15, or H.264 annex B)."""
    setup = video.codec_context.extradata or b""
    kind = video.codec_context.codec.canonical_name
    at = {"h264": 4, "hevc": 21}.get(kind)
    if at is None or len(setup) <= at or setup[0] != 1:
        return "start codes"
    sizes: dict[int, Framing] = {0: "lengths of 1", 1: "lengths of 2", 3: "lengths of 4"}
    return sizes.get(setup[at] & 3, "lengths of 4")


def opening(packet: Packet[VideoStream], video: VideoStream) -> Packet[Any]:
    """An H.264 packet without what lies behind the head of its first slice.

    A decoder tells from it all about the frame but its pixels, in a tenth of the time. Packets of
    other codecs, or framed by start codes, come back whole.
    """
    framing = nal_framing(video)
    if video.codec_context.codec.canonical_name != "h264" or framing == "start codes":
        return packet
    data, width = bytes(packet), int(framing[-1])
    for at, size in _nal_units(data, width):
        if data[at] & 31 in _H264_SLICES:
            kept = min(size, _HEAD_BYTES)
            return Packet(data[: at - width] + kept.to_bytes(width, "big") + data[at : at + kept])
    return packet


def _resets(packet: Packet[VideoStream], kind: str, framing: Framing) -> bool:
    if kind not in ("h264", "hevc"):
        return True
    for head in _nal_heads(bytes(packet), framing):
        if kind == "h264" and 1 <= head & 31 <= 5:
            return head & 31 in _H264_IDR
        if kind == "hevc" and (head >> 1) & 63 < 32:
            return (head >> 1) & 63 in _HEVC_IDR
    return False


def _nal_heads(data: bytes, framing: Framing) -> Iterator[int]:
    """First byte of every NAL unit."""
    if framing == "start codes":
        at = data.find(b"\0\0\1")
        while at >= 0 and at + 3 < len(data):
            yield data[at + 3]
            at = data.find(b"\0\0\1", at + 3)
        return
    yield from (data[at] for at, _ in _nal_units(data, int(framing[-1])))


def _nal_units(data: bytes, width: int) -> Iterator[tuple[int, int]]:
    """Where each NAL unit starts behind its length of `width` bytes, and that length."""
    at = width
    while at < len(data):
        size = int.from_bytes(data[at - width : at], "big")
        yield at, size
        at += size + width

"""Compressed packets as they lie in the file: what can be learned from a part of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from av.packet import Packet
from av.video.stream import VideoStream

# NAL unit types of H.264's slices, and bytes that hold the head of each: a few numbers of a few
# bits, and in a picture that refers to others at most 64 changes to the order of these.
_H264_SLICES = range(1, 6)
_HEAD_BYTES = 512


def opening(packet: Packet[VideoStream], video: VideoStream) -> Packet[Any]:
    """An H.264 packet without what lies behind the head of its first slice.

    A decoder tells from it all about the frame but its pixels, in a tenth of the time. Packets of
    other codecs, or framed by start codes, come back whole.
    """
    setup = video.codec_context.extradata or b""
    is_h264 = video.codec_context.codec.canonical_name == "h264"
    if not is_h264 or len(setup) < 5 or setup[0] != 1:
        return packet
    # ISO/IEC 14496-15, 5.3.3.1.2: bytes of the length in front of each unit.
    data, width = bytes(packet), setup[4] % 4 + 1
    for at, size in _nal_units(data, width):
        if data[at] & 31 in _H264_SLICES:
            kept = min(size, _HEAD_BYTES)
            return Packet(data[: at - width] + kept.to_bytes(width, "big") + data[at : at + kept])
    return packet


def _nal_units(data: bytes, width: int) -> Iterator[tuple[int, int]]:
    """Where each NAL unit starts behind its length of `width` bytes, and that length."""
    at = width
    while at < len(data):
        size = int.from_bytes(data[at - width : at], "big")
        yield at, size
        at += size + width

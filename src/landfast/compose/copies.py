"""Which frames of a film need not be decoded to know that they are the footage's.

A decoder that starts at an entry and gets the same packets behind the same parameter sets gives
the same pictures: where a whole group is the footage's own, byte for byte, only its bytes are
compared. All other groups, and one more on each side of them, are left to be decoded.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from landfast.compose.groups import Stretch
from landfast.compose.nal import Header, split
from landfast.media.container import open_source


def to_decode(
    path: Path, film: Path, cut: Sequence[Stretch], header: Header, doors: Sequence[int]
) -> tuple[range, ...]:
    """Frames that must be compared as decoded samples, in order.

    Args:
        path: The footage.
        film: What was made of it.
        cut: How it was made.
        header: The footage's parameter sets.
        doors: Frames at which decoding may start, in order.

    Raises:
        InputError: A file cannot be read.
    """
    count = cut[-1].frames.stop
    same = _same_packets(path, film, cut, header)
    if 2 * len(same) < count:
        return (range(count),)
    return tuple(_around([index for index in range(count) if index not in same], doors, count))


def _same_packets(
    path: Path, film: Path, cut: Sequence[Stretch], header: Header
) -> Collection[int]:
    """Places at which the film has the footage's packet; places count frames, too."""
    same: set[int] = set()
    with open_source(path, threads=1) as ours, open_source(film, threads=1) as theirs:
        setup = bytes(theirs.video.codec_context.extradata or b"")
        made = Header.parse(header.coding, setup)
        if not set(header.sets) <= set(made.sets):
            return same
        source = enumerate(one for one in ours.container.demux(ours.video) if one.size)
        result = (one for one in theirs.container.demux(theirs.video) if one.size)
        for place, number in _numbers(cut):
            packet = next(result, None)
            if number is None or packet is None:
                continue
            own = next((one for at, one in source if at == number), None)
            if own is None:
                break
            a, b = bytes(own), bytes(packet)
            if a == b or split(a, header.size_bytes) == split(b, made.size_bytes):
                same.add(place)
    return same


def _numbers(cut: Iterable[Stretch]) -> Iterator[tuple[int, int | None]]:
    """For each place of the film the number of the packet that was copied there."""
    for stretch in cut:
        is_same = stretch.kind == "copied" and stretch.shift is None
        yield from itertools.zip_longest(stretch.frames, stretch.packets if is_same else ())


def _around(frames: Iterable[int], doors: Sequence[int], count: int) -> Iterator[range]:
    """The groups of these frames and one more on each side, as ranges that do not touch."""
    start = stop = 0
    for frame in frames:
        group = bisect_right(doors, frame)
        first = doors[max(group - 2, 0)] if group else 0
        last = doors[group + 1] if group + 1 < len(doors) else count
        if first > stop:
            if stop > start:
                yield range(start, stop)
            start = first
        stop = last
    if stop > start:
        yield range(start, stop)

"""Which packets of the footage can stand in the film as they are.

A group of pictures runs from one IDR to the next; nothing in it refers outside it. A group without
changes is copied. Of a group with a change, the packets before it are copied as far as they show
whole frames in a row; from there on to the next IDR everything is encoded anew.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from landfast.errors import Unsupported

Kind = Literal["copied", "kept", "generated"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One packet, in decoding order; times in ticks of the file."""

    pts: int
    dts: int
    starts_afresh: bool
    """An IDR."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames in a row that are treated alike; indices are those of the clip's shown frames."""

    kind: Kind
    frames: range


def stretches(
    entries: list[Entry], shown: list[int], replaced: Iterable[int]
) -> tuple[Stretch, ...]:
    """Cut the clip into frames to copy, real frames to encode anew, and generated frames.

    In a copied stretch the frames `a..b` are exactly the packets `a..b` in decoding order.

    Args:
        entries: Every packet.
        shown: Presentation times of the shown frames, in order.
        replaced: Indices of the frames that are generated.

    Raises:
        Unsupported: The packets do not show each frame once, in groups that follow one another.
    """
    order = _indices(entries, shown)
    changed = frozenset(replaced)
    kinds: list[Kind] = []
    for start, stop in _groups(entries, order):
        copied = _copied(order[start:stop], start, changed)
        kinds += ["copied"] * copied
        kinds += [
            "generated" if index in changed else "kept" for index in range(start + copied, stop)
        ]
    return tuple(_runs(kinds))


def decoding_times(pts: list[int]) -> list[int]:
    """Decoding times for packets that carry none (Matroska): as late as their order allows.

    Args:
        pts: Presentation times in decoding order, all different.
    """
    shown = sorted(pts)
    place = {tick: index for index, tick in enumerate(shown)}
    depth = max((number - place[tick] for number, tick in enumerate(pts)), default=0)
    before = [shown[0] - (depth - number) for number in range(depth)]
    return [*before, *shown[: len(shown) - depth]]


def _indices(entries: list[Entry], shown: list[int]) -> list[int]:
    """Index of the frame that each packet shows."""
    place = {pts: index for index, pts in enumerate(shown)}
    order = [place.get(entry.pts, -1) for entry in entries]
    if sorted(order) != list(range(len(shown))):
        raise _unfit("holds packets that are not shown (an edit list cuts into it)")
    steps = itertools.pairwise(entry.dts for entry in entries)
    if any(later <= earlier for earlier, later in steps):
        raise _unfit("has decoding times out of order")
    return order


def _groups(entries: list[Entry], order: list[int]) -> list[tuple[int, int]]:
    """Start and stop of each group; packets and frames count alike."""
    starts = [place for place, entry in enumerate(entries) if entry.starts_afresh]
    if not starts or starts[0] != 0:
        starts.insert(0, 0)
    groups = list(itertools.pairwise((*starts, len(entries))))
    for start, stop in groups:
        if sorted(order[start:stop]) != list(range(start, stop)):
            raise _unfit("has groups of pictures that reach into one another")
    return groups


def _copied(order: list[int], start: int, changed: frozenset[int]) -> int:
    """How many packets from the group's start show whole unchanged frames in a row."""
    copied = 0
    highest = start - 1
    for number, index in enumerate(order, start=1):
        if index in changed:
            break
        highest = max(highest, index)
        if highest == start + number - 1:
            copied = number
    return copied


def _runs(kinds: list[Kind]) -> Iterable[Stretch]:
    at = 0
    for kind, run in itertools.groupby(kinds):
        length = len(list(run))
        yield Stretch(kind, range(at, at + length))
        at += length


def _unfit(what: str) -> Unsupported:
    return Unsupported(what, subject="the footage")

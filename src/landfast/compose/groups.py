"""Which packets of the footage can stand in the film as they are.

A group of pictures runs from one clean entry to the next. At an IDR nothing refers outside the
group; at HEVC's CRA only the pictures shown before it do. A group without changes is copied. Of a
group with a change, the packets before it are copied as far as they show whole frames in a row;
behind it, H.264's may go on where a restart allows; the rest is encoded anew.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from landfast.compose.avc import SliceHead
from landfast.compose.nal import Door
from landfast.compose.renumber import Shift
from landfast.compose.restart import Restart
from landfast.errors import Unsupported

Kind = Literal["copied", "kept", "rebuilt", "generated"]
"""`rebuilt`: real frames given again in the footage's own decoding order, so that the copied ones
behind them may refer to them."""

FindRestarts = Callable[[Sequence[SliceHead], Sequence[int], Sequence[bool]], list[Restart]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One packet, in decoding order; times in ticks of the file."""

    pts: int
    dts: int
    door: Door
    head: SliceHead | None = None
    """H.264, where it can be read."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames in a row that are treated alike; indices are those of the clip's shown frames."""

    kind: Kind
    frames: range
    packets: tuple[int, ...] = ()
    """Numbers of the packets that stand here, or whose pictures do, in order; none for pictures
    that are encoded in the order they are shown."""
    shift: Shift | None = None
    """By how much these pictures are renumbered."""


def stretches(
    entries: Sequence[Entry],
    shown: Sequence[int],
    replaced: Iterable[int],
    restarts: FindRestarts = lambda *_: [],
) -> tuple[Stretch, ...]:
    """Cut the clip into frames to copy, real frames to encode anew, and generated frames.

    Args:
        entries: Every packet.
        shown: Presentation times of the shown frames, in order.
        replaced: Indices of the frames that are generated.
        restarts: Finds where copying may go on inside a group; as `restart.restarts`.

    Raises:
        Unsupported: The packets do not show each frame once, in groups that follow one another.
    """
    ranks = _ranks(entries, shown)
    frames = {tick: index for index, tick in enumerate(shown)}
    changed = frozenset(replaced)
    found: list[Stretch] = []
    for start, stop in _groups(entries, ranks):
        group = _Group(
            start=start,
            entries=entries[start:stop],
            ranks=[rank - start for rank in ranks[start:stop]],
            frames=[frames.get(time) for time in sorted(one.pts for one in entries[start:stop])],
            replaced=changed,
        )
        intact = start == 0 or (len(found) > 0 and found[-1].kind == "copied")
        found += group.cut(restarts, intact=intact)
    return tuple(_merged(found))


def decoding_times(pts: list[int]) -> list[int]:
    """Decoding times for packets that carry none (Matroska): as late as their order allows.

    Args:
        pts: Presentation times in decoding order, all different.
    """
    shown = sorted(pts)
    place = {tick: index for index, tick in enumerate(shown)}
    depth = max((number - place[tick] for number, tick in enumerate(pts)), default=0)
    # A film's length is told by its decoding times: those in front are as far apart as frames.
    step = shown[min(depth, 1)] - shown[0]
    before = [shown[0] - (depth - number) * step for number in range(depth)]
    return [*before, *shown[: len(shown) - depth]]


def _ranks(entries: Sequence[Entry], shown: Collection[int]) -> list[int]:
    """Place of each packet's picture in the order of time, hidden ones included."""
    place = {pts: index for index, pts in enumerate(sorted(entry.pts for entry in entries))}
    if len(place) != len(entries) or not place.keys() >= set(shown):
        raise _unfit("holds packets that do not show one frame each")
    steps = itertools.pairwise(entry.dts for entry in entries)
    if any(later <= earlier for earlier, later in steps):
        raise _unfit("has decoding times out of order")
    return [place[entry.pts] for entry in entries]


def _groups(entries: Sequence[Entry], ranks: Sequence[int]) -> list[tuple[int, int]]:
    """Start and stop of each group; packets and frames count alike."""
    starts = [place for place, entry in enumerate(entries) if entry.door]
    if not starts or starts[0] != 0:
        starts.insert(0, 0)
    groups = list(itertools.pairwise((*starts, len(entries))))
    for start, stop in groups:
        if sorted(ranks[start:stop]) != list(range(start, stop)):
            raise _unfit("has groups of pictures that reach into one another")
    return groups


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """One group; positions and ranks count from its start."""

    start: int
    entries: Sequence[Entry]
    ranks: Sequence[int]
    frames: Sequence[int | None]
    """By rank: the frame shown; None where the picture is hidden."""
    replaced: Collection[int]

    def cut(self, restarts: FindRestarts, *, intact: bool) -> Iterator[Stretch]:
        """The group's stretches; `intact` where the film before it is the footage's own."""
        changed = [frame is None or frame in self.replaced for frame in self.frames]
        whole = intact and None not in self.frames[: self.ranks[0]]
        lead = 0 if whole or self.entries[0].door == "closed" else self.ranks[0]
        run = self._run([k for k, rank in enumerate(self.ranks) if rank >= lead], lead, changed)
        at = lead + len(run)
        yield from self._made(0, lead)
        yield from self._given("copied", run)
        heads = [entry.head for entry in self.entries if entry.head is not None]
        found = restarts(heads, self.ranks, changed) if len(heads) == len(self.entries) else []
        for one in found:
            yield from self._made(at, one.reset)
            again = (self.ranks.index(one.reset), *range(one.first, one.copied))
            yield from self._given("rebuilt", again, one.shift)
            run = self._run(range(one.copied, len(self.ranks)), one.copied, changed)
            yield from self._given("copied", run, one.shift)
            at = one.copied + len(run)
        yield from self._made(at, len(self.ranks))

    def _run(self, packets: Sequence[int], rank: int, changed: Sequence[bool]) -> Sequence[int]:
        """The first of these packets, as many as show whole unchanged frames from `rank` on."""
        length, highest = 0, rank - 1
        for number, packet in enumerate(packets, start=1):
            if changed[self.ranks[packet]]:
                break
            highest = max(highest, self.ranks[packet])
            if highest == rank + number - 1:
                length = number
        return packets[:length]

    def _given(
        self, kind: Kind, packets: Sequence[int], shift: Shift | None = None
    ) -> Iterator[Stretch]:
        """Packets of real frames in a row."""
        shown = [frame for one in packets if (frame := self.frames[self.ranks[one]]) is not None]
        if shown:
            numbers = tuple(self.start + one for one in packets)
            yield Stretch(kind, range(min(shown), max(shown) + 1), numbers, shift)

    def _made(self, start: int, stop: int) -> Iterator[Stretch]:
        """Frames from rank to rank, encoded in the order they are shown."""
        shown = [frame for frame in self.frames[start:stop] if frame is not None]
        for is_new, run in itertools.groupby(shown, lambda frame: frame in self.replaced):
            frames = list(run)
            yield Stretch("generated" if is_new else "kept", range(frames[0], frames[-1] + 1))


def _merged(found: Iterable[Stretch]) -> Iterator[Stretch]:
    """Stretches of one kind as one."""
    for (kind, shift), run in itertools.groupby(found, lambda one: (one.kind, one.shift)):
        parts = list(run)
        numbers = tuple(itertools.chain.from_iterable(one.packets for one in parts))
        yield Stretch(kind, range(parts[0].frames.start, parts[-1].frames.stop), numbers, shift)


def _unfit(what: str) -> Unsupported:
    return Unsupported(what, subject="the footage")

"""Where copying packets may go on behind a change inside an H.264 group of pictures.

Packets behind a change refer to pictures before it. Once every picture that may still be referred
to has been given again, sample for sample, the packets after them decode to what they always did.
Which pictures these are follows from the marking of references (ITU-T H.264, 8.2.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from landfast.compose.avc import SequenceSet, SliceHead
from landfast.compose.renumber import Shift


@dataclass(frozen=True, slots=True)
class Restart:
    """Positions count the group's packets."""

    reset: int
    """Shown here, as an IDR, is the last real frame before `first`."""
    first: int
    """From here to `copied` the footage's pictures are given again in their own order."""
    copied: int
    """From here on packets are copied."""
    shift: Shift


def restarts(
    sequence: SequenceSet,
    heads: Sequence[SliceHead],
    ranks: Sequence[int],
    changed: Sequence[bool],
) -> list[Restart]:
    """The restarts of a group, one behind each change where there is room for one.

    Args:
        sequence: The group's sequence parameter set.
        heads: Slice header of each packet, in decoding order; the first is an IDR.
        ranks: Place of each packet's picture in the order shown.
        changed: For each place in that order whether it shows no real frame.
    """
    if sequence.order_type == 1 or not sequence.frames_only or not heads[0].is_reset:
        return []
    if not all(head.is_plain for head in heads):
        return []
    cuts = _cuts(ranks)
    held = _held(sequence, heads, 0, frozenset())
    found: list[Restart] = []
    at = 0
    while True in changed[at:]:
        last = _end_of_change(changed, at)
        first = next((cut for cut in cuts if cut > last and not changed[cut - 1]), None)
        if first is None:
            break
        until = next((k for k in range(first, len(heads)) if changed[k]), len(heads))
        copied = _meeting(sequence, heads, held, first, [cut for cut in cuts if cut < until])
        if copied is not None:
            found.append(Restart(first - 1, first, copied, _shift(heads, ranks, first)))
        at = until
    return found


def _end_of_change(changed: Sequence[bool], at: int) -> int:
    start = changed.index(True, at)
    return next((k for k in range(start, len(changed)) if not changed[k]), len(changed)) - 1


def _cuts(ranks: Sequence[int]) -> list[int]:
    """Positions where all packets before show all pictures before."""
    cuts, highest = [], -1
    for position, rank in enumerate(ranks, start=1):
        highest = max(highest, rank)
        if highest == position - 1 and position < len(ranks):
            cuts.append(position)
    return cuts


def _shift(heads: Sequence[SliceHead], ranks: Sequence[int], first: int) -> Shift:
    """So that the picture at `first` follows an IDR that is shown just before it."""
    reset = ranks.index(first - 1)
    return Shift(heads[first].number - 1, heads[reset].order)


def _meeting(
    sequence: SequenceSet,
    heads: Sequence[SliceHead],
    held: Sequence[frozenset[int]],
    first: int,
    cuts: Sequence[int],
) -> int | None:
    """The first cut from which on the same pictures are held as in the footage."""
    ours = _held(sequence, heads, first, frozenset((-1,)))
    return next((cut for cut in cuts if cut > first and ours[cut - first] == held[cut]), None)


def _held(
    sequence: SequenceSet, heads: Sequence[SliceHead], first: int, before: frozenset[int]
) -> list[frozenset[int]]:
    """The references held before each packet from `first` on, and after the last; by position."""
    size = 1 << sequence.number_bits
    numbers = dict.fromkeys(before, heads[first].number - 1)
    held = [frozenset(numbers)]
    for position, head in enumerate(heads[first:], start=first):
        if head.is_reset:
            numbers = {}
        if head.importance:
            age = {one: (head.number - number) % size for one, number in numbers.items()}
            for one in _dropped(head, age, sequence.references):
                del numbers[one]
            numbers[position] = head.number
        held.append(frozenset(numbers))
    return held


def _dropped(head: SliceHead, age: dict[int, int], most: int) -> list[int]:
    """Which references a picture makes room for itself with."""
    if head.dropped is not None:
        return [one for one in age if age[one] - 1 in head.dropped]
    full = len(age) >= max(most, 1)
    return [max(age, key=lambda one: age[one])] if full else []


def known_drops(head: SliceHead, since: int) -> tuple[int, ...] | None:
    """References that a picture drops, of those that the last `since` reference pictures are."""
    if head.dropped is None:
        return None
    return tuple(difference for difference in head.dropped if difference + 1 <= since)

"""Choosing the pair of anchors for each bridge, from gaps measured on demand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from landfast.model.clip import Clip
from landfast.model.measured import Gap
from landfast.model.profile import Profile
from landfast.planning.anchors import Spot
from landfast.planning.bridges import Bridge
from landfast.planning.gaps import Decision, decide, likelihood
from landfast.planning.segments import rate

Gaps = Mapping[tuple[int, int], Gap]
"""Measured gaps by the frame indices of their start and end anchor."""

PAIRS = 4
"""Pairs of anchors measured for each bridge, the most promising ones."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The best pair of anchors of a bridge and what is to be done with it."""

    start: Spot
    end: Spot
    gap: Gap
    decision: Decision


def pairs(bridge: Bridge) -> tuple[tuple[Spot, Spot], ...]:
    """The pairs of anchors worth measuring, most promising first."""
    every = [(start, end) for start in bridge.before for end in bridge.after]
    ranked = sorted(every, key=lambda pair: (-round(_promise(pair, bridge), 9), _place(pair)))
    return tuple(ranked[:PAIRS])


def _place(pair: tuple[Spot, Spot]) -> tuple[int, int]:
    """Shorter before longer, then earlier before later."""
    start, end = pair
    return end.index - start.index, start.index


def _promise(pair: tuple[Spot, Spot], bridge: Bridge) -> float:
    """Quality of both anchors, less what the extra length gives away, in [0, 1]."""
    start, end = pair
    extra = end.index - start.index - 1 - len(bridge.frames)
    return math.sqrt(start.score * end.score) / (1 + extra / (len(bridge.frames) + 10))


def choose(bridge: Bridge, gaps: Gaps, *, clip: Clip, profile: Profile) -> Choice:
    """The pair that can be bridged, is likely to pass, good, and not much longer than the fault.

    Args:
        bridge: One that is not refused beforehand.
        gaps: Must hold every pair of `pairs(bridge)`.
        clip: The footage.
        profile: The model that would make the takes.
    """
    choices = [
        Choice(start, end, gap, _decide(bridge, start, end, gap, clip, profile))
        for start, end in pairs(bridge)
        for gap in (gaps[start.index, end.index],)
    ]
    return min(choices, key=lambda choice: _rank(choice, bridge))


def _decide(
    bridge: Bridge, start: Spot, end: Spot, gap: Gap, clip: Clip, profile: Profile
) -> Decision:
    return decide(
        gap,
        frames=end.index - start.index + 1,
        fps=rate(start.index, end.index, clip),
        profile=profile,
        splittable=bool(bridge.legs),
    )


def _rank(choice: Choice, bridge: Bridge) -> tuple[bool, float, float, tuple[int, int]]:
    value = likelihood(choice.gap) * _promise((choice.start, choice.end), bridge)
    return (
        not choice.decision.possible,
        -round(value, 9),
        -(choice.gap.overlap or 0.0),
        _place((choice.start, choice.end)),
    )


def to_split(bridge: Bridge, gaps: Gaps, *, clip: Clip, profile: Profile) -> bool:
    """True where the legs of a bridge are to be looked at, since the whole does not do."""
    if bridge.refusal:
        return bool(bridge.legs)
    return choose(bridge, gaps, clip=clip, profile=profile).decision.action == "split"


def pairs_to_measure(
    bridges: Sequence[Bridge], gaps: Gaps, *, clip: Clip, profile: Profile
) -> tuple[tuple[int, int], ...]:
    """Frame indices of the anchor pairs whose gap is still to be measured; empty when done.

    To be called until it answers nothing: the pairs within a gap that turns out too wide are
    asked for only then.
    """
    wanted: list[tuple[int, int]] = []
    for bridge in bridges:
        ends = () if bridge.refusal else pairs(bridge)
        missing = [(a.index, b.index) for a, b in ends if (a.index, b.index) not in gaps]
        if missing:
            wanted.extend(missing)
        elif to_split(bridge, gaps, clip=clip, profile=profile):
            wanted.extend(pairs_to_measure(bridge.legs, gaps, clip=clip, profile=profile))
    return tuple(dict.fromkeys(wanted))

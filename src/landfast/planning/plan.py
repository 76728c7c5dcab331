"""The plan: what stays, what is generated between which anchors, what is refused, the price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from landfast.model.clip import Clip
from landfast.model.measured import Shot, Unusable
from landfast.model.plan import Generate, Plan, Refusal
from landfast.model.profile import Profile
from landfast.planning.bridges import Bridge
from landfast.planning.choice import Choice, Gaps, choose, to_split
from landfast.planning.constraints import constraints
from landfast.planning.cost import naive_ways
from landfast.planning.segments import between, cover, frames_of, rate, span_of


@dataclass(frozen=True, slots=True)
class _Picked:
    """A bridge that is to be built."""

    bridge: Bridge
    choice: Choice


@dataclass(frozen=True, slots=True)
class _Brief:
    """What is the same for all segments."""

    clip: Clip
    shots: tuple[range, ...]
    images: Mapping[int, str]
    profile: Profile


def make_plan(
    clip: Clip,
    *,
    shots: Sequence[Shot],
    unusable: Sequence[Unusable],
    bridges: Sequence[Bridge],
    images: Mapping[int, str],
    gaps: Gaps,
    profile: Profile,
    references: Sequence[Profile] = (),
    budget_usd: Fraction | None = None,
) -> Plan:
    """Settle every bridge and price the result. The same input gives the same plan.

    Args:
        clip: The footage.
        shots: Its shots.
        unusable: Detected faults, listed in the plan whether or not they are bridged.
        bridges: From `faults_to_bridge`.
        images: Content ids of the frames in `gaps`, by frame index.
        gaps: Every pair that `pairs_to_measure` asked for.
        profile: The model that makes the takes.
        references: Hosted models whose list prices show what the naive ways would cost.
        budget_usd: The user's cap; the plan only carries it.
    """
    settled = [one for each in bridges for one in _settle(each, gaps, clip, profile)]
    picked = [one for one in settled if isinstance(one, _Picked)]
    runs = tuple(frames_of(shot.span, clip) for shot in shots)
    brief = _Brief(clip, runs, images, profile)
    generated = _segments(picked, brief)
    return Plan(
        clip=clip.content,
        clip_name=clip.name,
        duration=clip.duration,
        generator=profile.name,
        shots=tuple(shots),
        unusable=tuple(unusable),
        segments=cover(clip, generated),
        refusals=tuple(one for one in settled if isinstance(one, Refusal)),
        cost_usd=sum((segment.cost_usd for segment in generated), Fraction(0)),
        budget_usd=budget_usd,
        naive=naive_ways(clip, generated, references),
    )


def _settle(bridge: Bridge, gaps: Gaps, clip: Clip, profile: Profile) -> list[_Picked | Refusal]:
    """Build, split or refuse. One bridge that is possible beats a split that leaves a fault."""
    choice = None if bridge.refusal else choose(bridge, gaps, clip=clip, profile=profile)
    if to_split(bridge, gaps, clip=clip, profile=profile):
        parts = [one for leg in bridge.legs for one in _settle(leg, gaps, clip, profile)]
        whole = choice is not None and choice.decision.possible
        if not whole or not any(isinstance(one, Refusal) for one in parts):
            return parts
    if choice is None or not choice.decision.possible:
        return [_refusal(bridge, choice, clip)]
    return [_Picked(bridge, choice)]


def _refusal(bridge: Bridge, choice: Choice | None, clip: Clip) -> Refusal:
    reason = choice.decision.reason if choice else bridge.refusal
    if bridge.cuts and choice:
        cuts = ", ".join(f"{float(cut):.3f} s" for cut in bridge.cuts)
        reason = f"lies across the cut at {cuts}; {reason}"
    span = span_of(bridge.frames, clip)
    return Refusal(span=span, gap=choice.gap if choice else None, reason=f"{span} {reason}")


def _segments(picked: Sequence[_Picked], brief: _Brief) -> list[Generate]:
    """The generated segments, each knowing how much real footage its neighbours leave it."""
    ends = [0, *(one.choice.end.index for one in picked)]
    starts = [*(one.choice.start.index for one in picked), brief.clip.frames - 1]
    return [_segment(at, one, (ends[at], starts[at + 1]), brief) for at, one in enumerate(picked)]


def _segment(at: int, picked: _Picked, kept: tuple[int, int], brief: _Brief) -> Generate:
    """One generated segment; `kept` are the first and last frame kept around it."""
    clip, choice = brief.clip, picked.choice
    first, last = choice.start.index, choice.end.index
    images = brief.images[first], brief.images[last]
    before, after = _shot(first, brief).start, _shot(last, brief).stop
    return Generate(
        name=f"gap_{(at + 1) * 10:04d}",
        span=between(first, last, clip),
        start=choice.start.anchor(clip, images[0]),
        end=choice.end.anchor(clip, images[1]),
        gap=choice.gap,
        frames=last - first + 1,
        fps=rate(first, last, clip),
        constraints=constraints(
            *images,
            real_before=first - max(before, kept[0]) + 1,
            real_after=min(after - 1, kept[1]) - last + 1,
        ),
        replaces=picked.bridge.faults,
        cost_usd=brief.profile.cost_usd(clip.time_of(last) - clip.time_of(first)),
    )


def _shot(index: int, brief: _Brief) -> range:
    return next(shot for shot in brief.shots if index in shot)

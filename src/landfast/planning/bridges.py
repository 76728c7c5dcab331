"""Which frames have to go, and the real frames on both sides that a bridge could hold on to."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from landfast.model.clip import Clip
from landfast.model.measured import Shot, Unusable
from landfast.model.profile import Profile
from landfast.model.time import Span
from landfast.planning.anchors import Scores, Spot, candidates, score_frames
from landfast.planning.segments import frames_of, inside, merged, span_of, without
from landfast.planning.unusable import sound_runs
from landfast.vision.analysis.table import FrameTable

REACH_S = Fraction(2, 5)
"""How much good footage may be given up on each side for a better anchor."""
CANDIDATES = 3
"""Anchors considered on each side."""
APART_S = Fraction(1, 2)
"""Faults closer than this are first tried as one gap: a shorter scrap of footage between two
generated spans shows two joins and little else."""
BOUGHT_APART_S = Fraction(3, 2)
"""The same where one take over both costs less than a take for each: services bill a clip of a
second like one of five."""
LEAST_ISLAND = 4
"""Fewest real frames between two generated spans: two for each side's velocity."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """A run of frames to be replaced, with what it could be held by."""

    frames: range
    """Frames that must not stay; good ones between close faults are among them."""
    faults: tuple[Unusable, ...]
    before: tuple[Spot, ...]
    """Candidates for the start anchor, best first."""
    after: tuple[Spot, ...]
    """Candidates for the end anchor, best first."""
    cuts: tuple[Fraction, ...]
    """Times of cuts, in seconds, that the bridge would lie across."""
    refusal: str = ""
    """Why it cannot be bridged whatever the pixels show; empty where it may be."""
    legs: tuple[Bridge, ...] = ()
    """The same faults part by part, with the real frames between and within them kept: the way
    to split."""


@dataclass(frozen=True, slots=True)
class _Ground:
    """What is the same for all bridges of a clip."""

    clip: Clip
    scores: Scores
    shots: tuple[range, ...]
    faults: tuple[Unusable, ...]
    exact: bool
    """True for spans chosen by the user: anchors lie directly beside them."""
    avoid: frozenset[int]
    """Frames that make bad anchors."""
    sound: tuple[range, ...]
    """Runs of frames within detected faults that are below every limit themselves: real frames
    by which a gap too wide can be split. None within spans chosen by the user."""


def faults_to_bridge(
    table: FrameTable,
    clip: Clip,
    shots: Sequence[Shot],
    unusable: Sequence[Unusable],
    *,
    replace: Sequence[Span] = (),
    profile: Profile | None = None,
) -> tuple[Bridge, ...]:
    """The gaps to be bridged, in order of time.

    Args:
        table: Measurements of every frame.
        clip: The footage.
        shots: Its shots, which together cover it.
        unusable: Faults that were detected.
        replace: Spans chosen by the user. Where there are any they overrule detection: exactly
            their frames are replaced, and detected faults elsewhere stay.
        profile: The model that makes the takes: close faults are bought together where that is
            cheaper.

    Raises:
        InputError: A chosen span lies outside the clip.
    """
    chosen = tuple(_chosen(inside(span, clip)) for span in replace)
    ground = _Ground(
        clip=clip,
        scores=score_frames(table, clip, shots),
        shots=tuple(frames_of(shot.span, clip) for shot in shots),
        faults=chosen or tuple(unusable),
        exact=bool(chosen),
        avoid=_frames(unusable, clip) | _frames(chosen, clip),
        sound=() if chosen else sound_runs(table, clip, shots, unusable),
    )
    runs = [frames_of(fault.span, clip) for fault in ground.faults]
    apart = LEAST_ISLAND if ground.exact else max(LEAST_ISLAND, round(APART_S * clip.fps))
    groups = merged(runs, closer_than=apart)
    if profile is not None and not ground.exact:
        groups = _bought_together(groups, clip, profile)
    return tuple(_bridge(group, room, ground) for group, room in _with_room(groups, _whole(clip)))


def _bought_together(
    groups: Sequence[tuple[range, ...]], clip: Clip, profile: Profile
) -> tuple[tuple[range, ...], ...]:
    """Neighbours as one group where one take over both is cheaper, so that it fills its quantum."""
    found: list[tuple[range, ...]] = []
    for group in groups:
        if found and _cheaper_together(found[-1], group, clip, profile):
            found[-1] += group
        else:
            found.append(group)
    return tuple(found)


def _cheaper_together(
    left: tuple[range, ...], right: tuple[range, ...], clip: Clip, profile: Profile
) -> bool:
    island = range(left[-1].stop, right[0].start)
    if len(island) / clip.fps > BOUGHT_APART_S:
        return False

    def price(start: int, stop: int) -> Fraction:
        return profile.cost_usd(Fraction(stop - start + 1) / clip.fps)

    apart = price(left[0].start, left[-1].stop) + price(right[0].start, right[-1].stop)
    return price(left[0].start, right[-1].stop) < apart


def _chosen(span: Span) -> Unusable:
    return Unusable(
        span=span, fault="chosen", confidence=1, reason=f"{span} was chosen by the user"
    )


def _frames(faults: Iterable[Unusable], clip: Clip) -> frozenset[int]:
    return frozenset(at for fault in faults for at in frames_of(fault.span, clip))


def _whole(clip: Clip) -> range:
    return range(clip.frames)


def _with_room(
    groups: Sequence[tuple[range, ...]], room: range
) -> list[tuple[tuple[range, ...], range]]:
    """Each group with the frames it may use; neighbours share what lies between them by half."""
    edges = [room.start]
    for left, right in itertools.pairwise(groups):
        edges.append((left[-1].stop + right[0].start) // 2)
    edges.append(room.stop)
    return [(group, range(edges[at], edges[at + 1])) for at, group in enumerate(groups)]


def _bridge(group: tuple[range, ...], room: range, ground: _Ground) -> Bridge:
    frames = range(group[0].start, group[-1].stop)
    parts = merged(group, closer_than=LEAST_ISLAND)
    if len(parts) == 1:
        parts = tuple((run,) for run in without(frames, _middle(frames, ground.sound)))
    inner = _with_room(parts, room) if len(parts) > 1 else []
    return Bridge(
        frames=frames,
        faults=_parts_within(frames, ground),
        before=_side(frames.start - 1, room, ground, way=-1),
        after=_side(frames.stop, room, ground, way=1),
        cuts=_cuts(frames, ground),
        refusal=_hopeless(frames, ground.clip),
        legs=tuple(_bridge(part, part_room, ground) for part, part_room in inner),
    )


def _middle(frames: range, sound: Sequence[range]) -> tuple[range, ...]:
    """The run of sound frames nearest to the middle, with faults on both sides; none or one."""
    inner = [run for run in sound if frames.start < run.start and run.stop < frames.stop]
    middle = frames.start + frames.stop
    return tuple(sorted(inner, key=lambda run: (abs(run.start + run.stop - middle), run.start))[:1])


def _parts_within(frames: range, ground: _Ground) -> tuple[Unusable, ...]:
    """The faults of these frames, each cut to them."""
    found = []
    for fault in ground.faults:
        own = frames_of(fault.span, ground.clip)
        shared = range(max(own.start, frames.start), min(own.stop, frames.stop))
        if len(shared) == len(own):
            found.append(fault)
        elif len(shared):
            found.append(fault.model_copy(update={"span": span_of(shared, ground.clip)}))
    return tuple(found)


def _side(near: int, room: range, ground: _Ground, *, way: Literal[-1, 1]) -> tuple[Spot, ...]:
    """Candidates for the anchor on the side of a gap where frame `near` lies beside it.

    They lie from `near` on in the direction `way`, in its shot and within reach.
    """
    if near not in room:
        return ()
    shot = next(shot for shot in ground.shots if near in shot)
    steps = max(1, round(REACH_S * ground.clip.fps))
    low, high = max(room.start, shot.start), min(room.stop, shot.stop)
    if way < 0:
        reach = range(max(low, near - steps + 1), near + 1)
    else:
        reach = range(near, min(high, near + steps))
    return _exact(near, reach, ground) if ground.exact else _best(near, reach, ground)


def _best(near: int, reach: range, ground: _Ground) -> tuple[Spot, ...]:
    return candidates(ground.scores, reach, near=near, count=CANDIDATES)


def _exact(near: int, reach: range, ground: _Ground) -> tuple[Spot, ...]:
    """The nearest frame without a fault; where all have faults, the frame beside the gap."""
    good = [at for at in reach if at not in ground.avoid]
    nearest = min(good, key=lambda at: abs(at - near), default=near)
    return candidates(ground.scores, range(nearest, nearest + 1), near=near, count=1)


def _cuts(frames: range, ground: _Ground) -> tuple[Fraction, ...]:
    """Cuts between the frame before the run and the frame after it."""
    starts = (shot.start for shot in ground.shots)
    return tuple(
        ground.clip.time_of(start)
        for start in starts
        if frames.start <= start <= frames.stop
        if 0 < start < ground.clip.frames
    )


def _hopeless(frames: range, clip: Clip) -> str:
    begins, ends = frames.start == 0, frames.stop == clip.frames
    if begins and ends:
        return "is the whole clip: there is no real frame on either side to hold on to"
    if begins:
        return "begins with the clip: there is no real frame before it to hold on to"
    if ends:
        return "ends with the clip: there is no real frame after it to hold on to"
    return ""

"""One transition as the page shows it: anchors, gap, before and after, takes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction

from landfast.ledger.ladder import Step, StepState, climbed
from landfast.model.measured import Gap
from landfast.model.plan import Generate
from landfast.model.profile import Profile
from landfast.report.numbers import (
    NBSP,
    UNKNOWN,
    count,
    money,
    number,
    quantity,
    share,
)
from landfast.report.take import TakePanel, seed_words, take_panel
from landfast.report.view import Image, RunView
from landfast.report.words import Fact, SegmentState, Tone, asked, segment_state

RUNG: dict[str, str] = {"keep": "Keep the real frames", "retime": "Retime", "geometry": "Geometry"}
STEP_TONE: dict[StepState, Tone] = {
    "used": "pass",
    "rejected": "fail",
    "failed": "fail",
    "skipped": "plain",
    "not needed": "plain",
    "not finished": "unknown",
}
GAP_TONE: dict[str, Tone] = {
    "bridgeable": "pass",
    "too wide": "fail",
    "unrelated": "fail",
    "unknown": "unknown",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the frame-by-frame strip."""

    title: str
    tone: Tone
    word: str
    """How the take ended; empty for the clip."""
    images: tuple[Image | None, ...]
    """One for each column."""


@dataclass(frozen=True, slots=True)
class RungRow:
    """One rung of the ladder and what came of it."""

    name: str
    tone: Tone
    word: str
    reason: str
    takes: str
    cost: str


@dataclass(frozen=True, slots=True)
class Transition:
    """Everything about one generated segment."""

    number: int
    segment: Generate
    state: SegmentState
    start: Image | None
    end: Image | None
    before: Image | None
    after: Image | None
    after_take: TakePanel | None
    gap: tuple[Fact, ...]
    gap_tone: Tone
    request: tuple[Fact, ...]
    asked: tuple[tuple[str, str, str], ...]
    """Constraint, strength, how the generator meets it."""
    times: tuple[Fraction, ...]
    rows: tuple[Row, ...]
    takes: tuple[TakePanel, ...]
    rungs: tuple[RungRow, ...]
    """The ladder, lowest rung first; empty where generators were named one by one."""


def transitions(view: RunView) -> tuple[Transition, ...]:
    """The plan's generated segments in order of time."""
    if view.plan is None:
        return ()
    segments = view.plan.generated
    return tuple(_transition(view, segment, i) for i, segment in enumerate(segments, 1))


def _transition(view: RunView, segment: Generate, index: int) -> Transition:
    takes = tuple(
        take_panel(view, segment, take, i) for i, take in enumerate(view.takes_of(segment), 1)
    )
    shown = _shown(view, takes)
    times, rows = _rows(view, segment, takes, shown)
    after = view.largest("take", shown.view.key) if shown else None
    return Transition(
        number=index,
        segment=segment,
        state=segment_state(view, segment),
        start=view.largest("start", segment.name),
        end=view.largest("end", segment.name),
        before=_beside(view, segment, after),
        after=after,
        after_take=shown,
        gap=gap_facts(segment.gap),
        gap_tone=GAP_TONE[segment.gap.state],
        request=_request(segment, takes, view.profile),
        asked=_asked(segment, view.profile),
        times=times,
        rows=rows,
        takes=takes,
        rungs=tuple(_rung(step) for step in climbed(segment, view.takes)),
    )


def _rung(step: Step) -> RungRow:
    return RungRow(
        name=RUNG.get(step.generator, step.generator),
        tone=STEP_TONE[step.state],
        word=step.state,
        reason=step.reason,
        takes=str(step.takes) if step.takes else "–",
        cost=money(step.cost_usd) if step.takes else "–",
    )


def _beside(view: RunView, segment: Generate, after: Image | None) -> Image | None:
    """The clip at the time of the take's picture: retiming has a window of its own."""
    found = view.pictures("source", segment.name)
    widest = max((image.about.width for image in found), default=0)
    large = [image for image in found if image.about.width == widest]
    if after is None:
        return next(iter(large), None)
    return min(large, key=lambda image: abs(image.time - after.time), default=None)


def _shown(view: RunView, takes: tuple[TakePanel, ...]) -> TakePanel | None:
    """The take in the film, else the last one that has pictures."""
    with_pictures = [take for take in takes if view.pictures("take", take.view.key)]
    chosen = [take for take in with_pictures if take.view.key in view.in_film]
    return next(iter(chosen or with_pictures[-1:]), None)


def _rows(
    view: RunView, segment: Generate, takes: tuple[TakePanel, ...], shown: TakePanel | None
) -> tuple[tuple[Fraction, ...], tuple[Row, ...]]:
    """Times of the columns, and the rows that have pictures at all."""
    clip = view.small("source", segment.name)
    pictures = [view.small("take", take.view.key) for take in takes]
    # Retiming has a window of its own; every other take fills the planned one.
    own = shown is not None and shown.view.request.generator == "retime"
    chosen = view.small("take", shown.view.key) if shown and own else {}
    times = tuple(next((row for row in (chosen, clip, *pictures) if row), {}))
    rows = [Row("Clip", "plain", "", _columns(clip, times))] if clip else []
    rows += [
        Row(f"Take {take.number}", take.tone, take.word, _columns(images, times))
        for take, images in zip(takes, pictures, strict=True)
        if images
    ]
    return times, tuple(rows)


def _columns(
    images: dict[Fraction, Image], times: tuple[Fraction, ...]
) -> tuple[Image | None, ...]:
    """For each time the nearest picture, where it is nearer than half the way to the next."""
    steps = [later - earlier for earlier, later in itertools.pairwise(times)]
    reach = min(steps, default=Fraction(1)) / 2
    nearest = [min(images, key=lambda found: abs(found - time)) for time in times]
    return tuple(
        images[found] if abs(found - time) < reach else None
        for time, found in zip(times, nearest, strict=True)
    )


def gap_facts(gap: Gap) -> tuple[Fact, ...]:
    """What was measured between two anchors."""
    structure = f"{gap.inliers:,} of {gap.matches:,} matches ({share(gap.inliers, gap.matches)})"
    length = None if gap.frames is None else count(gap.frames, "frame")
    seconds = "" if gap.seconds is None else f", {number(gap.seconds)}{NBSP}s"
    measured = (
        ("Overlap", gap.overlap, "share"),
        ("Movement", gap.motion_px, "px"),
        ("Parallax", gap.parallax_px, "px"),
        ("Way of the camera", gap.baseline, "of the depth"),
        ("Change of light", gap.light_change, "ΔE"),
        ("Change of colour alone", gap.colour_change, "ΔE"),
        ("Seen by one anchor only", gap.disoccluded, "share"),
        ("Detail that changed or moved by itself", gap.churn, "share"),
        ("Distance in layout and texture", gap.semantic, "of 1"),
        ("Turn of the motion over it", gap.turn_px, "px a frame"),
        ("Unsteadiness of the motion beside it", gap.unsteady_px, "px a frame"),
        ("Chance of acceptance", gap.chance, "share"),
    )
    return (
        Fact("Model", gap.model if gap.model != "none" else "none fits"),
        Fact("Agreeing with the model", structure if gap.matches else UNKNOWN, gap.matches > 0),
        Fact("Length", f"{length}{seconds}" if length else UNKNOWN, length is not None),
        *(Fact(name, quantity(value, unit), value is not None) for name, value, unit in measured),
    )


def _request(
    segment: Generate, takes: tuple[TakePanel, ...], profile: Profile | None
) -> tuple[Fact, ...]:
    requests = [take.view.request for take in takes]
    names = [request.generator for request in requests] or [profile.name if profile else ""]
    seeds = [seed_words(take.view) for take in takes]
    sizes = [f"{request.width} × {request.height} px" for request in requests]
    facts = [
        ("Generator", _distinct(names)),
        ("Seed", _distinct(seeds)),
        ("Size", _distinct(sizes)),
        ("Frames", f"{segment.frames}, both anchors included"),
        ("Rate", f"{number(segment.fps, digits=4)} frames a second"),
        ("Prompt", segment.prompt or "none"),
        ("Negative prompt", segment.negative_prompt or "none"),
        ("Expected price", money(segment.cost_usd)),
    ]
    return tuple(Fact(name, text or "no take asked for yet", bool(text)) for name, text in facts)


def _distinct(values: list[str]) -> str:
    """Values in the order they first appear."""
    return ", ".join(dict.fromkeys(value for value in values if value))


def _asked(segment: Generate, profile: Profile | None) -> tuple[tuple[str, str, str], ...]:
    support = profile.support if profile else {}
    return tuple(
        (asked(one), one.strength, support.get(one.kind, "not stated"))
        for one in segment.constraints
    )

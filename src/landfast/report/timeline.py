"""The time axis of the film's strip: marks as shares of the clip's length, and round ticks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from landfast.model.plan import Generate, Plan, Segment
from landfast.model.time import Span
from landfast.report.numbers import between, clock
from landfast.report.view import RunView
from landfast.report.words import faults, segment_state

Look = Literal["keep", "made", "open", "bad", "shot", "refused"]
_MOST_TICKS = 7
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a lane; `left` and `width` are percent of the clip."""

    left: float
    width: float
    look: Look
    label: str
    """Short word on the mark; may be cut off when the mark is narrow."""
    title: str
    """The whole story in words."""
    link: str = ""
    """Id of the part of the page that tells more."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A point on a lane; `used` pins hold a transition."""

    left: float
    used: bool
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled time on the axis."""

    left: float
    label: str


def percent(time: Fraction, duration: Fraction) -> float:
    """Where a time lies, in percent of the clip."""
    return float(100 * time / duration)


def ticks(duration: Fraction) -> tuple[Tick, ...]:
    """Round times from zero, a few of them."""
    small = (Fraction(1, 10), Fraction(1, 5), Fraction(1, 2))
    steps = (*small, *map(Fraction, STEPS))
    step = next((step for step in steps if duration / step < _MOST_TICKS), steps[-1])
    times = [step * k for k in range(int(duration / step) + 1)]
    return tuple(
        Tick(percent(time, duration), _tick_label(time))
        for time in times
        if percent(time, duration) <= 97
    )


def _tick_label(time: Fraction) -> str:
    if time >= 60:
        return f"{int(time) // 60}:{int(time) % 60:02d}"
    return f"{float(time):g} s"


def film_marks(view: RunView, plan: Plan) -> tuple[Mark, ...]:
    """Kept and generated spans; a gap whose takes were not accepted is `open`."""
    marks = []
    number = 0
    for segment, span in _placed(view, plan):
        if isinstance(segment, Generate):
            number += 1
            state = segment_state(view, segment)
            look: Look = "made" if state.accepted else "open"
            chosen = view.accepted(segment)
            if chosen is not None and chosen.request.generator == "keep":
                look = "keep"
            title = f"Transition {number}, {_words(span)}: {state.word}"
            marks.append(_mark(span, plan, look, str(number), title, segment.name))
        else:
            title = f"Kept footage, {_words(span)}"
            marks.append(_mark(span, plan, "keep", "kept", title, ""))
    return tuple(marks)


def _placed(view: RunView, plan: Plan) -> list[tuple[Segment, Span]]:
    """Segments and where they lie in the film: retiming has a window of its own."""
    spans = [_own_span(view, segment) for segment in plan.segments]
    for at, segment in enumerate(plan.segments):
        if segment.kind == "keep":
            start = spans[at - 1].stop if at else segment.span.start
            last = at + 1 == len(spans)
            spans[at] = Span(start=start, stop=segment.span.stop if last else spans[at + 1].start)
    return list(zip(plan.segments, spans, strict=True))


def _own_span(view: RunView, segment: Segment) -> Span:
    chosen = view.accepted(segment) if isinstance(segment, Generate) else None
    if chosen is None or chosen.request.generator != "retime" or chosen.request.footage is None:
        return segment.span
    return chosen.request.footage.span


def fault_marks(plan: Plan) -> tuple[Mark, ...]:
    """Unusable spans, and whether they had to stay."""
    refused = [refusal.span for refusal in plan.refusals]
    marks = []
    for fault in faults(plan):
        stays = any(span.overlaps(fault.span) for span in refused)
        title = f"{fault.fault.capitalize()}, {_words(fault.span)}: {fault.reason}"
        look: Look = "refused" if stays else "bad"
        marks.append(_mark(fault.span, plan, look, fault.fault, title, "unusable"))
    return tuple(marks)


def shot_marks(plan: Plan) -> tuple[Mark, ...]:
    """Shots with the kind of camera motion."""
    marks = []
    for index, shot in enumerate(plan.shots, 1):
        motion = "motion unknown" if shot.motion == "unknown" else shot.motion
        title = f"Shot {index}, {_words(shot.span)}, {motion}: {shot.reason}"
        marks.append(_mark(shot.span, plan, "shot", f"{index}: {motion}", title, ""))
    return tuple(marks)


def pins(view: RunView, plan: Plan) -> tuple[Pin, ...]:
    """Anchors that the analysis found, and those that hold a transition, each with why."""
    used = {anchor.time: anchor for part in plan.generated for anchor in (part.start, part.end)}
    found = {anchor.time: anchor for anchor in view.analysis.anchors} if view.analysis else {}
    return tuple(
        Pin(
            percent(time, plan.duration),
            time in used,
            f"Anchor at {clock(time)}, {'used' if time in used else 'not needed'}: "
            f"{(used.get(time) or found[time]).reason}",
        )
        for time in sorted(used.keys() | found.keys())
    )


def _words(span: Span) -> str:
    return between(span.start, span.stop)


def _mark(span: Span, plan: Plan, look: Look, label: str, title: str, link: str) -> Mark:
    left = percent(span.start, plan.duration)
    return Mark(left, percent(span.duration, plan.duration), look, label, title, link)

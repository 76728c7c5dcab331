"""What a run came to, in words: failures first, unknown stays unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from landfast.model.constraint import Constraint, ConstraintKind
from landfast.model.measured import Unusable
from landfast.model.outcome import Film, RunState, Stage
from landfast.model.plan import Generate, Plan
from landfast.model.take import TakeState
from landfast.model.verdict import Check
from landfast.report.numbers import count
from landfast.report.view import RunView

Tone = Literal["pass", "fail", "unknown", "plain"]

STOPPED: dict[RunState, str] = {
    "running": "Interrupted",
    "failed": "Failed",
    "budget spent": "Budget spent",
}
TAKE: dict[TakeState, tuple[str, Tone]] = {
    "intended": ("not sent yet", "unknown"),
    "submit_unknown": ("sent, not answered", "unknown"),
    "submitted": ("sent, nothing came back yet", "unknown"),
    "done": ("came back, not judged yet", "unknown"),
    "failed": ("failed", "fail"),
    "accepted": ("accepted", "pass"),
    "rejected": ("rejected", "fail"),
}
TONE: dict[Tone, str] = {"pass": "as planned", "fail": "not everything went as planned"}
CHECK: dict[Check, tuple[str, str]] = {
    "endpoints": ("Endpoints", "The first and last frame are the anchors"),
    "scene": ("Scene", "One camera path through a rigid world explains the take"),
    "persistence": ("Persistence", "What both anchors show stays, and nothing else appears"),
    "texture": ("Texture", "Detail stays on its surface and stays sharp"),
    "motion": ("Motion", "Motion at both joins continues the footage"),
    "steady": ("Steadiness", "No flicker"),
    "colour": ("Colour", "Colour runs from one anchor’s to the other’s"),
    "horizon": ("Horizon", "The horizon keeps its course between the anchors"),
    "depth": ("Depth", "Parallax agrees with the depth of the real scene"),
    "region": ("Region", "Masked pixels are the footage’s own"),
    "lock": ("Lock", "The overlay stays where it belongs on the scene"),
}
CONSTRAINT: dict[ConstraintKind, str] = {
    "endpoint": "Keep the anchor",
    "scene": "Keep the scene rigid",
    "persistence": "Keep what is there, add nothing",
    "texture": "Keep the detail on its surface",
    "motion": "Keep the motion at the joins",
    "steady": "Keep it steady",
    "colour": "Keep the colour",
    "horizon": "Keep the horizon on its course",
    "depth": "Keep the depth of the scene",
    "region": "Keep the masked pixels",
}
STAGE: dict[Stage, str] = {
    "probe": "Read the file",
    "analyse": "Analyse every frame",
    "plan": "Choose anchors and measure gaps",
    "generate": "Generate",
    "verify": "Verify",
    "compose": "Put the film together",
    "repeat": "Do it again, to see whether the bytes are the same",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what stands behind it; `known` is False where it was not measured."""

    name: str
    value: str
    known: bool = True
    code: bool = False
    """True for hashes and other text that is not prose."""


@dataclass(frozen=True, slots=True)
class SegmentState:
    """How a generated segment ended."""

    word: str
    tone: Tone
    accepted: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The head of the page."""

    headline: str
    tone: Tone
    word: str
    """The tone in words."""
    notes: tuple[str, ...]
    """Everything that did not go as wished, one sentence each."""


def segment_state(view: RunView, segment: Generate) -> SegmentState:
    """How a generated segment ended."""
    takes = view.takes_of(segment)
    chosen = view.accepted(segment)
    if chosen and chosen.verdict and chosen.verdict.state != "pass":
        state = chosen.verdict.state
        return SegmentState(f"accepted with the verdict {state}", state, True)
    if chosen and chosen.request.generator == "keep":
        return SegmentState("kept: the real frames pass", "pass", True)
    if chosen:
        return SegmentState("accepted", "pass", True)
    if not takes:
        return SegmentState("no take yet", "unknown", False)
    if all(take.state in ("failed", "rejected") for take in takes):
        return SegmentState("no take accepted", "fail", False)
    return SegmentState("not finished", "unknown", False)


def faults(plan: Plan) -> tuple[Unusable, ...]:
    """Spans that should not be kept: those found, and those that the user chose."""
    chosen = [fault for segment in plan.generated for fault in segment.replaces]
    every = {(fault.span.start, fault.span.stop, fault.fault): fault for fault in chosen}
    every |= {(fault.span.start, fault.span.stop, fault.fault): fault for fault in plan.unusable}
    return tuple(every[key] for key in sorted(every))


def asked(constraint: Constraint) -> str:
    """A constraint as it was asked."""
    words = CONSTRAINT[constraint.kind]
    return f"{words} at the {constraint.at}" if constraint.kind == "endpoint" else words


def outcome(view: RunView) -> Outcome:
    """The sentence that tells how the run went, and what a reader must not miss."""
    stopped = STOPPED.get(view.run.state, "") if view.run else "The run did not start"
    clauses = [*_transitions(view), _film(view)]
    body = "; ".join(clause for clause in clauses if clause) + "."
    headline = f"{stopped}: {body}" if stopped else body[0].upper() + body[1:]
    tone: Tone = "fail" if stopped or _wanting(view) else "pass"
    word = "stopped before the end" if stopped else TONE[tone]
    return Outcome(headline, tone, word, _notes(view))


def _transitions(view: RunView) -> list[str]:
    if view.plan is None:
        return ["there was no plan yet"]
    wanted = len(view.plan.generated)
    refused = len(view.plan.refusals)
    if not wanted and not refused:
        return ["nothing had to be replaced"]
    if not wanted:
        spans = "the one unusable span" if refused == 1 else f"any of the {refused} unusable spans"
        return [f"could not bridge {spans}, so no transition was generated"]
    chosen = [take for segment in view.plan.generated if (take := view.accepted(segment))]
    kept = sum(take.request.generator == "keep" for take in chosen)
    clauses = [f"{len(chosen) - kept} of {wanted - kept} transitions accepted"]
    if kept:
        stay = f"{count(kept, 'span')} kept, whose real frames pass every check"
        clauses = [stay] if kept == wanted else [*clauses, stay]
    if refused:
        clauses.append(f"{count(refused, 'span')} refused")
    return clauses


def _film(view: RunView) -> str:
    film = view.film
    if film is None:
        return "no film was made"
    if film.exact is None:
        kept = film.frames - film.generated
        return (
            f"{kept:,} of {film.frames:,} frames are kept footage, not checked whether bit for bit"
        )
    if film.exact == film.frames:
        return f"all {film.frames:,} frames are the original, bit for bit"
    if film.exact == 0:
        return f"none of the {film.frames:,} frames is the original bit for bit"
    return f"{film.exact:,} of {film.frames:,} frames are the original, bit for bit"


def _wanting(view: RunView) -> bool:
    """True where something that should be there is not."""
    if view.plan is None or view.film is None or view.plan.refusals:
        return True
    return any(segment_state(view, segment).tone != "pass" for segment in view.plan.generated)


def _notes(view: RunView) -> tuple[str, ...]:
    notes = []
    if view.run and view.run.message:
        notes.append(view.run.message)
    if view.run and view.run.state in STOPPED:
        notes.append("What is done stays usable; landfast resume goes on from here.")
    if view.film:
        notes.extend(_film_notes(view.film))
    if view.plan:
        for index, segment in enumerate(view.plan.generated, 1):
            state = segment_state(view, segment)
            stays = "; the footage stays as it was there" if view.film else ""
            if state.accepted and state.tone != "pass":
                notes.append(f"Transition {index}: {state.word}; it was not shown to be sound.")
            if not state.accepted:
                notes.append(f"Transition {index}: {state.word}{stays}.")
    if view.images_left_out:
        notes.append(
            f"{count(view.images_left_out, 'picture')} left out to keep this page small; "
            "the run’s folder holds them all."
        )
    if view.images_lost:
        notes.append(
            f"{count(view.images_lost, 'picture')} missing or damaged in the run’s folder."
        )
    return tuple(notes)


def _film_notes(film: Film) -> list[str]:
    if film.exact is None:
        return [film.reason] if film.reason else []
    changed = film.frames - film.generated - film.exact
    if not changed:
        return []
    why = film.reason or "the reason was not recorded"
    return [f"{count(changed, 'kept frame')} not bit for bit the original: {why}."]

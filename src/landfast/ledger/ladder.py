"""How far the ladder of a segment was climbed, and why each lower rung did not do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from landfast.ledger.rows import TakeRow
from landfast.model.plan import Generate, Rung
from landfast.model.verdict import Verdict

StepState = Literal["used", "rejected", "failed", "skipped", "not needed", "not finished"]


@dataclass(frozen=True, slots=True)
class Step:
    """One rung and what came of it.

    Attributes:
        generator: `keep`, `retime`, or the profile's name.
        state: What came of it.
        reason: Why, in a sentence.
        takes: Takes that were asked for.
        cost_usd: What they cost.
    """

    generator: str
    state: StepState
    reason: str
    takes: int
    cost_usd: Fraction


def climbed(segment: Generate, takes: Iterable[TakeRow]) -> tuple[Step, ...]:
    """The rungs of a segment, lowest first; empty for a segment without a ladder."""
    own = [take for take in takes if take.request.segment == segment.name]
    steps: list[Step] = []
    for rung in segment.rungs:
        done = any(step.state == "used" for step in steps)
        steps.append(_step(rung, [t for t in own if t.request.generator == rung.generator], done))
    return tuple(steps)


def against(segment: Generate, takes: Iterable[TakeRow]) -> str:
    """What speaks against a segment's last take."""
    own = [take for take in takes if take.request.segment == segment.name]
    if not own:
        return "no take was made"
    return own[-1].error or why(own[-1].verdict)


def _step(rung: Rung, takes: list[TakeRow], done: bool) -> Step:
    cost = sum((take.cost_usd for take in takes), Fraction(0))
    state, reason = _came_to(rung, takes, done)
    return Step(rung.generator, state, reason, len(takes), cost)


def _came_to(rung: Rung, takes: list[TakeRow], done: bool) -> tuple[StepState, str]:
    if rung.state == "skip":
        return "skipped", rung.reason
    if any(take.state == "accepted" for take in takes):
        return "used", rung.reason
    if not takes:
        return ("not needed", "a lower rung did") if done else ("not finished", "was not come to")
    last = takes[-1]
    if last.state == "rejected":
        return "rejected", why(last.verdict)
    return ("failed", last.error) if last.state == "failed" else ("not finished", last.state)


def why(verdict: Verdict | None) -> str:
    """What speaks most against a take."""
    found = verdict.decisive if verdict else None
    return f"{found.check}: {found.reason}" if found else "it did not pass"

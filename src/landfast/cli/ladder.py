"""The ladder on the screen: before a run what may be climbed, after it what was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from landfast.ledger.ladder import Step
from landfast.model.plan import Plan, Rung

LADDER_COLUMNS: Final = ("segment", "rung", "what", "USD at most", "why")


def ladder_rows(plan: Plan) -> list[tuple[str, ...]]:
    """A row a rung, in the order of `LADDER_COLUMNS`; none for a plan without ladders."""
    return [
        (
            segment.name,
            rung.generator,
            _what(rung),
            f"{float(rung.most_usd):.2f}" if rung.state == "try" else "",
            rung.reason,
        )
        for segment in plan.generated
        for rung in segment.rungs
    ]


def _what(rung: Rung) -> str:
    if rung.state == "skip":
        return "skip"
    return "try" if rung.takes == 1 else f"up to {rung.takes} takes"


def planned_usd(plan: Plan) -> str:
    """What a plan costs, with its bound where there are ladders."""
    if not plan.most_usd:
        return f"{float(plan.cost_usd):.2f}"
    return f"{float(plan.cost_usd):.2f} to {float(plan.most_usd):.2f}"


def ladder_lines(plan: Plan) -> tuple[str, ...]:
    """A line a segment before a run: what is tried in which order, and what it costs at most."""
    return tuple(
        f"{segment.name}: {', then '.join(_tried(rung) for rung in segment.tried)}"
        for segment in plan.generated
        if segment.rungs
    )


def _tried(rung: Rung) -> str:
    return (
        f"{rung.generator} (at most {float(rung.most_usd):.2f} USD)"
        if rung.most_usd
        else rung.generator
    )


def climb_words(steps: Sequence[Step]) -> str:
    """Which rung filled a segment, and why the lower ones did not; in a line."""
    used = next((step for step in steps if step.state == "used"), None)
    head = f"filled by {used.generator}" if used else "not filled, the real footage stays"
    if used and used.generator == "keep":
        head = "kept: the real frames pass every check"
    passed = [
        f"{step.generator} {step.state}: {step.reason}"
        for step in steps[: steps.index(used) if used else len(steps)]
    ]
    return "; ".join([head, *passed, *_hint(steps, used)])


def _hint(steps: Sequence[Step], used: Step | None) -> list[str]:
    models = [step for step in steps if step.generator not in ("keep", "retime", "geometry")]
    return [] if used or models else ["no model is named: --generator auto,NAME asks one"]


def climb_document(climbs: Mapping[str, Sequence[Step]]) -> list[dict[str, Any]]:
    """The same for `--json`."""
    return [
        {
            "segment": name,
            "used": next((step.generator for step in steps if step.state == "used"), None),
            "rungs": [
                {
                    "generator": step.generator,
                    "state": step.state,
                    "reason": step.reason,
                    "takes": step.takes,
                    "cost_usd": float(step.cost_usd),
                }
                for step in steps
            ],
        }
        for name, steps in climbs.items()
    ]

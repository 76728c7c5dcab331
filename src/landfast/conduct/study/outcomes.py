"""From the ledger's rows to the outcomes of a study."""

from __future__ import annotations

from fractions import Fraction

from landfast.conduct.study.observed import Observed
from landfast.ledger.rows import TakeRow
from landfast.model.study import Cell, Outcome, OutcomeState
from landfast.model.verdict import Check, Verdict


def outcome(cell: Cell, row: TakeRow, seen: Observed | None) -> Outcome:
    """One take as it came out; `seen` is None where no take came back."""
    verdict, take = row.verdict, row.take
    return Outcome(
        cell=cell,
        request=row.key,
        state=_state(row),
        failed=_checks(verdict, "fail"),
        unknown=_checks(verdict, "unknown"),
        score=verdict.score if verdict else None,
        coverage=verdict.coverage if verdict else None,
        took_s=take.took_s if take else None,
        seconds=row.request.frames / row.request.fps,
        frames=take.frames if take else 0,
        cost_usd=row.cost_usd if row.state != "intended" else Fraction(0),
        digest=seen.digest if seen else None,
        camera=seen.camera if seen else None,
        error=row.error,
    )


def _state(row: TakeRow) -> OutcomeState:
    if row.verdict is None:
        return "failed"
    if row.verdict.state == "pass":
        return "accepted"
    return "rejected" if row.verdict.state == "fail" else "unknown"


def _checks(verdict: Verdict | None, state: str) -> tuple[Check, ...]:
    if verdict is None:
        return ()
    return tuple(dict.fromkeys(f.check for f in verdict.findings if f.state == state))

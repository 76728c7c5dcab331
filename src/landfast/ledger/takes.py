"""The life of a take: each step is written down before the next is made.

    intended --> submitted --> done --> accepted
        |            |           |----> rejected
        |------------+--> failed

`intended` is written before anything is asked for, `done` after the file is on disk. A request
has one row for ever, so the same request is never paid twice.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from fractions import Fraction
from typing import Literal

from landfast.errors import LedgerCorrupt
from landfast.model.take import Request, Take, TakeState
from landfast.model.verdict import Verdict

Judged = Literal["accepted", "rejected"]


def now() -> str:
    """The present in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def intend(db: sqlite3.Connection, request: Request, *, attempt: int, price: Fraction) -> None:
    """Enter the request; where its key stands already, that row stays as it is."""
    db.execute(
        """INSERT INTO takes (request_key, segment, attempt, state, generator, seed, request,
               cost_usd, cost_exact, created)
           VALUES (?, ?, ?, 'intended', ?, ?, ?, ?, ?, ?) ON CONFLICT (request_key) DO NOTHING""",
        (
            request.key,
            request.segment,
            attempt,
            request.generator,
            request.seed,
            request.to_json(),
            float(price),
            str(price),
            now(),
        ),
    )


def submit(db: sqlite3.Connection, key: str, job: str) -> None:
    """The service has taken the request under this job number."""
    _step(db, key, "submitted", allowed=("intended",), values={"provider_job": job})


def finish(db: sqlite3.Connection, take: Take) -> None:
    """The take's file is on disk."""
    values: dict[str, str | float] = {
        "file": take.file,
        "sha256": take.sha256,
        "take": take.to_json(),
        "took_s": take.took_s,
        "cost_usd": float(take.cost_usd),
        "cost_exact": str(take.cost_usd),
        "finished": now(),
    }
    if take.provider_job is not None:
        values["provider_job"] = take.provider_job
    _step(db, take.request, "done", allowed=("intended", "submitted"), values=values)


def fail(db: sqlite3.Connection, key: str, error: str, *, cost: Fraction) -> None:
    """No clip will come of this request; `cost` is what it was charged all the same."""
    values: dict[str, str | float] = {
        "error": error,
        "cost_usd": float(cost),
        "cost_exact": str(cost),
        "finished": now(),
    }
    _step(db, key, "failed", allowed=("intended", "submitted"), values=values)


def judge(db: sqlite3.Connection, key: str, verdict: Verdict, state: Judged) -> None:
    """Keep the verdict, together with what follows from it."""
    _step(db, key, state, allowed=("done",), values={})
    db.execute(
        "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?)",
        (key, verdict.state, verdict.score, verdict.coverage, verdict.to_json(), now()),
    )


def _step(
    db: sqlite3.Connection,
    key: str,
    state: TakeState,
    *,
    allowed: tuple[TakeState, ...],
    values: dict[str, str | float],
) -> None:
    found = db.execute("SELECT state FROM takes WHERE request_key = ?", (key,)).fetchone()
    before = found[0] if found else "unknown to the ledger"
    if before not in allowed:
        raise LedgerCorrupt(
            f"cannot become {state}: it is {before}",
            subject=f"take {key[:12]}",
            remedy="start a new run in another folder",
        )
    columns = "".join(f", {column} = ?" for column in values)
    db.execute(
        f"UPDATE takes SET state = ?{columns} WHERE request_key = ?",
        (state, *values.values(), key),
    )

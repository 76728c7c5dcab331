"""The life of a take: each step is written down before the next is made.

    intended <--> submit_unknown --> submitted --> done --> accepted
        |                |               |           |----> rejected
        '----------------+---------------+--> failed

`intended` is written before anything is asked for, `submit_unknown` just before the call that
costs money leaves, `submitted` with the service's number as soon as it answers, `done` after the
file is on disk. Generators on this machine go from `intended` to `done`. A request has one row for
ever, so the same request is never paid twice.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from fractions import Fraction
from typing import Literal

from landfast.errors import BudgetSpent, LedgerCorrupt
from landfast.model.take import Ordered, Request, Take, TakeState, Ticket
from landfast.model.verdict import Verdict

Judged = Literal["accepted", "rejected"]
OPEN: tuple[TakeState, ...] = ("intended", "submit_unknown", "submitted")
"""States of an attempt that has not come to its end."""


def now() -> str:
    """The present in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def intend(
    db: sqlite3.Connection,
    request: Request,
    *,
    attempt: int,
    price: Fraction,
    cap: Fraction | None = None,
) -> None:
    """Enter the request; where its key stands already, that row stays as it is.

    Raises:
        BudgetSpent: Its price and all that is spent or reserved would pass `cap`.
    """
    if cap is not None and price and not _known(db, request.key):
        _refuse_above(cap, _spent(db), price, request.segment)
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


def _known(db: sqlite3.Connection, key: str) -> bool:
    return db.execute("SELECT 1 FROM takes WHERE request_key = ?", (key,)).fetchone() is not None


def _spent(db: sqlite3.Connection) -> Fraction:
    rows = db.execute("SELECT cost_exact FROM takes").fetchall()
    return sum((Fraction(str(cost)) for (cost,) in rows), Fraction(0))


def _refuse_above(cap: Fraction, spent: Fraction, price: Fraction, segment: str) -> None:
    if spent + price > cap:
        raise BudgetSpent(
            f"a take costs {float(price):.2f} USD and {float(spent):.2f} of "
            f"{float(cap):.2f} USD are spent or reserved",
            subject=segment,
            remedy="what is done stays usable; `landfast resume` with a larger --budget goes on",
        )


def order(db: sqlite3.Connection, key: str, ordered: Ordered) -> None:
    """What the service is about to be asked for."""
    _step(db, key, ("intended",), "intended", ordered=ordered.model_dump_json())


def sending(db: sqlite3.Connection, key: str) -> None:
    """The call that costs money is about to leave: from here on it may have been taken."""
    _step(db, key, ("intended",), "submit_unknown")


def unsent(db: sqlite3.Connection, key: str) -> None:
    """It was certainly not taken, or called off for nothing: it may be sent again."""
    _step(db, key, ("submit_unknown", "submitted"), "intended", provider_job=None, ticket=None)


def doubt(db: sqlite3.Connection, key: str) -> None:
    """The number that a user gave is none of the service's: nobody knows what became of it."""
    _step(db, key, ("submitted",), "submit_unknown", provider_job=None, ticket=None)


def submit(db: sqlite3.Connection, key: str, ticket: Ticket) -> None:
    """The service has taken the request under this number."""
    told = {"provider_job": ticket.id, "ticket": ticket.model_dump_json()}
    _step(db, key, ("intended", "submit_unknown"), "submitted", **told)


def deliver(db: sqlite3.Connection, key: str, raw: str, sha256: str, cost: Fraction | None) -> None:
    """The clip as it came is on disk; `cost` is the charge where the service told it."""
    charged = {} if cost is None else _charged(cost)
    _step(db, key, ("submitted",), "submitted", raw=raw, raw_sha256=sha256, **charged)


def finish(db: sqlite3.Connection, take: Take) -> None:
    """The take's file is on disk."""
    job = {} if take.provider_job is None else {"provider_job": take.provider_job}
    _step(
        db, take.request, OPEN, "done", file=take.file, sha256=take.sha256, take=take.to_json(),
        took_s=take.took_s, finished=now(), **_charged(take.cost_usd), **job,
    )  # fmt: skip


def fail(db: sqlite3.Connection, key: str, error: str, *, cost: Fraction) -> None:
    """No clip will come of this request; `cost` is what it was charged all the same."""
    _step(db, key, OPEN, "failed", error=error, finished=now(), **_charged(cost))


def _charged(cost: Fraction) -> dict[str, str | float]:
    return {"cost_usd": float(cost), "cost_exact": str(cost)}


def judge(db: sqlite3.Connection, key: str, verdict: Verdict, state: Judged) -> None:
    """Keep the verdict, together with what follows from it."""
    _step(db, key, ("done",), state)
    db.execute(
        "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?)",
        (key, verdict.state, verdict.score, verdict.coverage, verdict.to_json(), now()),
    )


def _step(
    db: sqlite3.Connection,
    key: str,
    allowed: tuple[TakeState, ...],
    state: TakeState,
    **values: str | float | None,
) -> None:
    """From one of the allowed states to the next, with what is known then, by column."""
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

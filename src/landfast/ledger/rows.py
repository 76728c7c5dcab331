"""What a row of the table `takes` says."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from landfast.model.take import Ordered, Request, Take, TakeState, Ticket
from landfast.model.verdict import Verdict

COLUMNS = """takes.request_key, takes.segment, takes.attempt, takes.state, takes.request,
    takes.cost_exact, takes.provider_job, takes.take, takes.took_s, takes.error,
    verdicts.document, takes.ordered, takes.ticket, takes.raw, takes.raw_sha256, takes.created"""
FROM = "takes LEFT JOIN verdicts USING (request_key)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeRow:
    """One attempt at a segment, as far as it has come."""

    key: str
    """Key of the request."""
    segment: str
    attempt: int
    """1 for the first."""
    state: TakeState
    request: Request
    cost_usd: Fraction
    """List price while intended or submitted, then what was charged."""
    provider_job: str | None = None
    take: Take | None = None
    """From the state `done` on."""
    verdict: Verdict | None = None
    took_s: float | None = None
    error: str = ""
    """The one line, where the state is `failed`; else empty."""
    created: str = ""
    """When it was intended: UTC, ISO 8601."""
    ordered: Ordered | None = None
    """What the service was asked for; None for generators on this machine."""
    ticket: Ticket | None = None
    """What the service gave for the order."""
    raw: str | None = None
    """The clip as it came, relative to the run's folder."""
    raw_sha256: str | None = None


def take_row(row: tuple[object, ...], *, source: str) -> TakeRow:
    """A row of `SELECT {COLUMNS} FROM {FROM}`."""
    key, segment, attempt, state, request, cost, job, take, took, error, verdict = row[:11]
    ordered, ticket, raw, raw_sha256, created = row[11:]
    return TakeRow(
        key=str(key),
        segment=str(segment),
        attempt=int(str(attempt)),
        state=cast(TakeState, state),
        request=Request.from_json(str(request), source=source),
        cost_usd=Fraction(str(cost)),
        provider_job=None if job is None else str(job),
        take=None if take is None else Take.from_json(str(take), source=source),
        verdict=None if verdict is None else Verdict.from_json(str(verdict), source=source),
        took_s=None if took is None else float(str(took)),
        error="" if error is None else str(error),
        created=str(created),
        ordered=None if ordered is None else Ordered.model_validate_json(str(ordered)),
        ticket=None if ticket is None else Ticket.model_validate_json(str(ticket)),
        raw=None if raw is None else str(raw),
        raw_sha256=None if raw_sha256 is None else str(raw_sha256),
    )


def all_takes(connection: sqlite3.Connection, *, source: str) -> tuple[TakeRow, ...]:
    """Every attempt, in the order of intention."""
    query = f"SELECT {COLUMNS} FROM {FROM} ORDER BY takes.id"
    return tuple(take_row(row, source=source) for row in connection.execute(query))

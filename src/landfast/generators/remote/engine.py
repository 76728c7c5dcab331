"""The job engine: an order is sent once, and brought from wherever it stands to a clip on disk.

Each step is written down by a `Desk` before the next is made, so that a kill at any point loses
nothing and pays for nothing twice. No paid call is ever repeated unless the service certainly did
not take it: it was unreachable, or it said so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from landfast.errors import BrokenOutput, Refused, Unreachable
from landfast.generators.remote.assets import Courier, placeholders
from landfast.generators.remote.clock import Clock
from landfast.generators.remote.desk import Desk
from landfast.generators.remote.dialect import Answer, Asset, Call, Json
from landfast.generators.remote.errors import (
    AUTO_RETRIED,
    JobFailed,
    NotSent,
    SubmitUnknown,
    raised,
)
from landfast.generators.remote.exchange import UNREADABLE, Exchange
from landfast.generators.remote.lowering import Lowered
from landfast.generators.remote.waiting import Told, Wait

_LOG = logging.getLogger(__name__)
_AGAIN: Final = "%s: the order was not taken; sending it again in %.3g s (try %d of %d)"
TRIES: Final = 5
"""Times that an order which was certainly not taken is sent."""
LONGEST_WAIT_S: Final = 600.0
"""A service that asks for a longer pause is left alone until `resume`."""
_LOOKS: Final = 2
"""Times that the service's list is searched before an order counts as never taken."""


class Engine:
    """Brings orders of one service to their clips."""

    def __init__(self, exchange: Exchange, courier: Courier, clock: Clock) -> None:
        self._exchange, self._courier, self._clock = exchange, courier, clock
        self._dialect = exchange.dialect

    def deliver(self, lowered: Lowered, assets: Sequence[Asset], desk: Desk, *, told: Told) -> None:
        """Have the clip in `desk.raw`, ordering it only where the desk has no order yet.

        Raises:
            Unsupported: The service cannot be asked for this; nothing was sent.
            SubmitUnknown: An order may or may not have been taken; only the user can tell.
            StillRunning: The job takes longer than is waited.
            JobFailed: It ended without a clip.
            InputError: The service does not accept the key.
            Refused, Throttled, Unreachable, BrokenOutput: As the service says.
        """
        body = self._dialect.body(lowered, placeholders(lowered, assets))
        if desk.state == "submit_unknown":
            self._reconcile(lowered, body, desk)
        if desk.state == "intended":
            with self._untaken():
                self._order(lowered, assets, desk)
        if desk.state == "submitted":
            self._wait(lowered, assets, desk, told)

    def _wait(self, lowered: Lowered, assets: Sequence[Asset], desk: Desk, told: Told) -> None:
        assert desk.ticket is not None
        wait = Wait(self._exchange, self._clock, lowered.profile, desk.ticket, told)
        try:
            wait.fetch(desk)
        except JobFailed:
            self._courier.clean(lowered, assets)
            raise
        self._courier.clean(lowered, assets)

    @contextmanager
    def _untaken(self) -> Iterator[None]:
        """Only a job that was taken can fail, and cost something: before that, it was declined."""
        try:
            yield
        except JobFailed as error:
            raise Refused(
                f"does not take the order ({error.message})",
                subject=self._exchange.name,
                remedy="check the model's name and the service's address",
            ) from error

    def _order(self, lowered: Lowered, assets: Sequence[Asset], desk: Desk) -> None:
        references = {
            asset.role: self._courier.bring(lowered, asset, self._exchange) for asset in assets
        }
        body = self._dialect.body(lowered, references)
        call = self._dialect.create(body, lowered.profile)
        pause = float(lowered.profile.poll_s)
        for attempt in range(1, TRIES + 1):
            wait = self._create(call, desk, last=attempt == TRIES)
            if wait is None:
                return
            seconds = wait if wait > 0 else pause * 2 ** (attempt - 1)
            _LOG.warning(_AGAIN, self._exchange.name, seconds, attempt + 1, TRIES)
            self._clock.sleep(seconds)

    def _create(self, call: Call, desk: Desk, *, last: bool) -> float | None:
        """Send the paid call once; None where it was taken, else how long to wait (0: untold)."""
        desk.sending()
        try:
            answer = self._exchange.send(call)
        except NotSent:
            desk.unsent()
            if last:
                raise
            return 0.0
        except (Unreachable, BrokenOutput) as error:
            raise self._unknown(error.what) from error
        if not 200 <= answer.status < 300:
            return self._declined(answer, desk, last=last)
        try:
            ticket = self._dialect.created(answer)
        except (BrokenOutput, *UNREADABLE) as error:
            raise self._unknown("answered with something that cannot be read") from error
        desk.submitted(ticket)
        return None

    def _declined(self, answer: Answer, desk: Desk, *, last: bool) -> float:
        """An answer that is no ticket: certainly not taken, or nobody knows."""
        failure = self._exchange.failure(answer)
        vague = answer.status >= 500 or answer.status == 408
        if vague and failure.reason in ("provider error", "timeout", "network"):
            raise self._unknown(f"answered with status {answer.status} ({failure.message})")
        desk.unsent()
        wait = failure.retry_after_s or 0.0
        if last or failure.reason not in AUTO_RETRIED or wait > LONGEST_WAIT_S:
            raise raised(failure, self._dialect.service)
        return wait

    def _reconcile(self, lowered: Lowered, body: Json, desk: Desk) -> None:
        """Find out what became of an order that was never answered; never send it blindly."""
        for look in range(1, _LOOKS + 1):
            search = self._dialect.find(body, desk.since)
            if search is None:
                raise self._unknown("an order was sent and never answered")
            found = self._exchange.run(search)
            if found is not None:
                desk.submitted(found)
                return
            if look < _LOOKS:
                self._clock.sleep(2 * float(lowered.profile.poll_s))
        desk.unsent()

    def _unknown(self, what: str) -> SubmitUnknown:
        return SubmitUnknown(
            f"{what}; nobody here knows whether the order was taken",
            subject=self._exchange.name,
            remedy="look for it in the service's list of jobs, then `landfast resume` with --job "
            "(after `generate`: the same command with --job)",
        )

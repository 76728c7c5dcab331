"""Waiting for a job: looks no faster than the service wants, the clip fetched at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from landfast.errors import BrokenOutput, GeneratorError, Unreachable
from landfast.generators.remote.clock import Clock, Stopped
from landfast.generators.remote.desk import Desk
from landfast.generators.remote.dialect import Failure, Status
from landfast.generators.remote.errors import JobFailed, StillRunning, Waiting
from landfast.generators.remote.exchange import Exchange
from landfast.ledger.disk import persist
from landfast.model.profile import Profile
from landfast.model.take import Ticket

_AGAIN: Final = "%s: does not answer; asking again in %.3g s"
_LOG = logging.getLogger(__name__)
Told = Callable[[float], None]
"""Called with the share done, 0 to 1."""
Listen = Callable[[float], float | None]
"""Waits up to so many seconds; returns the share done where it heard of one."""

SLOWEST_S: Final = 60.0
"""Longest pause between two looks while the service fails to answer."""
FETCHES: Final = 3
"""Times that a download is begun, each with a fresh link."""
_PASSING: Final = (Unreachable, BrokenOutput, Waiting)
"""Failures of one look that say nothing about the job."""


class Wait:
    """One job from its number to its clip."""

    def __init__(
        self, exchange: Exchange, clock: Clock, profile: Profile, ticket: Ticket, told: Told
    ) -> None:
        self._exchange, self._clock, self._profile = exchange, clock, profile
        self._ticket, self._told = ticket, told
        self._failed = 0

    def fetch(self, desk: Desk) -> None:
        """Have the clip in `desk.raw`.

        A wait that is called off cancels a job that still stands in the queue; one that runs is
        paid for and is left to run, so that it can be fetched later.

        Raises:
            StillRunning: It takes longer than the profile allows.
            JobFailed: It ended without a clip.
            BrokenOutput: It succeeded, and no whole clip can be fetched.
        """
        queued = False
        try:
            with self._listening() as listen:
                for status in self._looks(listen):
                    queued = status.state == "queued"
                    if status.state == "succeeded" and self._fetched(status, desk):
                        return
        except (KeyboardInterrupt, Stopped, SystemExit):
            if queued:
                self._call_off(desk)
            raise

    def _looks(self, listen: Listen) -> Iterator[Status]:
        least, began = float(self._profile.poll_s), self._clock.now()
        pause = least
        while True:
            status, wait = self._look()
            pause = least if status else max(wait, least, min(2 * pause, SLOWEST_S))
            if status is not None:
                yield status
            else:
                _LOG.warning(_AGAIN, self._exchange.name, pause)
            if self._clock.now() - began > float(self._profile.timeout_s):
                raise self._still_running()
            self._pause(pause, listen)

    def _look(self) -> tuple[Status | None, float]:
        """The job's status, or how long the service asks to be left alone."""
        try:
            status = self._exchange.run(self._exchange.dialect.poll(self._ticket))
        except _PASSING as error:
            return None, getattr(error, "retry_after_s", 0.0)
        self._refuse_ended(status)
        if status.progress is not None:
            self._told(status.progress)
        return status, 0.0

    def _refuse_ended(self, status: Status) -> None:
        if status.state not in ("failed", "cancelled", "expired"):
            return
        failure = status.failure or Failure(
            reason="cancelled" if status.state == "cancelled" else "provider error",
            message=f"the job is {status.state}",
        )
        raise JobFailed(
            self._exchange.redacted(failure),
            subject=self._exchange.name,
            cost_usd=status.cost_usd,
        )

    def _fetched(self, status: Status, desk: Desk) -> bool:
        """Download now, while the link is fresh; False where another link must be asked for.

        Raises:
            BrokenOutput: Too many links have failed.
        """
        wrong = self._refusal(status, desk)
        if not wrong:
            persist(desk.raw)
            desk.delivered(status.cost_usd)
            return True
        self._failed += 1
        if self._failed == FETCHES:
            raise BrokenOutput(
                f"job {self._ticket.id} is done and its clip cannot be fetched ({wrong})",
                subject=self._exchange.name,
                remedy="the clip is paid for: `landfast resume` (or the same command again) "
                "tries to fetch it again",
            )
        return False

    def _refusal(self, status: Status, desk: Desk) -> str:
        """Why the clip did not come; empty where it did."""
        transport = self._exchange.transport
        try:
            answer = transport.download(status.url, desk.raw, headers=status.headers)
        except (Unreachable, BrokenOutput) as error:
            return error.what
        return f"status {answer.status}" if answer is not None else ""

    def _pause(self, seconds: float, listen: Listen) -> None:
        """Wait until the next look; a service that is listened to may tell its progress."""
        end = self._clock.now() + seconds
        while (left := end - self._clock.now()) > 0:
            share = listen(left)
            if share is not None:
                self._told(share)

    @contextmanager
    def _listening(self) -> Iterator[Listen]:
        listen = getattr(self._exchange.dialect, "listen", None)
        if listen is None:
            yield self._silence
            return
        with listen(self._exchange.transport.base_url, self._ticket) as heard:
            yield heard

    def _silence(self, seconds: float) -> None:
        self._clock.sleep(seconds)

    def _call_off(self, desk: Desk) -> None:
        call = self._exchange.dialect.cancel(self._ticket)
        if call is None:
            return
        try:
            self._exchange.send(call)
            status = self._exchange.run(self._exchange.dialect.poll(self._ticket))
        except GeneratorError:
            return
        if status.state == "cancelled":
            desk.unsent()

    def _still_running(self) -> StillRunning:
        return StillRunning(
            f"job {self._ticket.id} has not ended",
            subject=self._exchange.name,
            remedy="`landfast resume` goes on waiting for it",
        )

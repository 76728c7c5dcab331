"""All gaps of a run: one after another, or as many orders at once as a service takes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial

from landfast.conduct.attempts import fill
from landfast.conduct.job import Job
from landfast.errors import BudgetSpent, GeneratorError, LandfastError
from landfast.generators.remote.generator import RemoteGenerator
from landfast.ledger.rows import TakeRow
from landfast.ledger.takes import OPEN
from landfast.model.plan import Generate

_LOCAL = 1


@dataclass(slots=True)
class Filled:
    """What became of the gaps.

    Attributes:
        accepted: The take that is let in, by segment name.
        stopped: Why some gap was not brought to its end: the budget, or an order that stands.
    """

    accepted: dict[str, TakeRow] = field(default_factory=dict)
    stopped: LandfastError | None = None


def fill_all(job: Job) -> Filled:
    """Fill every gap of the plan; what stops one does not keep the others from their end.

    Raises:
        InputError: A service does not accept the key; nothing further is asked for.
        LedgerCorrupt: A finished take is gone from disk.
    """
    segments, together = _in_order(job), _together(job)
    found = Filled()
    if together == 1 or len(segments) < 2:
        for segment in segments:
            _note(found, segment, partial(fill, job, segment))
    else:
        _fill_together(job, segments, together, found)
    placed = [segment.name for segment in job.plan.generated]
    found.accepted = {name: found.accepted[name] for name in placed if name in found.accepted}
    return found


def _together(job: Job) -> int:
    """Orders that may be under way at once: never more than any of the services takes."""
    most = [
        one.profile.concurrency if isinstance(one, RemoteGenerator) else _LOCAL
        for one in job.makers
    ]
    return most[0] if len(most) == 1 else max(1, min(most, default=1))


def _in_order(job: Job) -> list[Generate]:
    """Gaps with an order under way first: it takes a place at the service already."""
    under_way = {row.segment for row in job.ledger.takes() if row.state in OPEN}
    return sorted(job.plan.generated, key=lambda one: one.name not in under_way)


def _fill_together(job: Job, segments: list[Generate], together: int, found: Filled) -> None:
    """Each worker has one order at most, so that there are as many orders as workers."""
    assert job.makers and job.bench  # made here once, before threads share them
    with ThreadPoolExecutor(together) as pool:
        waiting = {pool.submit(fill, job, segment): segment for segment in segments}
        try:
            while waiting:
                done, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in done:
                    _note(found, waiting.pop(future), future.result)
        except BaseException:
            # Workers that wait for a service leave their order where it stands, in the ledger.
            _call_off(job, waiting)
            raise


def _call_off(job: Job, waiting: dict[Future[TakeRow | None], Generate]) -> None:
    for future in waiting:
        future.cancel()
    for maker in job.makers:
        if isinstance(maker, RemoteGenerator):
            maker.clock.stop()


def _note(found: Filled, segment: Generate, result: Callable[[], TakeRow | None]) -> None:
    """Take down what a gap came to, or why it did not.

    After the budget is spent the other gaps are tried all the same: what is ordered already costs
    nothing more to fetch, and a cheaper one may still fit.
    """
    try:
        row = result()
    except BudgetSpent as error:
        found.stopped = error if found.stopped is None else found.stopped
    except GeneratorError as error:
        found.stopped = _about(segment, error)
    else:
        if row is not None:
            found.accepted[segment.name] = row


def _about(segment: Generate, error: GeneratorError) -> GeneratorError:
    told = type(error).__new__(type(error))
    LandfastError.__init__(
        told, error.what, subject=f"{segment.name}, {error.subject}", remedy=error.remedy
    )
    told.__cause__ = error
    return told

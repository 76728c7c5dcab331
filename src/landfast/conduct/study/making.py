"""Makes the takes of a study: one after another, or as many orders at once as a service takes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Semaphore

from landfast.conduct.attempts import attempt
from landfast.conduct.gap import Gap
from landfast.conduct.progress import stage
from landfast.conduct.study.bench import Bench
from landfast.errors import BudgetSpent, GeneratorError
from landfast.generators.remote.generator import RemoteGenerator
from landfast.ledger.rows import TakeRow
from landfast.model.study import Cell
from landfast.planning.request import request


@dataclass(slots=True)
class Made:
    """What became of the cells, in the order of the grid.

    Attributes:
        rows: The takes that were brought to their end.
        stopped: Why others were not: the budget, or an order that stands at a service.
    """

    rows: dict[Cell, TakeRow] = field(default_factory=dict)
    stopped: BudgetSpent | GeneratorError | None = None


def make_all(bench: Bench, planned: Sequence[Cell]) -> Made:
    """Bring every cell's take to its end, or as far as budget and services let it.

    Raises:
        InputError: A service does not accept the key.
        LedgerCorrupt: A finished take is gone from disk.
    """
    numbers = _numbers(planned)
    places = {name: Semaphore(_together(bench, name)) for name in bench.brief.generators}
    workers = sum(_together(bench, name) for name in bench.brief.generators)
    if not any(isinstance(job.maker, RemoteGenerator) for job in bench.jobs.values()):
        workers = 1
    made = Made()

    def make(cell: Cell) -> TakeRow:
        with places[cell.generator]:
            return _make(bench, cell, numbers[cell])

    _warm(bench, planned)
    try:
        with ThreadPoolExecutor(workers) as pool:
            waiting = {pool.submit(make, cell): cell for cell in planned}
            try:
                _collect(bench, waiting, made, len(planned))
            except BaseException:
                _call_off(bench, waiting)
                raise
    finally:
        _hang_up(bench)
    made.rows = {cell: made.rows[cell] for cell in planned if cell in made.rows}
    return made


def _numbers(planned: Sequence[Cell]) -> dict[Cell, int]:
    """Which attempt at its segment a cell is, from 1; the same for each resume."""
    counts: dict[str, int] = {}
    numbers = {}
    for cell in planned:
        counts[cell.segment] = numbers[cell] = counts.get(cell.segment, 0) + 1
    return numbers


def _together(bench: Bench, generator: str) -> int:
    maker = bench.jobs[generator].maker
    return maker.profile.concurrency if isinstance(maker, RemoteGenerator) else 1


def _warm(bench: Bench, planned: Sequence[Cell]) -> None:
    """Make what threads share before they do."""
    for cell in planned:
        bench.segment(cell)
    for job in bench.jobs.values():
        assert job.makers and job.bench


def _collect(bench: Bench, waiting: dict[Future[TakeRow], Cell], made: Made, whole: int) -> None:
    told = stage(bench.progress, "takes")
    while waiting:
        told(whole - len(waiting), whole)
        done, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
        for future in done:
            cell = waiting.pop(future)
            try:
                made.rows[cell] = future.result()
            except (BudgetSpent, GeneratorError) as error:
                made.stopped = made.stopped or error
    told(whole, whole)


def _call_off(bench: Bench, waiting: dict[Future[TakeRow], Cell]) -> None:
    """Workers that wait for a service leave their order where it stands, in the ledger."""
    for future in waiting:
        future.cancel()
    for job in bench.jobs.values():
        if isinstance(job.maker, RemoteGenerator):
            job.maker.clock.stop()


def _hang_up(bench: Bench) -> None:
    for job in bench.jobs.values():
        if isinstance(job.maker, RemoteGenerator):
            job.maker.close()


def _make(bench: Bench, cell: Cell, number: int) -> TakeRow:
    job, segment = bench.jobs[cell.generator], bench.segment(cell)
    asked = request(
        segment, clip=bench.clip, profile=bench.profiles[cell.generator], seed=cell.seed or 0
    )
    return attempt(Gap(job, segment), asked.model_copy(update={"repeat": cell.repeat}), number)

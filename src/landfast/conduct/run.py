"""The whole loop: probe, analyse, plan, then for each gap request, take, verdict; then compose."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from landfast.conduct.analyse import analyse
from landfast.conduct.assembly import TIMELINE, compose
from landfast.conduct.brief import Brief, RunOptions
from landfast.conduct.curves import curves
from landfast.conduct.determinism import check_repeats
from landfast.conduct.filling import fill_all
from landfast.conduct.folder import record_of, refuse_taken, same_clip, sweep
from landfast.conduct.job import Job
from landfast.conduct.orders import settle
from landfast.conduct.pictures import keep_segment_pictures, keep_strip
from landfast.conduct.planner import check, check_ready, plan_measured
from landfast.conduct.progress import Progress
from landfast.errors import BudgetSpent, InputError, LandfastError, LedgerCorrupt
from landfast.ledger import lock, store
from landfast.ledger.ladder import Step, against, climbed
from landfast.ledger.ledger import Ledger
from landfast.ledger.rows import TakeRow
from landfast.media.files import make_folder
from landfast.media.probe import probe
from landfast.model.outcome import Film, RunState, Timing
from landfast.model.plan import Plan
from landfast.model.profile import Profile
from landfast.planning.price import Tally

__all__ = ["RunOptions", "RunResult", "resume", "run"]

Report = Callable[[Path], Path]
"""Writes a run's page from its folder; it stands above this layer, so it is handed in."""

Priced = Callable[[Plan, Profile, Tally], None]
"""Shows what a plan costs."""

PAGE = "report.html"


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to."""

    folder: Path
    film: Path
    report: Path
    timeline: Path
    plan: Plan
    accepted: int
    """Segments filled by an accepted take."""
    wanted: int
    """Segments and refused spans that should have been filled."""
    kept_frames: int
    exact_frames: int
    generated_frames: int
    kept_as: str
    """How the film was written: `packets copied`, `encoded`, `intermediate` or `lossless`."""
    note: str
    """Why kept frames are not bit-exact; empty where all are."""
    cost_usd: Fraction
    seconds: float
    """Wall time of this call."""
    climbs: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    """By segment: the rungs of its ladder and what came of each; empty without ladders."""
    unfilled: Mapping[str, str] = field(default_factory=dict)
    """By segment that no take was let into: what speaks against the last one."""


def run(
    path: Path,
    out: Path,
    options: RunOptions,
    *,
    progress: Progress | None = None,
    report: Report | None = None,
    before_spending: Priced | None = None,
) -> RunResult:
    """Replace what cannot be used in a clip, and write film, timeline, plan and report to `out`.

    Args:
        path: The footage; it is never changed.
        out: A folder that is empty or does not exist.
        options: What the user decides.
        progress: Told how far the work is.
        report: Writes the page; called at the end, after errors too.
        before_spending: Told the plan, its profile and the project's record, before any order.

    Raises:
        InputError: The footage or an option cannot be used, or `out` is taken.
        Unsupported: The generator cannot honour a request; nothing was spent on it.
        BudgetSpent: The cap is reached; film and report hold what was done before.
        LedgerCorrupt: The folder changed under the run.
    """
    began = time.perf_counter()
    clip = probe(path)
    probed_s = time.perf_counter() - began
    brief = Brief.of(path, options)
    check(options, clip)
    refuse_taken(make_folder(out))
    with lock.locked(out):
        refuse_taken(out)
        records = {"run": record_of(path, options.threads), "brief": brief}
        with Ledger.create(out, records) as ledger:
            ledger.add_timing(Timing(stage="probe", seconds=round(probed_s, 3), frames=clip.frames))
            job = Job(ledger, brief, clip, progress)
            return _go(job, report, began, before_spending)


def resume(
    out: Path,
    *,
    budget_usd: Fraction | None = None,
    jobs: Mapping[str, str] | None = None,
    source: Path | None = None,
    progress: Progress | None = None,
    report: Report | None = None,
    before_spending: Priced | None = None,
) -> RunResult:
    """Go on with a run that stopped, however it did. Nothing is paid twice, nothing is lost.

    Args:
        out: The run's folder.
        budget_usd: A new cap in place of the old one.
        jobs: What became of orders that were never answered: by segment, the job's number at the
            service, or `none` where it never took the order.
        source: The footage, where it lies elsewhere now.
        progress: Told how far the work is.
        report: Writes the page.
        before_spending: As of `run`.

    Raises: As `run`, and
        InputError: `out` holds no run, or the footage is gone or another.
    """
    began = time.perf_counter()
    if not (out / store.FILE).is_file():
        raise _no_run(out)
    with lock.locked(out), Ledger.open(out, "write") as ledger:
        sweep(out)
        brief = ledger.load("brief", Brief)
        if brief is None:
            raise LedgerCorrupt("lacks its brief", subject=str(out), remedy="start a new run")
        changed = brief.changed(budget_usd=budget_usd, source=source)
        clip = same_clip(ledger, changed.source)
        settle(ledger, jobs or {})
        if changed != brief:
            ledger.save("brief", changed)
        job = Job(ledger, changed, clip, progress)
        return _go(job, report, began, before_spending)


def _no_run(out: Path) -> InputError:
    if (out / (store.FILE + store.PART)).exists() or (out / lock.FILE).exists():
        return InputError(
            "holds a run that was stopped before its ledger existed: nothing was asked for or paid",
            subject=str(out),
            remedy="give the command that began it again, with the same -o",
        )
    return InputError("holds no run", subject=str(out), remedy="give the folder of a run")


def _go(job: Job, report: Report | None, began: float, before_spending: Priced | None) -> RunResult:
    """Everything that is not done yet, in the order of the method."""
    try:
        film, accepted = _stages(job, before_spending)
    except LandfastError as error:
        state: RunState = "budget spent" if isinstance(error, BudgetSpent) else "failed"
        _set_state(job, state, str(error))
        if report is not None:
            # The error is what the user must read, whatever becomes of the page.
            with contextlib.suppress(LandfastError):
                report(job.folder)
        raise
    _set_state(job, "finished", "")
    page = report(job.folder) if report is not None else job.folder / PAGE
    return _result(job, film, accepted, page, time.perf_counter() - began)


def _stages(job: Job, before_spending: Priced | None) -> tuple[Film, dict[str, TakeRow]]:
    _set_state(job, "running", "")
    is_new = job.ledger.plan() is None
    if is_new:
        _measure_and_plan(job)
    if before_spending is not None:
        before_spending(job.plan, job.maker.profile, tally(job.ledger, job.maker.profile.name))
    if is_new and job.plan.generated:
        check_ready(job.brief.plan_options)
    filled = fill_all(job)
    job.footage.release()
    film = compose(job, filled.accepted)
    if filled.stopped is not None:
        raise filled.stopped
    if job.brief.repeats == "check":
        with job.timed("repeat"):
            check_repeats(job)
    return film, filled.accepted


def _measure_and_plan(job: Job) -> None:
    """Everything up to the plan; it is saved last, so that its presence means that all is there."""
    ledger, clip = job.ledger, job.clip
    ledger.save("clip", clip)
    measured = analyse(
        job.source,
        job.folder,
        clip=clip,
        threads=job.brief.threads,
        progress=job.progress,
    )
    unmeasured = int(np.isnan(measured.table.motion_px[:-1]).sum())
    ledger.add_timing(
        Timing(
            stage="analyse",
            seconds=round(measured.seconds, 3),
            frames=clip.frames,
            failures=unmeasured,
        )
    )
    ledger.save("analysis", measured.analysis)
    for series in curves(measured.table):
        ledger.add_series(series)
    with job.timed("plan"):
        plan = plan_measured(measured, job.brief.plan_options, progress=job.progress)
    ledger.save("profile", job.maker.profile)
    keep_strip(job)
    for segment in plan.generated:
        keep_segment_pictures(job, segment)
    ledger.save("plan", plan)


def _set_state(job: Job, state: RunState, message: str) -> None:
    record = job.ledger.run()
    if record is None:
        raise LedgerCorrupt("lacks its run", subject=str(job.folder), remedy="start a new run")
    job.ledger.save("run", record.model_copy(update={"state": state, "message": message}))


def _result(
    job: Job, film: Film, accepted: dict[str, TakeRow], page: Path, seconds: float
) -> RunResult:
    plan = job.plan
    return RunResult(
        folder=job.folder,
        film=job.folder / film.file,
        report=page,
        timeline=job.folder / TIMELINE,
        plan=plan,
        accepted=len(accepted),
        wanted=len(plan.generated) + len(plan.refusals),
        kept_frames=film.frames - film.generated,
        exact_frames=film.exact or 0,
        generated_frames=film.generated,
        kept_as=film.method,
        note=film.reason,
        cost_usd=job.ledger.spent(),
        seconds=seconds,
        climbs={one.name: climbed(one, job.ledger.takes()) for one in plan.generated if one.rungs},
        unfilled={
            one.name: against(one, job.ledger.takes())
            for one in plan.generated
            if one.name not in accepted
        },
    )


def tally(ledger: Ledger, generator: str) -> Tally:
    """How a generator's takes have fared in a project."""
    judged = [
        row
        for row in ledger.takes()
        if row.request.generator == generator and row.state in ("accepted", "rejected")
    ]
    return Tally(len(judged), sum(row.state == "accepted" for row in judged))

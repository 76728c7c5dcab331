"""The only loop: request, take, verdict, again with the next try, a bounded number of times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from landfast.conduct.context import with_context
from landfast.conduct.depth import Image
from landfast.conduct.gap import Gap, maker_at
from landfast.conduct.job import TAKES, Job
from landfast.conduct.orders import REFUSED, UNSUPPORTED, failed, is_final, order_take
from landfast.conduct.pictures import keep_take_pictures
from landfast.conduct.take import make_take
from landfast.conduct.tries import tries
from landfast.conduct.verdict import Judged, judge_file
from landfast.errors import BrokenOutput, GeneratorError, Refused, Unsupported
from landfast.generators.base import Generator, Material, Progress
from landfast.generators.remote.generator import RemoteGenerator
from landfast.ledger.disk import persist
from landfast.ledger.rows import TakeRow
from landfast.ledger.takes import OPEN
from landfast.model.plan import Generate
from landfast.model.profile import Profile
from landfast.model.take import Patch, Request
from landfast.planning.ladder import GEOMETRY, KEEP, RETIME
from landfast.planning.patching import patch_of, widened


def fill(job: Job, segment: Generate) -> TakeRow | None:
    """Try until a take is let into the film; None where none was, and real footage stays.

    A take that the ledger knows is never made again: a run that was killed goes on behind it.

    Raises:
        BudgetSpent: The next take would cost more than is left.
        GeneratorError: An order stands that only time, or the user, can settle.
        LedgerCorrupt: A finished take is gone from disk.
    """
    let_in: list[TakeRow] = []
    given_up: set[str] = set()
    rung, patch = 0, None
    for one in tries(job, segment):
        if let_in and (one.rung > rung or job.brief.workflow.make == "first accepted"):
            break
        rung = one.rung
        if one.maker.profile.name in given_up:
            continue
        try:
            asked = one.request(segment, job.clip, patch=patch)
        except Unsupported:
            if one.maker is job.maker:
                raise
            given_up.add(one.maker.profile.name)
            continue
        row = attempt(Gap.of(job, segment, asked), asked, one.number)
        if row.state == "accepted":
            let_in.append(row)
        patch = _left(job, row, patch) if segment.rungs else None
        if row.state == "failed" and is_final(row):
            given_up.add(one.maker.profile.name)
    return min(let_in, key=lambda row: (_score(row), row.attempt), default=None)


def _left(job: Job, row: TakeRow, patch: Patch | None) -> Patch | None:
    """The part of the picture that is left to fill after a take; None where all is."""
    if row.verdict is None:
        return patch
    if row.request.patch is not None:
        return widened(row.request.patch, row.verdict)
    planned = job.maker_of(row.request) is job.maker
    return patch_of(row.request, row.verdict) if planned else patch


def attempt(gap: Gap, asked: Request, number: int) -> TakeRow:
    """Bring one attempt from wherever it stands to its end.

    Raises: As `fill`.
    """
    job = gap.job
    known = {row.key: row for row in job.ledger.takes(gap.segment.name)}.get(asked.key)
    if known is None:
        known = job.ledger.intend(
            asked,
            attempt=number,
            price=job.maker_of(asked).profile.price_of(asked.frames, asked.fps),
            cap=job.brief.budget_usd,
        )
        row = _make(gap, asked, known)
    elif known.state in OPEN:
        row = _go_on(gap, asked, known)
    else:
        row = known
    if row.state != "done":
        return row
    with job.bench:
        return _judge(gap, row)


def _go_on(gap: Gap, asked: Request, row: TakeRow) -> TakeRow:
    """After a kill: free work is done again, a service is asked what became of the order."""
    if row.cost_usd == 0 or isinstance(gap.job.maker_of(asked), RemoteGenerator):
        return _make(gap, asked, row)
    return failed(gap.job.ledger, row, "interrupted while it was made; counted as charged")


def _make(gap: Gap, asked: Request, row: TakeRow) -> TakeRow:
    job, maker = gap.job, maker_at(gap, asked)
    name = f"{TAKES}/{row.segment}_{row.attempt}.mkv"
    (job.folder / TAKES).mkdir(exist_ok=True)
    if not isinstance(maker, RemoteGenerator):
        return _made_here(gap, maker, asked, row, name)
    with job.bench:
        material, patching = gap.material(asked), gap.patching(asked)
    with job.timed("generate", row.key, frames=asked.frames):
        return order_take(
            job.ledger,
            maker,
            row,
            material,
            name,
            grid=gap.grid(asked),
            colour=job.clip.colour,
            patching=patching,
            passes=partial(_passes, gap, asked),
            progress=job.progress,
            bench=job.bench,
        )


def _made_here(gap: Gap, maker: Generator, asked: Request, row: TakeRow, name: str) -> TakeRow:
    """A take of a generator on this machine, or of another package's that keeps no orders."""
    ledger, out = gap.job.ledger, gap.job.folder / name
    try:
        with gap.job.timed("generate", row.key, frames=asked.frames):
            take = make_take(
                _Strict(maker),
                asked,
                gap.material(asked),
                out,
                colour=gap.job.clip.colour,
                grid=gap.grid(asked),
                patching=gap.patching(asked),
                progress=gap.job.progress,
            )
    except Unsupported as error:
        return failed(ledger, row, f"{UNSUPPORTED}{error}", cost=Fraction(0))
    except Refused as error:
        return failed(ledger, row, f"{REFUSED}{error}", cost=Fraction(0))
    except BrokenOutput as error:
        return failed(ledger, row, str(error))
    except GeneratorError as error:
        return failed(ledger, row, str(error), cost=Fraction(0))
    persist(out)
    ledger.finish(take.model_copy(update={"file": name}))
    return ledger.take(row.key)


def judged(gap: Gap, row: TakeRow) -> Judged:
    """Judge a take from its file, as often as one likes."""
    assert row.take is not None
    return _judged(gap, row.request, gap.job.take_file(row.take.file, row.take.sha256))


def _passes(gap: Gap, asked: Request, take: Path) -> bool:
    return _judged(gap, asked, take).judgement.verdict.state in gap.job.brief.workflow.accept


def _judged(gap: Gap, asked: Request, take: Path) -> Judged:
    patching, footage = gap.patching(asked), gap.around.footage
    alone = judge_file(
        take,
        *gap.sent(asked),
        footage=footage,
        constraints=asked.constraints,
        plates=None if patching is None else patching.plates(),
        progress=gap.job.progress,
    )
    carried = asked.generator in (RETIME, GEOMETRY)
    return with_context(alone, footage, asked.constraints, single="judge" if carried else "leave")


def _judge(gap: Gap, row: TakeRow) -> TakeRow:
    job = gap.job
    with job.timed("verify", row.key, frames=row.request.frames):
        found = judged(gap, row)
    verdict = found.judgement.verdict
    keep_take_pictures(job, gap.segment, row, found)
    # What could not be measured is no reason to keep a fault.
    accept = ("pass",) if row.request.generator == KEEP else job.brief.workflow.accept
    let_in = verdict.state in accept
    job.ledger.judge(row.key, verdict, "accepted" if let_in else "rejected")
    return job.ledger.take(row.key)


def _score(row: TakeRow) -> float:
    return row.verdict.score if row.verdict else 1.0


@dataclass(frozen=True)
class _Strict:
    """A generator that is held to what was asked for."""

    maker: Generator

    @property
    def profile(self) -> Profile:
        return self.maker.profile

    def make(
        self, request: Request, material: Material, *, progress: Progress | None = None
    ) -> Iterator[Image]:
        """The frames, as long as they are those asked for.

        Raises:
            BrokenOutput: Another size, or too few or too many frames.
        """
        count = 0
        for count, image in enumerate(self.maker.make(request, material, progress=progress), 1):
            if image.shape != (request.height, request.width, 3) or count > request.frames:
                raise self._broken(request, f"frame {count} of {image.shape[1]}x{image.shape[0]}")
            yield image
        if count != request.frames:
            raise self._broken(request, f"{count} frames")

    def _broken(self, asked: Request, got: str) -> BrokenOutput:
        return BrokenOutput(
            f"delivered {got} where {asked.frames} of {asked.width}x{asked.height} were asked for",
            subject=self.profile.name,
        )

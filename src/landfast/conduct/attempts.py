"""The only loop: request, take, verdict, again with another seed, a bounded number of times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from jaxtyping import UInt8

from landfast.compose.conform import resized
from landfast.conduct.job import TAKES, Job
from landfast.conduct.pictures import keep_take_pictures
from landfast.conduct.surroundings import after, before
from landfast.conduct.take import make_take
from landfast.conduct.verdict import Judged, judge_file, real_frames
from landfast.errors import BrokenOutput, BudgetSpent, GeneratorError, Refused, Unsupported
from landfast.generators.base import CONTEXT, Generator, Material, Progress
from landfast.ledger.disk import persist
from landfast.ledger.rows import TakeRow
from landfast.media.decode import still
from landfast.model.plan import Generate
from landfast.model.profile import Profile
from landfast.model.take import Request
from landfast.planning.request import request

Image = UInt8[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class Gap:
    """One segment to be filled, with the real frames it needs, decoded when first asked for."""

    job: Job
    segment: Generate

    @cached_property
    def first(self) -> Image:
        """The start anchor."""
        return still(self.job.source, self.job.clip, self.segment.start.time).rgb()

    @cached_property
    def last(self) -> Image:
        """The end anchor."""
        return still(self.job.source, self.job.clip, self.segment.end.time).rgb()

    def material(self, asked: Request) -> Material:
        """The real frames for the generator, in the take's size."""
        start, end = self.job.anchors(self.segment)
        source, clip = self.job.source, self.job.clip

        def fitted(images: tuple[Image, ...]) -> tuple[Image, ...]:
            return tuple(resized(image, asked.width, asked.height) for image in images)

        first, last = fitted((self.first, self.last))
        return Material(
            first,
            last,
            fitted(before(source, clip, start, CONTEXT, None)),
            fitted(after(source, clip, end, CONTEXT, None)),
        )


def fill(job: Job, segment: Generate) -> TakeRow | None:
    """Try until a take is let into the film; None where none was, and real footage stays.

    A take that the ledger knows is never made again: a run that was killed goes on behind it.

    Raises:
        BudgetSpent: The next take would cost more than is left.
        LedgerCorrupt: A finished take is gone from disk.
    """
    gap = Gap(job, segment)
    let_in: list[TakeRow] = []
    for number in range(1, _attempts(job) + 1):
        row = attempt(gap, _asked(gap, number), number)
        if row.state == "accepted":
            let_in.append(row)
            if job.brief.workflow.make == "first accepted":
                break
        if row.state == "failed" and _is_final(row):
            break
    return min(let_in, key=lambda row: (_score(row), row.attempt), default=None)


def _attempts(job: Job) -> int:
    """A generator that gives the same bytes whatever the seed is asked once."""
    profile = job.maker.profile
    return 1 if profile.deterministic and not profile.seed else job.brief.attempts


def _asked(gap: Gap, number: int) -> Request:
    job = gap.job
    return request(
        gap.segment,
        clip=job.clip,
        profile=job.maker.profile,
        seed=job.brief.seed + number - 1,
    )


def attempt(gap: Gap, asked: Request, number: int) -> TakeRow:
    """Bring one request of a segment from wherever it stands to its end: a judged or failed take.

    Args:
        gap: The segment.
        asked: What is asked; the ledger knows it by its key.
        number: Which attempt at the segment this is, from 1.

    Raises:
        BudgetSpent: It would cost more than is left.
        LedgerCorrupt: A finished take is gone from disk.
    """
    job = gap.job
    known = {row.key: row for row in job.ledger.takes(gap.segment.name)}.get(asked.key)
    if known is None:
        row = _make(gap, asked, _intended(job, asked, number))
    elif known.state in ("intended", "submitted"):
        row = _go_on(gap, asked, known)
    else:
        row = known
    return _judge(gap, row) if row.state == "done" else row


def _intended(job: Job, asked: Request, number: int) -> TakeRow:
    price = job.maker.profile.cost_usd(asked.frames / asked.fps)
    cap = job.brief.budget_usd
    spent = job.ledger.spent()
    if cap is not None and price and spent + price > cap:
        raise BudgetSpent(
            f"a take costs {float(price):.2f} USD and {float(spent):.2f} of "
            f"{float(cap):.2f} USD are spent",
            subject=asked.segment,
            remedy="what is done stays usable; start a new run with a larger --budget",
        )
    return job.ledger.intend(asked, attempt=number, price=price)


def _go_on(gap: Gap, asked: Request, row: TakeRow) -> TakeRow:
    """After a kill: free work is done again, paid work is not ordered a second time."""
    if row.cost_usd == 0:
        return _make(gap, asked, row)
    job = f" (job {row.provider_job})" if row.provider_job else ""
    return _failed(gap, row, f"interrupted while the order was out{job}; counted as charged")


def _make(gap: Gap, asked: Request, row: TakeRow) -> TakeRow:
    job = gap.job
    name = f"{TAKES}/{row.segment}_{row.attempt}.mkv"
    out = job.folder / name
    out.parent.mkdir(exist_ok=True)
    try:
        with job.timed("generate", row.key, frames=asked.frames):
            take = make_take(
                _Strict(job.maker),
                asked,
                gap.material(asked),
                out,
                colour=job.clip.colour,
                progress=job.progress,
            )
    except Unsupported as error:
        return _failed(gap, row, f"{_UNSUPPORTED}{error}", cost=Fraction(0))
    except Refused as error:
        return _failed(gap, row, f"{_REFUSED}{error}", cost=Fraction(0))
    except BrokenOutput as error:
        return _failed(gap, row, str(error))
    except GeneratorError as error:
        return _failed(gap, row, str(error), cost=Fraction(0))
    persist(out)
    job.ledger.finish(take.model_copy(update={"file": name}))
    return job.ledger.take(row.key)


_UNSUPPORTED = "unsupported: "
_REFUSED = "refused: "


def _is_final(row: TakeRow) -> bool:
    """True where another seed would not help."""
    return row.error.startswith((_UNSUPPORTED, _REFUSED))


def _failed(gap: Gap, row: TakeRow, error: str, *, cost: Fraction | None = None) -> TakeRow:
    """Without a `cost` the take counts as charged at its price."""
    gap.job.ledger.fail(row.key, error, cost=row.cost_usd if cost is None else cost)
    return gap.job.ledger.take(row.key)


def judged(gap: Gap, row: TakeRow) -> Judged:
    """Judge a take from its file, as often as one likes."""
    assert row.take is not None
    job = gap.job
    start, end = job.anchors(gap.segment)
    return judge_file(
        job.take_file(row.take.file, row.take.sha256),
        gap.first,
        gap.last,
        footage=real_frames(job.source, job.clip, start, end),
        constraints=gap.segment.constraints,
        progress=job.progress,
    )


def _judge(gap: Gap, row: TakeRow) -> TakeRow:
    job = gap.job
    with job.timed("verify", row.key, frames=row.request.frames):
        found = judged(gap, row)
    verdict = found.judgement.verdict
    keep_take_pictures(job, gap.segment, row, found)
    let_in = verdict.state in job.brief.workflow.accept
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

"""A take from a service: ordered once, fetched, brought onto its grid, all of it in the ledger."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction
from functools import partial
from pathlib import Path, PurePosixPath

from landfast.conduct.desk import LedgerDesk
from landfast.conduct.fitting import fitted
from landfast.conduct.patching import Patching, Used
from landfast.conduct.progress import Progress, stage
from landfast.conduct.writing import Grid, write_take
from landfast.errors import BrokenOutput, InputError, Refused, Unsupported
from landfast.generators.base import Image, Material
from landfast.generators.base import Progress as Told
from landfast.generators.remote.errors import JobFailed, NoCredit
from landfast.generators.remote.generator import RemoteGenerator
from landfast.generators.remote.lowering import Lowered
from landfast.ledger.disk import persist
from landfast.ledger.ledger import Ledger
from landfast.ledger.rows import TakeRow
from landfast.media.files import sha256_file
from landfast.media.probe import probe
from landfast.model.clip import Colour
from landfast.model.take import Ordered, Take, Ticket

UNSUPPORTED, REFUSED = "unsupported: ", "refused: "
"""How the error of an attempt begins that no other seed would help."""
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
"""A job's number as the services have it: a part of an address, and never two."""


def ordered(lowered: Lowered) -> Ordered:
    """What the service is asked for, as the ledger keeps it."""
    canvas = lowered.canvas
    return Ordered(
        model=lowered.model,
        size=lowered.size.name if lowered.size else f"{canvas.width}x{canvas.height}",
        seconds=lowered.seconds,
        frames=lowered.frames,
        seed=lowered.seed,
        prompt=lowered.prompt,
        negative_prompt=lowered.negative_prompt,
        price_usd=lowered.price_usd,
        adjustments=lowered.adjustments,
        dropped=tuple(f"{one.kind}: {one.instead} instead" for one in lowered.dropped),
    )


def order_take(
    ledger: Ledger,
    maker: RemoteGenerator,
    row: TakeRow,
    material: Material,
    name: str,
    *,
    grid: Grid,
    colour: Colour,
    patching: Patching | None = None,
    passes: Callable[[Path], bool] | None = None,
    progress: Progress | None = None,
    bench: AbstractContextManager[object] | None = None,
) -> TakeRow:
    """Bring an order from wherever it stands to a take on disk, or to its failure.

    Args:
        ledger: The run's memory.
        maker: The service.
        row: The order, intended or under way.
        material: The real frames.
        name: File of the take, relative to the ledger's folder; the clip as it came lies beside
            it as `NAME.raw.mp4`.
        grid: Frames of the take as they are wanted.
        colour: Tags of the take.
        patching: The take that a part is laid into, where only that part is asked for.
        passes: Whether a take would be let in. Where a part laid into another take would not be and
            the whole picture is at hand, that is taken: two cameras may have gone two ways.
        progress: Told how far the job is.
        bench: Held while pictures are worked on, where orders are waited for in parallel.

    Returns:
        The row, `done` or `failed`.

    Raises:
        GeneratorError: The order stands as it is and can be gone on with (`Unreachable`,
            `Throttled`, a clip that cannot be fetched).
        InputError: The service does not accept the key.
    """
    began = time.perf_counter()
    desk = LedgerDesk(ledger, row, str(PurePosixPath(name).with_suffix(".raw.mp4")))
    lost = _delivered(ledger, maker, row, material, desk, stage(progress, "generate"))
    if lost is not None:
        return lost
    with bench if bench is not None else nullcontext():
        frames = partial(_as_it_came, maker, row, desk.raw, grid, material, patching)
        again = passes if patching is not None and not patching.masked else None
        return _written(ledger, row, frames, name, grid, colour, began, again)


def _delivered(
    ledger: Ledger,
    maker: RemoteGenerator,
    row: TakeRow,
    material: Material,
    desk: LedgerDesk,
    told: Told | None,
) -> TakeRow | None:
    """Have the service's clip on the desk; a row where the order failed for good."""
    try:
        if row.state == "intended":
            ledger.order(row.key, ordered(maker.lower(row.request, material)))
        maker.deliver(row.request, material, desk, progress=told)
    except Unsupported as error:
        return failed(ledger, row, f"{UNSUPPORTED}{error}", cost=Fraction(0))
    except NoCredit:
        raise  # not taken: the same order goes out once there is credit
    except JobFailed as error:
        return _job_failed(ledger, row, desk, maker.profile.generator, error)
    except Refused as error:
        return failed(ledger, row, f"{REFUSED}{error}", cost=Fraction(0))
    return None


def _job_failed(
    ledger: Ledger, row: TakeRow, desk: LedgerDesk, service: str, error: JobFailed
) -> TakeRow:
    """The failed row; an order in doubt stays so where the user's number leads nowhere."""
    if error.reason == "output missing" and desk.by_hand:
        number = desk.number
        ledger.doubt(row.key)
        raise InputError(
            f"{service} knows no such job",
            subject=f"--job {row.segment}={number}",
            remedy="check the number; the order still stands in doubt",
        ) from error
    final = error.reason in ("moderated", "quota", "invalid input", "unsupported")
    return failed(ledger, row, f"{REFUSED if final else ''}{error}", cost=error.cost_usd)


def _as_it_came(
    maker: RemoteGenerator,
    row: TakeRow,
    raw: Path,
    grid: Grid,
    material: Material,
    patching: Patching | None,
    used: Used,
) -> tuple[Iterator[Image], tuple[str, ...]]:
    """The clip fitted between its anchors, and what was done to it."""
    size = grid.width, grid.height
    if patching is not None:
        size = row.request.width, row.request.height
    shown = partial(maker.frames, row.request, raw, size=size)
    shown(count=2)  # checked before it is measured
    count = probe(raw).frames
    laid, words = fitted(partial(shown, count=count), count, material, length=grid.frames)
    if patching is None:
        return laid(), words
    patched, share = patching.lay(laid, used)
    return patched, (*words, share)


def _written(
    ledger: Ledger,
    row: TakeRow,
    frames: Callable[[Used], tuple[Iterator[Image], tuple[str, ...]]],
    name: str,
    grid: Grid,
    colour: Colour,
    began: float,
    passes: Callable[[Path], bool] | None,
) -> TakeRow:
    """The take from the clip as it came; a clip that is not what was asked for is a failed take."""
    known, out = ledger.take(row.key), ledger.folder / name
    try:
        images, adjustments = frames("part")
        count = write_take(out, images, grid, colour)
        if passes is not None and not passes(out):
            images, adjustments = frames("all")
            count = write_take(out, images, grid, colour)
    except BrokenOutput as error:
        return failed(ledger, known, str(error))
    persist(out)
    take = Take(
        request=row.key,
        generator=row.request.generator,
        file=name,
        sha256=sha256_file(out),
        frames=count,
        width=grid.width,
        height=grid.height,
        provider_job=known.provider_job,
        cost_usd=known.cost_usd,
        took_s=round(time.perf_counter() - began, 3),
        adjustments=adjustments,
    )
    ledger.finish(take)
    return ledger.take(row.key)


def failed(ledger: Ledger, row: TakeRow, error: str, *, cost: Fraction | None = None) -> TakeRow:
    """Without a `cost` the take counts as charged, at what is known of its price."""
    known = ledger.take(row.key)
    ledger.fail(row.key, error, cost=known.cost_usd if cost is None else cost)
    return ledger.take(row.key)


def settle(ledger: Ledger, jobs: Mapping[str, str]) -> None:
    """Enter what the user found out about orders that were never answered.

    Args:
        ledger: The run's memory.
        jobs: By segment: the job's number at the service, or `none`.

    Raises:
        InputError: No order of that segment is in doubt, or that is no job's number.
    """
    for segment, number in jobs.items():
        if not _NUMBER.fullmatch(number):
            raise InputError(
                f"is no job's number: {number!r}",
                subject=f"--job {segment}",
                remedy="copy it from the service's list of jobs, or write none",
            )
        doubtful = [row for row in ledger.takes(segment) if row.state == "submit_unknown"]
        if not doubtful:
            raise InputError(
                "has no order in doubt", subject=f"--job {segment}", remedy="leave it out"
            )
        if number == "none":
            ledger.unsent(doubtful[0].key)
        else:
            ledger.submit(doubtful[0].key, Ticket(id=number, source="user"))


def is_final(row: TakeRow) -> bool:
    """True where another seed would not help."""
    return row.error.startswith((UNSUPPORTED, REFUSED))

"""One take from a service, without a run around it: paid once, and never lost.

A small ledger lies beside the video, in `OUT.landfast`: the same command again goes on with an
order that stands, and gives what is paid for already without ordering it anew.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

from landfast.compose.conform import resized
from landfast.conduct.orders import REFUSED, UNSUPPORTED, order_take, settle
from landfast.conduct.progress import Progress
from landfast.conduct.wanted import Wanted
from landfast.errors import BrokenOutput, GeneratorError, Refused, Unsupported
from landfast.generators.base import Material
from landfast.generators.remote.generator import RemoteGenerator
from landfast.ledger import lock, store
from landfast.ledger.ledger import Ledger
from landfast.ledger.rows import TakeRow
from landfast.ledger.takes import OPEN
from landfast.media.files import atomic_path, make_folder
from landfast.model.clip import Colour
from landfast.model.take import Request, Take
from landfast.planning.grid import fit_frames, fit_size
from landfast.planning.prompt import camera_prompt

FOLDER = ".landfast"
"""Suffix of the folder beside the video."""


def generate_ordered(
    maker: RemoteGenerator,
    wanted: Wanted,
    material: Material,
    out: Path,
    *,
    colour: Colour,
    progress: Progress | None = None,
) -> Take:
    """Have a take ordered, or an order of it brought to its end, and written to `out`.

    Returns:
        The take; its cost is what this call was charged: 0 for one that was paid for before.

    Raises:
        InputError: No key, or the folder beside `out` is in use or cannot be written.
        Unsupported: The service cannot honour the request; nothing was spent.
        GeneratorError: It did not deliver; where an order stands the same command goes on with it.
    """
    request = _request(maker, wanted, out.stem)
    maker.lower(request)
    maker.check_ready()
    fitted = _fitted(material, request)
    folder = make_folder(out.with_name(out.name + FOLDER))
    with ExitStack() as stack:
        stack.enter_context(lock.locked(folder))
        ledger = stack.enter_context(_ledger(folder))
        if wanted.job:
            settle(ledger, {request.segment: wanted.job.removeprefix(f"{request.segment}=")})
        price = maker.profile.price_of(request.frames, request.fps)
        row = ledger.intend(request, attempt=len(ledger.takes()) + 1, price=price)
        paid_before = row.state not in OPEN
        if not paid_before:
            name = f"take_{row.attempt}{out.suffix}"
            row = order_take(
                ledger,
                maker,
                row,
                fitted,
                name,
                grid=wanted.grid,
                colour=colour,
                progress=progress,
            )
        return _handed_out(folder, row, out, paid_before=paid_before)


def _request(maker: RemoteGenerator, wanted: Wanted, segment: str) -> Request:
    profile, grid = maker.profile, wanted.grid
    frames, fps = fit_frames(grid.frames, grid.fps, profile)
    width, height = fit_size(grid.width, grid.height, profile)
    prompt, negative = camera_prompt(None, profile, own=wanted.prompt)
    return Request(
        segment=segment,
        generator=profile.name,
        prompt=prompt,
        negative_prompt=negative,
        first=wanted.first,
        last=wanted.last,
        constraints=tuple(wanted.constraints),
        width=width,
        height=height,
        frames=frames,
        fps=fps,
        seed=wanted.seed,
        footage=wanted.footage,
    )


def _fitted(material: Material, request: Request) -> Material:
    size = request.width, request.height
    return Material(
        resized(material.first, *size),
        resized(material.last, *size),
        tuple(resized(one, *size) for one in material.before),
        tuple(resized(one, *size) for one in material.after),
    )


def _ledger(folder: Path) -> Ledger:
    if (folder / store.FILE).is_file():
        return Ledger.open(folder, "write")
    return Ledger.create(folder, {})


def _handed_out(folder: Path, row: TakeRow, out: Path, *, paid_before: bool) -> Take:
    if row.take is None:
        raise _error(row)
    with atomic_path(out) as draft:
        shutil.copyfile(folder / row.take.file, draft)
    update = {"file": out.name, **({"cost_usd": Fraction(0)} if paid_before else {})}
    return row.take.model_copy(update=update)


def _error(row: TakeRow) -> GeneratorError | Unsupported:
    """A failed attempt's one line, as the error that it was."""
    for prefix, kind in ((UNSUPPORTED, Unsupported), (REFUSED, Refused)):
        if row.error.startswith(prefix):
            return kind(row.error.removeprefix(prefix))
    return BrokenOutput(row.error, remedy="ask for another take with another --seed")

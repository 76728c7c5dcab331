"""From a run's ledger to the view of its page."""

from __future__ import annotations

from pathlib import Path

from landfast.errors import LedgerCorrupt
from landfast.ledger.ledger import Ledger
from landfast.ledger.rows import TakeRow
from landfast.model.outcome import Picture
from landfast.report.view import Image, RunView, TakeView


def read(folder: Path) -> RunView:
    """Everything the page shows of a run, finished or not.

    A picture that is gone or damaged is counted and left out: it is no reason to show nothing.

    Raises:
        InputError: The folder holds no ledger.
        LedgerCorrupt: The ledger is damaged.
    """
    with Ledger.open(folder) as ledger:
        listed = ledger.pictures()
        images = tuple(image for about in listed if (image := _image(ledger, about)))
        return RunView(
            run=ledger.run(),
            clip=ledger.clip(),
            analysis=ledger.analysis(),
            plan=ledger.plan(),
            profile=ledger.profile(),
            takes=tuple(_take(row) for row in ledger.takes()),
            film=ledger.film(),
            timings=ledger.timings(),
            repeats=ledger.repeats(),
            series=ledger.series(),
            images=images,
            images_lost=len(listed) - len(images),
        )


def _image(ledger: Ledger, about: Picture) -> Image | None:
    try:
        return Image(about, ledger.blob(about.blob))
    except LedgerCorrupt:
        return None


def _take(row: TakeRow) -> TakeView:
    return TakeView(
        request=row.request,
        state=row.state,
        take=row.take,
        verdict=row.verdict,
        cost_usd=row.cost_usd,
        error=row.error,
        ordered=row.ordered,
    )

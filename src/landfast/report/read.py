"""From a run's ledger to the view of its page."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from landfast.errors import LedgerCorrupt
from landfast.ledger.ledger import Ledger
from landfast.model.outcome import Picture
from landfast.report.view import Image, RunView


def read(folder: Path) -> RunView:
    """Everything the page shows of a run, finished or not.

    A picture that is gone or damaged is counted and left out: it is no reason to show nothing.

    Raises:
        InputError: The folder holds no ledger.
        LedgerCorrupt: The ledger is damaged.
    """
    with Ledger.open(folder) as ledger:
        listed = ledger.pictures()
        images = stored(ledger, listed)
        return RunView(
            run=ledger.run(),
            clip=ledger.clip(),
            analysis=ledger.analysis(),
            plan=ledger.plan(),
            profile=ledger.profile(),
            takes=ledger.takes(),
            film=ledger.film(),
            timings=ledger.timings(),
            repeats=ledger.repeats(),
            series=ledger.series(),
            images=images,
            images_lost=len(listed) - len(images),
        )


def stored(ledger: Ledger, pictures: Iterable[Picture]) -> tuple[Image, ...]:
    """Pictures with their bytes, without those that are gone or damaged."""
    images = []
    for about in pictures:
        with contextlib.suppress(LedgerCorrupt):
            images.append(Image(about, ledger.blob(about.blob)))
    return tuple(images)

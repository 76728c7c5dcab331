"""Rows of the ledger's smaller tables as the records that they hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import cast

from landfast.errors import LedgerCorrupt
from landfast.model.outcome import Picture, Repeat, Series, Stage, Timing

Rows = Sequence[tuple[object, ...]]


def timings(rows: Rows) -> tuple[Timing, ...]:
    """Rows of stage, subject, seconds, frames, failures."""
    names = ("stage", "subject", "seconds", "frames", "failures")
    return tuple(Timing.model_validate(dict(zip(names, row, strict=True))) for row in rows)


def repeats(rows: Rows) -> tuple[Repeat, ...]:
    """Rows of stage, subject, digests."""
    return tuple(
        Repeat(
            stage=cast(Stage, stage),
            subject=str(subject),
            digests=tuple(str(digest) for digest in json.loads(str(text))),
        )
        for stage, subject, text in rows
    )


def series(rows: Rows) -> tuple[Series, ...]:
    """Rows of one document."""
    return tuple(Series.model_validate_json(str(document)) for (document,) in rows)


def pictures(rows: Rows) -> tuple[Picture, ...]:
    """Rows of one document, by role, subject, time and width."""
    found = [Picture.model_validate_json(str(document)) for (document,) in rows]
    return tuple(sorted(found, key=lambda one: (one.role, one.subject, one.time, one.width)))


def check_picture(picture: Picture, data: bytes) -> None:
    """Refuse bytes that are not the picture's.

    Raises:
        LedgerCorrupt: Their SHA-256 is another.
    """
    if hashlib.sha256(data).hexdigest() != picture.blob:
        raise LedgerCorrupt(
            f"does not match its bytes ({picture.role})",
            subject=f"blob {picture.blob[:12]}",
            remedy="give the SHA-256 of the bytes",
        )

"""Makes sure that a file and its name are on the disk before the ledger speaks of them."""

from __future__ import annotations

import os
from pathlib import Path


def persist(path: Path) -> None:
    """Flush a finished file and the folder that names it; returns when both are on disk."""
    _flush(path)
    persist_name(path)


def persist_name(path: Path) -> None:
    """Flush the folder that names a file whose content is on disk already."""
    _flush(path.parent)


def _flush(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

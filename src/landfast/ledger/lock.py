"""One process at a time in a run's folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from landfast.errors import InputError

FILE = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run's folder; the system lets go of it however the process ends.

    Raises:
        InputError: Another process holds it, or the folder cannot be written.
    """
    try:
        handle = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})",
            subject=str(folder),
            remedy="give write permission on the run's folder",
        ) from error
    try:
        _take(handle, folder)
        yield
    finally:
        os.close(handle)


def _take(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(
            "is in use by another landfast process",
            subject=str(folder),
            remedy="wait for it to end, or give another folder",
        ) from error

"""Opens the SQLite file so that what was written survives a kill or a power cut."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pydantic import ValidationError

from landfast.errors import InputError, LandfastError, LedgerCorrupt
from landfast.ledger.disk import persist
from landfast.ledger.schema import APPLICATION, TABLES, VERSION
from landfast.media.files import input_error
from landfast.model.record import describe

FILE = "ledger.sqlite"
"""Name of the ledger in a run's folder."""
PART = ".part"
"""Suffix of a ledger that is still being set up."""


def create(path: Path, rows: Iterable[tuple[str, str]]) -> sqlite3.Connection:
    """A new ledger with its first records (name, JSON document), ready to write.

    The file gets its name only when it is whole, so a ledger that exists can be gone on with.

    Raises:
        InputError: There is one already, or the folder cannot be written.
    """
    if path.exists():
        raise InputError(
            "already holds a ledger",
            subject=str(path.parent),
            remedy="use `landfast resume` to go on with it, or give another folder",
        )
    part = path.with_name(path.name + PART)
    try:
        part.unlink(missing_ok=True)
        with mapped(path):
            _fill(part, rows)
        persist(part)
        part.replace(path)
        persist(path)
    except OSError as error:
        raise input_error(error, path) from error
    return open_to_write(path)


def _fill(part: Path, rows: Iterable[tuple[str, str]]) -> None:
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.executescript(
            f"BEGIN; PRAGMA application_id = {APPLICATION};"
            f"PRAGMA user_version = {VERSION}; {TABLES} COMMIT;"
        )
        connection.executemany("INSERT INTO records VALUES (?, ?)", rows)


def open_to_write(path: Path) -> sqlite3.Connection:
    """An existing ledger, checked through and ready to write.

    Raises:
        InputError: There is none, or it cannot be read or written.
        LedgerCorrupt: Damaged, foreign, or of another schema version.
    """
    _need(path)
    with mapped(path):
        connection = _connect(f"{path.resolve().as_uri()}?mode=rw")
        _checked(connection, path)
    return connection


def open_to_read(path: Path) -> sqlite3.Connection:
    """An existing ledger that this connection cannot change; a run may be writing to it.

    Raises: As `open_to_write`.
    """
    _need(path)
    base = path.resolve().as_uri()
    with mapped(path):
        try:
            connection = sqlite3.connect(f"{base}?mode=ro", uri=True, isolation_level=None)
            _checked(connection, path)
        except sqlite3.OperationalError:
            # A folder without write permission cannot hold the shared-memory file of WAL.
            if path.with_name(path.name + "-wal").exists():
                raise
            connection = sqlite3.connect(f"{base}?immutable=1", uri=True, isolation_level=None)
            _checked(connection, path)
    return connection


@contextmanager
def writing(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction: all of it is on disk when the block ends, or none of it."""
    with mapped(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


@contextmanager
def mapped(path: Path) -> Iterator[None]:
    """SQLite's errors as landfast's, with the cause chained."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise LedgerCorrupt(
            f"contradicts itself ({error})", subject=str(path), remedy=_REMEDY
        ) from error
    except sqlite3.OperationalError as error:
        raise _operational(error, path) from error
    except sqlite3.DatabaseError as error:
        raise LedgerCorrupt(f"is damaged ({error})", subject=str(path), remedy=_REMEDY) from error


@contextmanager
def trusted(path: Path) -> Iterator[None]:
    """Around reading records back: what does not fit its type was not written by landfast."""
    try:
        yield
    except ValidationError as error:
        raise LedgerCorrupt(describe(error), subject=str(path), remedy=_REMEDY) from error
    except InputError as error:
        raise LedgerCorrupt(error.what, subject=error.subject, remedy=_REMEDY) from error
    except ValueError as error:
        raise LedgerCorrupt(
            f"holds a wrong value ({error})", subject=str(path), remedy=_REMEDY
        ) from error


_REMEDY = "restore it from a copy, or start a new run in another folder"


_UNWRITTEN = (
    "SQLITE_IOERR_WRITE",
    "SQLITE_IOERR_FSYNC",
    "SQLITE_IOERR_TRUNCATE",
    "SQLITE_IOERR_SHMSIZE",
)
"""How SQLite names a disk that takes no more, where it does not say that it is full."""


def _operational(error: sqlite3.OperationalError, path: Path) -> LandfastError:
    message = str(error)
    if "full" in message or error.sqlite_errorname in _UNWRITTEN:
        remedy = "free space on the disk, then `landfast resume`"
    elif "locked" in message:
        remedy = "wait for the other program that is using it to end"
    elif "readonly" in message or "unable to open" in message:
        remedy = "give read and write permission on the folder and its files"
    else:
        return LedgerCorrupt(f"cannot be read ({message})", subject=str(path), remedy=_REMEDY)
    return InputError(f"cannot be used ({message})", subject=str(path), remedy=remedy)


def _need(path: Path) -> None:
    if not path.is_file():
        raise InputError(
            "holds no ledger", subject=str(path.parent), remedy="give the folder of a run"
        )


def _connect(uri: str) -> sqlite3.Connection:
    # Takes are waited for in threads; the ledger lets one in at a time.
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, timeout=10.0, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _checked(connection: sqlite3.Connection, path: Path) -> None:
    try:
        _check(connection, path)
    except BaseException:
        connection.close()
        raise


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION:
        raise LedgerCorrupt(
            "is not a ledger of landfast", subject=str(path), remedy="give the folder of a run"
        )
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != VERSION:
        raise LedgerCorrupt(
            f"has schema {version}, this landfast reads {VERSION}",
            subject=str(path),
            remedy="use the landfast that wrote it",
        )
    (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise LedgerCorrupt(f"is damaged ({answer})", subject=str(path), remedy=_REMEDY)

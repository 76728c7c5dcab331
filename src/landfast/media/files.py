"""Files on disk: read with one clear error, written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import TypeVar

from landfast.errors import InputError
from landfast.model.record import Document

D = TypeVar("D", bound=Document)

# What the user reads for an operating system error: what is wrong, and what to do about it.
_MEANING: dict[int, tuple[str, str]] = {
    errno.ENOENT: ("does not exist", "check the path"),
    errno.EISDIR: ("is a folder", "give a file"),
    errno.ENOTDIR: ("lies under something that is not a folder", "check the path"),
    errno.EACCES: ("may not be accessed", "change its permissions or give another path"),
    errno.EPERM: ("may not be accessed", "change its permissions or give another path"),
    errno.EROFS: ("lies on a read-only disk", "write to another folder"),
    errno.ENOSPC: ("does not fit: the disk is full", "free some space or write to another disk"),
    errno.EDQUOT: ("does not fit: the disk quota is used up", "free some space"),
    errno.EFBIG: ("does not fit: larger than files may be here", "write to another disk"),
    errno.ENAMETOOLONG: ("has too long a name", "give a shorter name"),
    errno.EIO: ("cannot be accessed: the disk reports an error", "copy the file to another disk"),
}


def input_error(error: OSError, path: Path) -> InputError:
    """The one-line `InputError` for an operating system error on `path`."""
    what, remedy = _MEANING.get(
        error.errno or 0, (f"cannot be accessed ({error.strerror or error})", "check the path")
    )
    return InputError(what, subject=str(path), remedy=remedy)


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes the place of `path` when the block succeeds.

    On any error nothing is left behind and a file that was there before stays as it was.
    The yielded path does not exist yet and has the suffix of `path`.

    Raises:
        InputError: The folder is missing or closed, or the disk is full.
    """
    try:
        folder = tempfile.mkdtemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
    except FileNotFoundError as error:
        raise (_unmade(path) if path.parent.is_dir() else input_error(error, path)) from error
    except OSError as error:
        raise input_error(error, path) from error
    try:
        draft = Path(folder) / f"draft{path.suffix}"
        yield draft
        _settle(draft)
        draft.replace(path)
    except OSError as error:
        raise input_error(error, path) from error
    finally:
        _remove(Path(folder))


def _settle(draft: Path) -> None:
    """Push the file to the disk, so that a full disk shows itself before the rename."""
    with draft.open("rb") as stream:
        os.fsync(stream.fileno())


def _remove(folder: Path) -> None:
    """Take away the private folder of one `atomic_path`."""
    with contextlib.suppress(OSError):
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        InputError: See `atomic_path`.
    """
    with atomic_path(path) as draft:
        draft.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, line ends as given, whole or not at all.

    Raises:
        InputError: See `atomic_path`.
    """
    write_bytes(path, text.encode("utf-8"))


@contextlib.contextmanager
def reading(path: Path) -> Iterator[BufferedReader]:
    """A file open for reading. Pipes and devices are refused: they may have no end.

    Raises:
        InputError: Missing, a folder, no file at all, not readable.
    """
    try:
        kind = path.stat().st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            raise InputError("is a pipe or a device", subject=str(path), remedy="give a file")
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise input_error(error, path) from error


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        InputError: Missing, a folder, not readable.
    """
    with reading(path) as stream:
        return stream.read()


def read_document(path: Path, cls: type[D]) -> D:
    """Read a record that landfast saved.

    Raises:
        InputError: Missing, not readable, or not such a record.
    """
    return cls.from_json(read_bytes(path), source=str(path))


def sha256_file(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes, read in chunks.

    Raises:
        InputError: Missing, a folder, not readable.
    """
    with reading(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_target(path: Path) -> None:
    """Refuse, before any work, a file that could not be written after it.

    Raises:
        InputError: A folder has that name; the folder around it is missing or closed.
    """
    if _standing(path) and path.is_dir():
        raise InputError("is a folder", subject=str(path), remedy="give the name of a file")
    if not _standing(path.parent):
        raise InputError(
            f"would lie in {path.parent}, which does not exist",
            subject=str(path),
            remedy="make that folder first",
        )
    _refuse_closed(path.parent, path)


def refuse_sources(path: Path, *sources: Path | None) -> None:
    """Refuse to write over what is read: a command's inputs are never lost to its output.

    Raises:
        InputError: `path` is one of the sources, under this or another name.
    """
    for source in sources:
        if source is not None and _standing(path) and _standing(source) and path.samefile(source):
            raise InputError(
                "is read here, and would be written over",
                subject=str(path),
                remedy="give another name for the result",
            )


def check_folder(path: Path) -> None:
    """Refuse, before any work, a folder that could not be made or written into after it.

    Raises:
        InputError: A file has that name, or the folder above is closed.
    """
    if _standing(path) and not path.is_dir():
        raise InputError("is a file", subject=str(path), remedy="give a folder or a new name")
    _refuse_closed(next(above for above in (path, *path.parents) if _standing(above)), path)


def _standing(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise input_error(error, path) from error


def _refuse_closed(folder: Path, path: Path) -> None:
    if not folder.is_dir():
        raise input_error(OSError(errno.ENOTDIR, ""), path)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise input_error(OSError(errno.EACCES, ""), path)


def make_folder(path: Path) -> Path:
    """The folder at `path`, made with its parents where missing.

    Raises:
        InputError: A file stands there, or it may not be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise InputError(
            "is a file", subject=str(path), remedy="give a folder or a new name"
        ) from error
    except FileNotFoundError as error:
        # Not a folder above it that is missing: those would have been made.
        raise _unmade(path) from error
    except OSError as error:
        raise input_error(error, path) from error
    return path


def _unmade(path: Path) -> InputError:
    """For places like /proc, where folders stand and take nothing new."""
    return InputError(
        "cannot be made: the system takes nothing new there",
        subject=str(path),
        remedy="give another folder",
    )

"""Files by content: `blobs/<aa>/<sha256>.<suffix>`, written once and never changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from landfast.errors import LedgerCorrupt
from landfast.ledger.disk import persist_name
from landfast.media.files import make_folder, write_bytes

FOLDER = "blobs"


def blob_path(folder: Path, sha256: str, suffix: str) -> Path:
    """Where a blob of the run in `folder` lies."""
    return folder / FOLDER / sha256[:2] / f"{sha256}.{suffix}"


def put(folder: Path, data: bytes, suffix: str) -> str:
    """Keep `data`; the same bytes are stored once.

    Returns:
        SHA-256 (hex) of the bytes, by which they are found again.

    Raises:
        InputError: It cannot be written.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    path = blob_path(folder, sha256, suffix)
    if not path.exists():
        make_folder(path.parent)
        write_bytes(path, data)
        persist_name(path)
    return sha256


def get(folder: Path, sha256: str, suffix: str) -> bytes:
    """The bytes of a blob.

    Raises:
        LedgerCorrupt: The file is gone or holds something else.
    """
    path = blob_path(folder, sha256, suffix)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LedgerCorrupt(
            "is missing", subject=str(path), remedy="restore the run's folder from a copy"
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise LedgerCorrupt(
            "does not hold the bytes of its name",
            subject=str(path),
            remedy="restore the run's folder from a copy",
        )
    return data

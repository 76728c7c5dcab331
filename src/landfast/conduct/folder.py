"""The folder of a run or a study: taken over only when empty, or by what began it."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import av
import cv2
import numpy as np

from landfast import __version__
from landfast.errors import InputError
from landfast.ledger import lock, store
from landfast.ledger.ledger import Ledger
from landfast.ledger.takes import now
from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.model.outcome import Run


def refuse_taken(out: Path) -> None:
    """Refuse a folder that holds anything.

    Raises:
        InputError: It does.
    """
    if (out / store.FILE).exists():
        raise InputError(
            "already holds a run",
            subject=str(out),
            remedy=f"use `landfast resume {out.name}`, or give another folder",
        )
    harmless = (lock.FILE, store.FILE + store.PART)
    taken = sorted(entry.name for entry in out.iterdir() if entry.name not in harmless)
    if taken:
        raise InputError(
            f"is not empty (it holds {taken[0]})",
            subject=str(out),
            remedy="give a new or empty folder",
        )


def same_clip(ledger: Ledger, source: str) -> Clip:
    """The footage at `source`, made sure to be what the ledger began with.

    Raises:
        InputError: It is gone, or another.
    """
    if not Path(source).exists():
        raise InputError(
            "is gone, the footage that this began with",
            subject=source,
            remedy="put it back, or say where it lies now: `landfast resume RUN --clip FILE` (of a "
            "study: its own command again)",
        )
    clip, known = probe(Path(source)), ledger.clip()
    if known is not None and known.content != clip.content:
        raise InputError(
            "is not the footage that this run began with",
            subject=source,
            remedy="put the original file back, or start a new run",
        )
    return clip


def sweep(out: Path) -> None:
    """Drop what a killed process left half-written."""
    for draft in sorted(out.rglob(".*.part")):
        if draft.is_dir():
            shutil.rmtree(draft)


def record_of(path: Path, threads: int) -> Run:
    """Who runs what, with which versions, from now on."""
    return Run(
        clip_path=str(path),
        started=now(),
        state="running",
        threads=threads,
        versions={
            "landfast": __version__,
            "python": platform.python_version(),
            "ffmpeg": av.ffmpeg_version_info,
            "opencv": cv2.__version__,
            "numpy": np.__version__,
        },
        machine=f"{platform.machine()}, {os.cpu_count()} cores",
    )

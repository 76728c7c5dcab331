"""What every stage of a run works with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from landfast.conduct.brief import Brief
from landfast.conduct.progress import Progress
from landfast.errors import LedgerCorrupt
from landfast.generators.base import Generator
from landfast.generators.registry import open_generator
from landfast.ledger.ledger import Ledger
from landfast.media.files import sha256_file
from landfast.model.clip import Clip
from landfast.model.outcome import Stage, Timing
from landfast.model.plan import Generate, Plan

TAKES = "takes"
"""Folder of the takes, inside the run's."""


@dataclass(frozen=True)
class Job:
    """A run under way: its memory, its footage, what it was asked to do."""

    ledger: Ledger
    brief: Brief
    clip: Clip
    progress: Progress | None

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.ledger.folder

    @property
    def source(self) -> Path:
        """The footage."""
        return Path(self.brief.source)

    @cached_property
    def maker(self) -> Generator:
        """The generator."""
        return open_generator(self.brief.generator)

    @property
    def plan(self) -> Plan:
        """The plan, once it is made.

        Raises:
            LedgerCorrupt: It is not.
        """
        plan = self.ledger.plan()
        if plan is None:
            raise LedgerCorrupt("holds no plan", subject=str(self.folder), remedy="start a new run")
        return plan

    def anchors(self, segment: Generate) -> tuple[int, int]:
        """Indices of a segment's start and end anchor."""
        return self.clip.index_at(segment.start.time), self.clip.index_at(segment.end.time)

    def take_file(self, name: str, sha256: str) -> Path:
        """A take on disk.

        Raises:
            LedgerCorrupt: It is gone, or holds something else than the ledger says.
        """
        path = self.folder / name
        if not path.is_file() or sha256_file(path) != sha256:
            raise LedgerCorrupt(
                "is not the take that the ledger speaks of" if path.is_file() else "is missing",
                subject=str(path),
                remedy="restore the file from a copy, or start a new run in another folder",
            )
        return path

    @contextmanager
    def timed(
        self, stage: Stage, subject: str = "", *, frames: int | None = None
    ) -> Iterator[None]:
        """Enter how long the block took, where it succeeds."""
        began = time.perf_counter()
        yield
        seconds = round(time.perf_counter() - began, 3)
        self.ledger.add_timing(Timing(stage=stage, subject=subject, seconds=seconds, frames=frames))

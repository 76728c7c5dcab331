"""What every stage of a run works with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import RLock

from landfast.conduct.brief import Brief
from landfast.conduct.ladder import open_rungs, planned_with
from landfast.conduct.progress import Progress
from landfast.conduct.surroundings import Ends, Footage
from landfast.errors import LedgerCorrupt
from landfast.generators.base import Generator
from landfast.generators.remote.generator import RemoteGenerator
from landfast.ledger.ledger import Ledger
from landfast.media.files import sha256_file
from landfast.model.clip import Clip
from landfast.model.outcome import Stage, Timing
from landfast.model.plan import Generate, Plan
from landfast.model.take import Request

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
    def footage(self) -> Footage:
        """Its frames around gaps."""
        return Footage(self.source, self.clip)

    @cached_property
    def makers(self) -> tuple[Generator, ...]:
        """The generators in the order in which they are tried, at the footage's size.

        The first is held to the profile, and so to the prices, with which the run was planned.
        """
        opened = open_rungs(self.brief.generator, self.clip.width, self.clip.height)
        planned, first = self.ledger.profile(), opened[0]
        if planned is None or not isinstance(first, RemoteGenerator):
            return opened
        held = first.with_profile(planned) if planned.name == first.profile.name else first
        return (held, *opened[1:])

    @property
    def maker(self) -> Generator:
        """The generator that the plan was made for."""
        return planned_with(self.makers)

    def maker_of(self, request: Request) -> Generator:
        """The generator of a request."""
        named = [one for one in self.makers if one.profile.name == request.generator]
        return named[0] if named else self.maker

    @cached_property
    def bench(self) -> RLock:
        """Held while pictures are worked on: orders are waited for in parallel, measured singly."""
        return RLock()

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

    def anchors(self, segment: Generate) -> Ends:
        """Indices of a segment's start and end anchor."""
        start, end = segment.start.time, segment.end.time
        return Ends(self.clip.index_at(start), self.clip.index_at(end))

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

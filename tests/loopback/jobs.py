"""The one job engine behind every dialect: it follows scripts and renders what was asked for."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

from loopback.render import Order, rendered
from loopback.script import CreateFault, DownloadFault, PollFault, Script

State = Literal["queued", "running", "succeeded", "failed", "moderated", "cancelled"]
ENDED = ("succeeded", "failed", "moderated", "cancelled")


@dataclass
class Job:
    """One accepted create.

    Attributes:
        id: As told to the client.
        dialect: Which service took it.
        body: What was asked, as parsed.
        order: The clip to render.
        credits: What it costs, in the service's own unit.
    """

    id: str
    dialect: str
    body: dict[str, Any]
    order: Order
    script: Script
    credits: int = 0
    webhook: str | None = None
    created: float = field(default_factory=time.monotonic)
    polls: int = 0
    downloads: int = 0
    link: int = 0
    """Number of the link that is valid now."""
    state: State = "queued"
    holding: bool = False
    """Waits for a free place (Runway's THROTTLED)."""


class Engine:
    """Takes jobs, moves them on, and hands out their clips. Safe to use from several threads.

    Attributes:
        default: Script of jobs that were given none.
        limit: Jobs that may be under way at once; None for any number.
        most_active: Most jobs that were under way at once.
    """

    def __init__(self) -> None:
        self.default = Script()
        self.limit: int | None = None
        self.most_active = 0
        self.jobs: dict[str, Job] = {}
        self._scripts: list[Script] = []
        self._tries: dict[int, int] = {}
        self._lock = threading.RLock()

    def script(self, *scripts: Script) -> None:
        """Scripts for the next accepted jobs, in order."""
        with self._lock:
            self._scripts.extend(scripts)

    def create_fault(self) -> tuple[CreateFault, Script]:
        """What shall happen to a create that arrives now."""
        with self._lock:
            script = self._scripts[0] if self._scripts else self.default
            tried = self._tries.get(id(script), 0)
            fault = script.create[tried] if tried < len(script.create) else "none"
            self._tries[id(script)] = tried + 1
            return fault, script

    def accept(
        self,
        dialect: str,
        body: dict[str, Any],
        order: Order,
        *,
        credits: int = 0,
        webhook: str | None = None,
        name: str = "",
        holding: bool = False,
    ) -> Job:
        """A new job under the next script."""
        with self._lock:
            script = self._scripts.pop(0) if self._scripts else self.default
            self._tries.pop(id(script), None)
            job = Job(name or str(uuid.uuid4()), dialect, body, order, script, credits, webhook)
            job.holding = holding
            self.jobs[job.id] = job
            self.most_active = max(self.most_active, self.active())
            return job

    def active(self) -> int:
        """Jobs under way."""
        with self._lock:
            return sum(job.state not in ENDED and not job.holding for job in self.jobs.values())

    def full(self) -> bool:
        """True where the service's limit of jobs under way is reached."""
        with self._lock:
            return self.limit is not None and self.active() >= self.limit

    def poll_fault(self, job: Job) -> PollFault:
        """Count a poll, move the job on, and say what shall happen to the answer."""
        with self._lock:
            number = job.polls
            job.polls += 1
            faults = job.script.poll
            fault = faults[number] if number < len(faults) else "none"
            self._advance(job)
            return fault

    def step(self, job: Job) -> None:
        """Move a job on as if it had been polled, for services that tell of their own accord."""
        with self._lock:
            job.polls += 1
            self._advance(job)

    def download_fault(self, job: Job, link: int) -> DownloadFault:
        """What shall happen to a download by the link of that number."""
        with self._lock:
            number = job.downloads
            job.downloads += 1
            faults = job.script.download
            fault = faults[number] if number < len(faults) else "none"
            if link < job.link:
                return "expired"
            if fault == "expired":
                job.link += 1
            return fault

    def cancel(self, job: Job) -> bool:
        """Stop a job that is under way; False where it had ended."""
        with self._lock:
            if job.state in ENDED:
                return False
            job.state = "cancelled"
            return True

    def clip(self, job: Job) -> bytes:
        """The file that the job delivers."""
        return rendered(job.order, job.script.take)

    def _advance(self, job: Job) -> None:
        if job.state in ENDED:
            return
        if job.holding:
            if self.full():
                return
            job.holding = False
            job.polls = 1
        script = job.script
        ripe = time.monotonic() - job.created >= script.seconds
        if job.polls > script.queued + script.running and ripe:
            job.state = script.ending
        elif job.polls > script.queued:
            job.state = "running"

"""What every stage of a study works with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from landfast.conduct.analyse import Analysed, analyse
from landfast.conduct.brief import Brief
from landfast.conduct.job import Job
from landfast.conduct.planner import PlanOptions, plan_measured
from landfast.conduct.progress import Progress
from landfast.conduct.study.brief import StudyBrief
from landfast.conduct.study.grid import cells, refuse_beyond_budget
from landfast.conduct.workflow import open_workflow
from landfast.errors import InputError, Unsupported
from landfast.generators.registry import open_all
from landfast.ledger.ledger import Ledger
from landfast.model.clip import Clip
from landfast.model.outcome import Timing
from landfast.model.plan import Generate, Plan
from landfast.model.profile import Profile
from landfast.model.study import Cell


@dataclass(frozen=True)
class Bench:
    """A study under way."""

    ledger: Ledger
    brief: StudyBrief
    clip: Clip
    progress: Progress | None

    @cached_property
    def profiles(self) -> dict[str, Profile]:
        """By generator, as named in the brief."""
        return {name: job.maker.profile for name, job in self.jobs.items()}

    @cached_property
    def jobs(self) -> dict[str, Job]:
        """One for each generator; they share the ledger."""
        return {name: self._job(name) for name in self.brief.generators}

    def _job(self, generator: str) -> Job:
        brief = Brief(
            source=self.brief.source,
            replace=self.brief.replace,
            generator=generator,
            workflow=open_workflow("professional"),
            attempts=1,
            seed=0,
            budget_usd=self.brief.budget_usd,
            threads=self.brief.threads,
            repeats="check",
        )
        return Job(self.ledger, brief, self.clip, self.progress)

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """One for each generator: its grid decides how long a take is."""
        return {name: self._plan(number, name) for number, name in enumerate(self.brief.generators)}

    def _plan(self, number: int, generator: str) -> Plan:
        name = "plan" if number == 0 else f"plan {generator}"
        known = self.ledger.load(name, Plan)
        if known is None:
            known = plan_measured(
                self._measured, plan_options(self.brief, generator), progress=self.progress
            )
            _refuse_empty(known)
            self.ledger.save(name, known)
        return known

    @cached_property
    def _measured(self) -> Analysed:
        found = analyse(
            Path(self.brief.source),
            self.ledger.folder,
            clip=self.clip,
            threads=self.brief.threads,
            progress=self.progress,
        )
        self.ledger.save("analysis", found.analysis)
        unmeasured = int(np.isnan(found.table.motion_px[:-1]).sum())
        self.ledger.add_timing(
            Timing(
                stage="analyse",
                seconds=round(found.seconds, 3),
                frames=self.clip.frames,
                failures=unmeasured,
            )
        )
        return found

    def segment(self, cell: Cell) -> Generate:
        """The segment of a cell, with the cell's words."""
        plan = self.plans[cell.generator]
        found = next(one for one in plan.generated if one.name == cell.segment)
        return found.model_copy(update={"prompt": cell.prompt}) if cell.prompt else found

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The grid, checked."""
        names = [
            {segment.name for segment in self.plans[one].generated} for one in self.brief.generators
        ]
        shared = sorted(set.intersection(*names))
        planned = cells(self.brief, self.profiles, shared)
        prices = {(cell.generator, cell.segment): self.segment(cell).cost_usd for cell in planned}
        refuse_beyond_budget(planned, prices, self.brief.budget_usd)
        return planned


def refuse_impossible(brief: StudyBrief, clip: Clip) -> None:
    """Refuse seeds and prompts that a generator does not take, before any work.

    Raises:
        InputError: More takes than any study may have.
        Unsupported: A generator takes no seeds or prompts.
    """
    opened = {name: open_all(name, clip.width, clip.height)[0] for name in brief.generators}
    cells(brief, {name: one.profile for name, one in opened.items()}, ["any"])


def plan_options(brief: StudyBrief, generator: str) -> PlanOptions:
    """What planning for one of the generators needs."""
    return PlanOptions(
        replace=brief.replace,
        generator=generator,
        budget_usd=brief.budget_usd,
        threads=brief.threads,
    )


def _refuse_empty(plan: Plan) -> None:
    if plan.generated:
        return
    if plan.refusals:
        raise Unsupported(
            f"cannot be bridged: {plan.refusals[0].reason}",
            subject=str(plan.refusals[0].span),
            remedy="study another span",
        )
    raise InputError(
        "shows nothing that must be replaced",
        subject=plan.clip_name,
        remedy="name a span with --replace",
    )

"""What a run was asked to do, in the form that the ledger keeps."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import Field

from landfast.conduct.planner import PlanOptions
from landfast.conduct.workflow import Workflow, open_workflow
from landfast.model.outcome import Keep
from landfast.model.record import Document
from landfast.model.study import PromptMotion
from landfast.model.time import Rational, Span
from landfast.planning.ladder import Chosen

Repeats = Literal["check", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(PlanOptions):
    """What the user decides about a run.

    Attributes:
        workflow: Name of a packaged workflow or path of a TOML file.
        attempts: Most takes for each gap; None leaves it to the workflow.
        seed: Seed of the first take; each retry adds one.
        repeats: Whether to do measured work twice and compare the bytes.
        keep: How real frames stand in the film.
    """

    workflow: str = "professional"
    attempts: int | None = None
    seed: int = 0
    repeats: Repeats = "check"
    keep: Keep = "exact"


class Brief(Document):
    """Everything that `resume` needs to know."""

    source: str
    """Absolute path of the footage."""
    replace: tuple[Span, ...]
    generator: str
    workflow: Workflow
    attempts: int = Field(ge=1)
    seed: int = Field(ge=0)
    budget_usd: Rational | None
    threads: int = Field(ge=0)
    repeats: Repeats
    prompt: str = ""
    motions: tuple[PromptMotion, ...] = ()
    chosen: Chosen = "replace"
    keep: Keep = "exact"

    @classmethod
    def of(cls, path: Path, options: RunOptions) -> Brief:
        """Settle the options for good; later changes to a workflow file do not matter.

        Raises:
            InputError: No such workflow.
        """
        workflow = open_workflow(options.workflow)
        return cls(
            source=str(path.resolve()),
            replace=options.replace,
            generator=options.generator,
            workflow=workflow,
            attempts=workflow.attempts if options.attempts is None else options.attempts,
            seed=options.seed,
            budget_usd=options.budget_usd,
            threads=options.threads,
            repeats=options.repeats,
            prompt=options.prompt,
            motions=options.motions,
            chosen=options.chosen,
            keep=options.keep,
        )

    def changed(self, *, budget_usd: Fraction | None, source: Path | None) -> Brief:
        """The same with another cap, or with the footage at another place; None changes nothing."""
        place = self.source if source is None else str(source.resolve())
        cap = self.budget_usd if budget_usd is None else budget_usd
        return self.model_copy(update={"budget_usd": cap, "source": place})

    @property
    def plan_options(self) -> PlanOptions:
        """The part that planning needs."""
        return PlanOptions(
            replace=self.replace,
            generator=self.generator,
            budget_usd=self.budget_usd,
            threads=self.threads,
            prompt=self.prompt,
            motions=self.motions,
            takes=self.attempts,
            chosen=self.chosen,
        )

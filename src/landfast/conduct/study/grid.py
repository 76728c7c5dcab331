"""The cells of a study: every combination that is to be made, checked before anything is spent."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction

from landfast.conduct.study.brief import MOST_TAKES, StudyBrief
from landfast.errors import BudgetSpent, InputError, Unsupported
from landfast.model.profile import Profile
from landfast.model.study import Cell


def cells(
    brief: StudyBrief, profiles: Mapping[str, Profile], segments: Sequence[str]
) -> tuple[Cell, ...]:
    """Every take of the study in the order it is made: all cells once, then all once more.

    A study that is cut short by its budget then still holds every prompt and seed alike.

    Args:
        brief: What was asked.
        profiles: The profile of each generator of the brief.
        segments: Names of the segments to be filled.

    Raises:
        InputError: More takes than any study may have.
        Unsupported: Seeds or prompts for a generator that takes none.
    """
    groups = [
        (rank, Cell(segment=s, generator=g, prompt=p, seed=seed, repeat=repeat))
        for s, g, p in itertools.product(segments, brief.generators, brief.prompts or ("",))
        for rank, (seed, repeat) in enumerate(_series(brief, profiles[g], p))
    ]
    if len(groups) > MOST_TAKES:
        raise InputError(
            f"asks for {len(groups):,} takes, at most {MOST_TAKES:,} are possible",
            subject="the grid",
            remedy="give fewer seeds, prompts, generators or --takes",
        )
    return tuple(cell for _, cell in sorted(groups, key=lambda pair: pair[0]))


def _series(brief: StudyBrief, profile: Profile, prompt: str) -> list[tuple[int | None, int]]:
    """Seed and repeat of each take that shares segment, generator and prompt."""
    if prompt and not profile.prompt:
        raise Unsupported(
            "takes no prompt",
            subject=profile.name,
            remedy="leave --prompts out, or study a generator that takes one",
        )
    if not profile.seed:
        if brief.seeds:
            raise Unsupported(
                "takes no seed, so seeds cannot be compared",
                subject=profile.name,
                remedy="leave --seeds out; --takes repeats the same request",
            )
        return [(None, repeat) for repeat in range(brief.takes)]
    if brief.seeds:
        return [(seed, repeat) for repeat in range(brief.takes) for seed in brief.seeds]
    return [(seed, 0) for seed in range(brief.takes)]


def refuse_beyond_budget(
    planned: Sequence[Cell],
    prices: Mapping[tuple[str, str], Fraction],
    budget_usd: Fraction | None,
) -> Fraction:
    """What the whole grid costs by list price, in US dollars.

    Args:
        planned: The cells.
        prices: Price of a take by generator and segment.
        budget_usd: The cap, or None.

    Raises:
        BudgetSpent: More than the cap; nothing has been spent.
    """
    cost = sum((prices[cell.generator, cell.segment] for cell in planned), Fraction(0))
    if budget_usd is not None and cost > budget_usd:
        raise BudgetSpent(
            f"{len(planned)} takes cost {float(cost):.2f} USD by list price and the budget is "
            f"{float(budget_usd):.2f} USD; nothing was spent",
            subject="the grid",
            remedy="give fewer takes, seeds or prompts, or a larger --budget",
        )
    return cost

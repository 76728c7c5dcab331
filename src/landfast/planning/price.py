"""What a plan's segments cost before anything is spent: a take, and until one is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from landfast.model.plan import Generate, Plan
from landfast.model.profile import Profile
from landfast.planning.cost import expected_usd

PRIOR_TAKES: Final = 4
"""Judged takes that the gap model's chance is worth against a project's own record."""
LEAST_CHANCE: Final = 0.02
"""A chance is never counted as smaller: nothing known is that hopeless."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Takes of one generator that were judged in a project, and how many were let in."""

    judged: int = 0
    accepted: int = 0


@dataclass(frozen=True, slots=True)
class PricedSegment:
    """One segment's price.

    Attributes:
        segment: Its name.
        seconds: Length of film that it fills.
        billed_s: Seconds that are charged for a take.
        take_usd: Price of a take.
        chance: Chance that a take is accepted; None where nothing is known.
        expected_usd: Price until a take is accepted; None where the chance is unknown.
        accepted_second_usd: That, for each second of film.
    """

    segment: str
    seconds: Fraction
    billed_s: Fraction
    take_usd: Fraction
    chance: float | None
    expected_usd: Fraction | None
    accepted_second_usd: Fraction | None


def priced(plan: Plan, profile: Profile, tally: Tally | None = None) -> tuple[PricedSegment, ...]:
    """The price of every generated segment, in order of time.

    Args:
        plan: The plan.
        profile: The generator that it was made for.
        tally: What the project's own ledger says of that generator.
    """
    return tuple(_priced(segment, profile, tally or Tally()) for segment in plan.generated)


def _priced(segment: Generate, profile: Profile, tally: Tally) -> PricedSegment:
    length = Fraction(segment.frames - 1) / segment.fps
    take = profile.cost_usd(length)
    likely = chance(segment.gap.chance, tally)
    expected = None if likely is None else expected_usd(take, likely)
    return PricedSegment(
        segment=segment.name,
        seconds=segment.span.duration,
        billed_s=profile.billed_s(length) if profile.price else Fraction(0),
        take_usd=take,
        chance=likely,
        expected_usd=expected,
        accepted_second_usd=None if expected is None else expected / segment.span.duration,
    )


def chance(model: float | None, tally: Tally) -> float | None:
    """Chance of acceptance: the gap model's, drawn towards the project's own record as it grows.

    The mean of a beta distribution whose prior is the model's chance, worth `PRIOR_TAKES` takes.
    """
    if model is None:
        if not tally.judged:
            return None
        return max(LEAST_CHANCE, (tally.accepted + 1) / (tally.judged + 2))
    found = (model * PRIOR_TAKES + tally.accepted) / (PRIOR_TAKES + tally.judged)
    return min(1.0, max(LEAST_CHANCE, found))

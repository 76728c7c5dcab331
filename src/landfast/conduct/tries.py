"""What is tried for a gap, in order: another seed, then tighter, then another model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from landfast.conduct.job import Job
from landfast.generators.base import Generator
from landfast.model.clip import Clip
from landfast.model.plan import Generate
from landfast.model.take import Request
from landfast.planning.prompt import tightened
from landfast.planning.request import request

LOOSE = 2
"""Tries of a model before what is asked of it is tightened."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt that may be made at a gap.

    Attributes:
        number: 1 for the first.
        maker: The generator.
        seed: Its seed.
        tight: Whether everything preferred is required, and words are stricter.
        settings: The workflow's creative settings.
    """

    number: int
    maker: Generator
    seed: int
    tight: bool
    settings: Mapping[str, float]

    def request(self, segment: Generate, clip: Clip) -> Request:
        """What is asked for; a retry never changes the plan.

        Raises:
            Unsupported: The model cannot honour it; nothing has been spent.
        """
        profile = self.maker.profile
        wanted = tightened(segment, profile) if self.tight else segment
        return request(wanted, clip=clip, profile=profile, seed=self.seed, settings=self.settings)


def tries(job: Job) -> tuple[Try, ...]:
    """Every attempt that a gap is worth, the same for each resume."""
    found: list[Try] = []
    for maker, share in zip(job.makers, shares(job.brief.attempts, job.makers), strict=True):
        for at in range(share):
            seed = job.brief.seed + at
            tight, settings = at >= LOOSE, job.brief.workflow.settings
            found.append(Try(len(found) + 1, maker, seed, tight=tight, settings=settings))
    return tuple(found)


def shares(attempts: int, makers: Sequence[Generator]) -> tuple[int, ...]:
    """Attempts of each generator: one for every later one, the rest for the first.

    A generator that gives the same bytes whatever the seed is asked once.
    """
    later = min(len(makers) - 1, attempts - 1)
    counts = [attempts - later] + [1] * later + [0] * (len(makers) - 1 - later)
    return tuple(
        min(1, count) if _fixed(maker) else count
        for maker, count in zip(makers, counts, strict=True)
    )


def _fixed(maker: Generator) -> bool:
    return maker.profile.deterministic and not maker.profile.seed

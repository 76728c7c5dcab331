"""What is tried for a gap, in order: another seed, then tighter, then another model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from landfast.conduct.job import Job
from landfast.conduct.ladder import asked_of
from landfast.conduct.patching import patched
from landfast.conduct.shares import shares
from landfast.generators.base import Generator
from landfast.model.clip import Clip
from landfast.model.plan import Generate
from landfast.model.take import Patch, Request
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
        rung: 0 for the lowest rung of a ladder; the same for all where there is none.
    """

    number: int
    maker: Generator
    seed: int
    tight: bool
    settings: Mapping[str, float]
    rung: int = 0

    def request(self, segment: Generate, clip: Clip, *, patch: Patch | None = None) -> Request:
        """What is asked for; a retry never changes the plan.

        Args:
            segment: The gap.
            clip: The footage.
            patch: The part of a lower rung's take that is left to fill, where it is only a part;
                a tightened try asks for the whole picture all the same.

        Raises:
            Unsupported: The model cannot honour it; nothing has been spent.
        """
        profile = self.maker.profile
        wanted = asked_of(segment, profile.name, clip)
        if not profile.prompt:
            # Words are written for the first model that takes any.
            wanted = wanted.model_copy(update={"prompt": "", "negative_prompt": ""})
        if self.tight:
            wanted = tightened(wanted, profile)
        asked = request(wanted, clip=clip, profile=profile, seed=self.seed, settings=self.settings)
        return asked if patch is None or self.tight else patched(asked, patch, clip, profile)


def tries(job: Job, segment: Generate) -> tuple[Try, ...]:
    """Every attempt that a gap is worth, the same for each resume."""
    if segment.rungs:
        named = {maker.profile.name: maker for maker in job.makers}
        counted = [(named[rung.generator], rung.takes) for rung in segment.tried]
    else:
        counts = shares(job.brief.attempts, job.makers)
        counted = list(zip(job.makers, counts, strict=True))
    found: list[Try] = []
    for rung, (maker, count) in enumerate(counted):
        for at in range(count):
            found.append(
                Try(
                    number=len(found) + 1,
                    maker=maker,
                    seed=job.brief.seed + at,
                    tight=at >= LOOSE,
                    settings=job.brief.workflow.settings,
                    rung=rung if segment.rungs else 0,
                )
            )
    return tuple(found)

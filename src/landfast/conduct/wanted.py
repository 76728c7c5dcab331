"""What one take without a run is to be, whoever makes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from landfast.conduct.writing import Grid
from landfast.generators.base import Generator
from landfast.model.constraint import Constraint
from landfast.model.take import Footage, Request


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one take is to be.

    Attributes:
        grid: Frames of the video as they are wanted.
        first: Content id of the start anchor.
        last: Of the end anchor.
        constraints: What it has to keep.
        prompt: The user's words.
        seed: Seed, where the service has one.
        footage: The real clip around it.
        job: What became of an order that was never answered; empty where there is none in doubt.
    """

    grid: Grid
    first: str
    last: str
    constraints: Sequence[Constraint]
    prompt: str
    seed: int
    footage: Footage | None
    job: str = ""

    def request(self, maker: Generator, segment: str) -> Request:
        """It asked of a generator that takes any grid."""
        return Request(
            segment=segment,
            generator=maker.profile.name,
            prompt=self.prompt,
            first=self.first,
            last=self.last,
            constraints=tuple(self.constraints),
            width=self.grid.width,
            height=self.grid.height,
            frames=self.grid.frames,
            fps=self.grid.fps,
            seed=self.seed,
            footage=self.footage,
        )

"""A generator model as data: what it takes, on which grid, and what it costs."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Literal

from pydantic import Field, model_validator

from landfast.model.constraint import ConstraintKind
from landfast.model.record import Document, Record
from landfast.model.time import Rational

Support = Literal["native", "reference video", "composited", "checked"]
"""How a constraint is met: by the model itself, by a reference video it is given, by compositing
real pixels back afterwards, or only by checking the result."""


class Price(Record):
    """List price, with the day it was read and where."""

    usd_per_second: Rational
    read_on: date
    source: str


class FrameRule(Record):
    """Allowed frame counts: `step * k + offset` between `least` and `most`."""

    step: int = Field(default=1, gt=0)
    offset: int = Field(default=0, ge=0)
    least: int = Field(default=2, ge=2)
    most: int | None = None

    def fit(self, frames: int) -> int | None:
        """Smallest allowed count that is at least `frames`; None where there is none."""
        wanted = max(frames, self.least)
        count = -(-(wanted - self.offset) // self.step) * self.step + self.offset
        return None if self.most is not None and count > self.most else count


class Profile(Document):
    """One model of one generator."""

    generator: str
    """Name of the adapter."""
    model: str
    """Name of the model; empty where the generator has only one."""
    title: str
    usable: bool
    """False for profiles that stand here for their price alone."""
    size_multiple: int = Field(default=1, gt=0)
    fps: tuple[Rational, ...] = ()
    """Rates it can deliver; empty means any."""
    frame_rule: FrameRule = FrameRule()
    durations_s: tuple[Rational, ...] = ()
    """Fixed clip lengths; empty means that `frame_rule` decides."""
    support: dict[ConstraintKind, Support]
    seed: bool
    """True where a seed fixes the result."""
    deterministic: bool
    """True where the same request gives the same bytes."""
    negative_prompt: bool
    prompt: bool
    quantum_s: Rational = Fraction(0)
    """Billing quantum: a take is billed in whole multiples of it; 0 means by the second."""
    minimum_s: Rational = Fraction(0)
    """Least billed duration."""
    price: Price | None = None
    """None where nothing is charged."""

    @model_validator(mode="after")
    def _not_negative(self) -> Profile:
        if self.quantum_s < 0 or self.minimum_s < 0:
            raise ValueError("billing quantum and minimum cannot be negative")
        return self

    @property
    def name(self) -> str:
        """`generator` or `generator:model`."""
        return f"{self.generator}:{self.model}" if self.model else self.generator

    def billed_s(self, duration: Fraction) -> Fraction:
        """Seconds that are charged for a take of `duration` seconds."""
        seconds = max(duration, self.minimum_s)
        if self.durations_s:
            longer = [length for length in sorted(self.durations_s) if length >= seconds]
            rest, last = divmod(seconds, max(self.durations_s))
            seconds = longer[0] if longer else max(self.durations_s) * (rest + (1 if last else 0))
        if self.quantum_s:
            seconds = -(-seconds // self.quantum_s) * self.quantum_s
        return seconds

    def cost_usd(self, duration: Fraction) -> Fraction:
        """List price of one take of `duration` seconds; 0 where nothing is charged."""
        return self.billed_s(duration) * self.price.usd_per_second if self.price else Fraction(0)

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


class Charge(Record):
    """A length that is charged as another."""

    length_s: Rational
    billed_s: Rational


Transport = Literal["data", "upload", "url"]
"""How pictures reach the service: inside the request, by its own upload, or by a public URL."""

Keyframes = Literal["none", "first", "ends", "any"]
"""Where anchors may stand in a take: nowhere, at its start, at both ends, at any frame."""


class Size(Record):
    """A picture size that a model makes, and its own price where sizes differ in price."""

    name: str
    """What the service calls it: `720p` …"""
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    usd_per_second: Rational | None = None
    """None leaves it to the profile's price."""

    @property
    def aspect(self) -> str:
        """As services write it: `16:9`."""
        ratio = Fraction(self.width, self.height).limit_denominator(21)
        return {"7:3": "21:9"}.get(name := f"{ratio.numerator}:{ratio.denominator}", name)


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


class Knob(Record):
    """A creative setting of a model: how a workflow calls it and how the service does."""

    name: str
    """`guidance`, `steps`, `shift` …"""
    service: str
    """The field of the service's request."""
    least: float
    most: float
    whole: bool = False
    """True where only whole numbers are taken."""


class Profile(Document):
    """One model of one generator."""

    generator: str
    """Name of the adapter."""
    model: str
    """Name of the model; empty where the generator has only one."""
    title: str
    usable: bool
    """False for profiles that stand here for their price alone."""
    service_model: str = ""
    """What the service calls the model; empty where that is `model`."""
    hidden: bool = False
    """True for generators that are listed on request only."""
    size_multiple: int = Field(default=1, gt=0)
    sizes: tuple[Size, ...] = ()
    """Sizes it can make; empty means any of the multiple. Footage of another shape is set on the
    best of them with its edges mirrored outwards, and cut out again afterwards."""
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
    charges: tuple[Charge, ...] = ()
    """Fixed lengths that cost more or less than in proportion."""
    price: Price | None = None
    """None where nothing is charged."""
    keyframes: Keyframes = "ends"
    controls: tuple[str, ...] = ()
    """Kinds of control video that it takes: depth, edges, mask …"""
    inpaints: bool = False
    """True where it fills the white of a `mask` video in a `source` video and keeps the rest;
    models that take both kinds of control do so in any case."""
    transports: tuple[Transport, ...] = ()
    """How pictures reach it, best first; empty for generators on this machine."""
    most_bytes: int | None = Field(default=None, gt=0)
    """Most bytes of one picture or control video, as sent; None where none is stated."""
    prompt_most: int | None = Field(default=None, gt=0)
    """Most characters of a prompt."""
    concurrency: int = Field(default=1, ge=1)
    """Takes that may be under way at once."""
    poll_s: Rational = Fraction(5)
    """Least time between two looks at one job."""
    timeout_s: Rational = Fraction(1800)
    """After this long without an end, waiting stops; the job can be gone on with."""
    knobs: tuple[Knob, ...] = ()
    """Creative settings that it takes."""
    deprecated_on: date | None = None
    """Day on which the service ends the model."""

    @model_validator(mode="after")
    def _not_negative(self) -> Profile:
        if self.quantum_s < 0 or self.minimum_s < 0:
            raise ValueError("billing quantum and minimum cannot be negative")
        return self

    @property
    def fills_regions(self) -> bool:
        """True where it can be asked for a part of the picture alone."""
        return self.inpaints or {"mask", "source"} <= set(self.controls)

    @property
    def ends(self) -> tuple[Literal["start", "end"], ...]:
        """The ends of a take at which it can be given a frame."""
        if self.keyframes == "none":
            return ()
        return ("start",) if self.keyframes == "first" else ("start", "end")

    @property
    def name(self) -> str:
        """`generator` or `generator:model`."""
        return f"{self.generator}:{self.model}" if self.model else self.generator

    def billed_s(self, duration: Fraction) -> Fraction:
        """Seconds that are charged for a take of `duration` seconds."""
        seconds = max(duration, self.minimum_s)
        if self.durations_s:
            charged = {one: one for one in sorted(self.durations_s)}
            charged |= {one.length_s: one.billed_s for one in self.charges}
            longer = [length for length in self.durations_s if length >= seconds]
            # What no take is long enough for is made of several, in the cheapest length.
            several = (-(-seconds // length) * billed for length, billed in charged.items())
            seconds = charged[min(longer)] if longer else min(several)
        if self.quantum_s:
            seconds = -(-seconds // self.quantum_s) * self.quantum_s
        return seconds

    def sized(self, width: int, height: int) -> Profile:
        """This profile held to the size that suits footage of that size best.

        The shape that needs the least filling, then the largest size that is no larger than the
        footage, else the smallest.
        """
        if not self.sizes:
            return self

        def filled(size: Size) -> Fraction:
            scale = min(Fraction(size.width, width), Fraction(size.height, height))
            return -scale * scale * width * height / (size.width * size.height)

        best = min(map(filled, self.sizes))
        fitting = sorted(
            (one for one in self.sizes if filled(one) == best), key=lambda one: one.width
        )
        within = [one for one in fitting if one.width <= width and one.height <= height]
        return self.held_to(within[-1] if within else fitting[0])

    def held_to(self, size: Size) -> Profile:
        """This profile with one size, at that size's price."""
        price = self.price
        if price is not None and size.usd_per_second is not None:
            price = price.model_copy(update={"usd_per_second": size.usd_per_second})
        return self.model_copy(update={"sizes": (size,), "price": price})

    def price_of(self, frames: int, fps: Fraction) -> Fraction:
        """List price of one take of `frames` frames.

        Models of fixed lengths count from the first frame to the last; others count frames.
        """
        return self.cost_usd((frames - 1 if self.durations_s else frames) / Fraction(fps))

    def cost_usd(self, duration: Fraction) -> Fraction:
        """List price of one take of `duration` seconds; 0 where nothing is charged."""
        return self.billed_s(duration) * self.price.usd_per_second if self.price else Fraction(0)

"""Intentions: which spans stay real, which are generated, and what it costs."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, model_validator

from landfast.model import notebook
from landfast.model.constraint import Constraint
from landfast.model.measured import Anchor, Gap, Shot, Unusable
from landfast.model.record import Document, Record
from landfast.model.time import Rational, Span


class Keep(Record):
    """A span of real footage, untouched."""

    kind: Literal["keep"] = "keep"
    span: Span


class Retime(Record):
    """Real frames on both sides of a fault shown at other times, so that they cover it.

    The frames from `start` to `left` and from `right` to `end` are shown between `start` and
    `end`, which stay in place; between `left` and `right`, the good frames nearest to the fault,
    pictures are made along their motion.
    """

    start: Anchor
    left: Rational
    """Time of the last good frame before the fault."""
    right: Rational
    """Time of the first good frame after it."""
    end: Anchor
    hop: Rational = Field(gt=0)
    """Motion from `left` to `right` in steps of the footage's own motion beside them."""
    slowest: float = Field(gt=0)
    """Least and greatest speed at which real frames are shown; 1 is their own."""
    fastest: float = Field(gt=0)


class Rung(Record):
    """One step of the ladder from the footage itself up to a model, for one segment."""

    generator: str
    """`keep`, `retime`, or the profile's name."""
    state: Literal["try", "skip"]
    reason: str
    """Why it is tried, or why not, in a sentence."""
    takes: int = Field(default=1, ge=0)
    """Most takes that are asked for; 0 where it is skipped."""
    most_usd: Rational = Fraction(0)
    """List price of all of them; nothing is spent where a lower rung is accepted."""
    retime: Retime | None = None


class Generate(Record):
    """A span to be filled between two anchors.

    `span` starts right after the start anchor's frame and stops at the end anchor's time: the
    anchors themselves are kept footage.
    """

    kind: Literal["generate"] = "generate"
    name: str
    """`gap_0010`, `gap_0020` … in order of time."""
    span: Span
    start: Anchor
    end: Anchor
    gap: Gap
    frames: int = Field(ge=3)
    """Frames of the take, both anchors included."""
    fps: Rational
    prompt: str = ""
    negative_prompt: str = ""
    constraints: tuple[Constraint, ...]
    replaces: tuple[Unusable, ...]
    cost_usd: Rational
    """Expected list price of one take."""
    rungs: tuple[Rung, ...] = ()
    """The ladder, lowest first; empty where generators were named one by one."""

    @property
    def tried(self) -> tuple[Rung, ...]:
        """The rungs that are climbed, lowest first."""
        return tuple(rung for rung in self.rungs if rung.state == "try")

    @property
    def most_usd(self) -> Fraction:
        """What its ladder costs at most."""
        return sum((rung.most_usd for rung in self.rungs), Fraction(0))


Segment = Annotated[Keep | Generate, Field(discriminator="kind")]


class Refusal(Record):
    """A span that should be replaced and cannot be bridged: it stays as it is, and says why."""

    span: Span
    gap: Gap | None
    reason: str


class NaiveWay(Record):
    """What doing it without anchors would cost with a hosted model."""

    way: Literal["everything", "each gap"]
    """Generate the whole clip anew, or one take for each gap without choosing anchors."""
    profile: str
    """Name of the profile whose list price is used."""
    billed_s: Rational
    cost_usd: Rational


class Plan(Document):
    """A clip's segments in order of time; they cover the clip without overlap."""

    clip: str
    """Content id of the clip."""
    clip_name: str
    duration: Rational
    generator: str
    """Profile name."""
    shots: tuple[Shot, ...]
    unusable: tuple[Unusable, ...]
    segments: tuple[Segment, ...] = Field(min_length=1)
    refusals: tuple[Refusal, ...] = ()
    cost_usd: Rational
    budget_usd: Rational | None = None
    naive: tuple[NaiveWay, ...] = ()

    @model_validator(mode="after")
    def _covers(self) -> Plan:
        edges = [segment.span for segment in self.segments]
        if edges[0].start != 0 or edges[-1].stop != self.duration:
            raise ValueError("segments must cover the clip from its start to its end")
        for left, right in itertools.pairwise(edges):
            if left.stop != right.start:
                raise ValueError(
                    f"segments must meet: one stops at {left.stop}, next {right.start}"
                )
        return self

    @property
    def most_usd(self) -> Fraction:
        """What the ladders cost at most, all takes of their last rungs together."""
        return sum((one.most_usd for one in self.generated), Fraction(0))

    @property
    def generated(self) -> tuple[Generate, ...]:
        """The segments to be generated."""
        return tuple(segment for segment in self.segments if isinstance(segment, Generate))

    def _repr_html_(self) -> str:
        """The plan in a notebook."""
        facts = (
            ("generator", self.generator),
            ("kept", f"{self.kept:.1%} of {notebook.seconds(self.duration)}"),
            ("cost", f"{float(self.cost_usd):.2f} USD"),
        )
        rows = [
            (
                one.name,
                one.span,
                one.frames,
                one.gap.state,
                None if one.gap.chance is None else f"{one.gap.chance:.0%}",
                f"{float(one.cost_usd):.2f}",
            )
            for one in self.generated
        ]
        refused = [("refused", one.span, None, one.reason, None, None) for one in self.refusals]
        header = ("segment", "span", "frames", "gap", "chance", "USD")
        tables = (notebook.pairs(facts), notebook.grid(header, [*rows, *refused]))
        return notebook.shown(f"Plan for {self.clip_name}", *tables)

    @property
    def kept(self) -> float:
        """Share of the clip's time that stays real."""
        generated = sum((one.span.duration for one in self.generated), Fraction(0))
        return float(1 - generated / self.duration)

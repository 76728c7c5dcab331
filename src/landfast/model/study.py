"""A study: the same request many times, or a grid of seeds, prompts and generators, measured."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from landfast.model import notebook
from landfast.model.record import Document, Record
from landfast.model.time import Rational, Span
from landfast.model.verdict import Check

OutcomeState = Literal["accepted", "rejected", "unknown", "failed"]
"""What became of one take: it passed; a check failed; no check failed but one that had to be
decided could not be; or no take came back."""


class Rate(Record):
    """A share of trials with its 95 % interval (Wilson, JASA 1927)."""

    hits: int = Field(ge=0)
    trials: int = Field(ge=0)
    share: float | None = Field(ge=0, le=1)
    """None without trials."""
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)


class Estimate(Record):
    """A number with a 95 % interval; all None where too little was measured."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Cell(Record):
    """One take of the study: which segment, made by what, with which words and which seed."""

    segment: str
    generator: str
    prompt: str
    seed: int | None
    """None where the generator has none."""
    repeat: int = Field(ge=0)
    """0 for the first take of this cell; more where the same request is made again."""


class Camera(Record):
    """What the camera of a take does, measured on the picture's middle from first to last frame."""

    zoom_pct: float
    """Growth of the picture, percent; positive: the camera comes closer or zooms in."""
    roll_deg: float
    """Clockwise turn of the camera."""
    pan_pct: float
    """Way of the camera to the right, percent of the picture's width."""
    tilt_pct: float
    """Way of the camera upwards, percent of the picture's width."""
    path: tuple[tuple[float, float, float, float], ...]
    """The same four numbers at evenly spaced times from first to last frame."""


class Outcome(Record):
    """One take as it was made and judged."""

    cell: Cell
    request: str
    """Key of the request."""
    state: OutcomeState
    failed: tuple[Check, ...] = ()
    unknown: tuple[Check, ...] = ()
    score: float | None = None
    coverage: float | None = None
    took_s: float | None = None
    """Seconds from asking to having it; None where no take came back."""
    seconds: Rational
    """Length of the take."""
    frames: int = Field(ge=0)
    cost_usd: Rational
    digest: str | None = None
    """SHA-256 over the decoded frames, to see whether two takes are the same."""
    camera: Camera | None = None
    """None where the take's motion could not be measured."""
    error: str = ""


class CheckRate(Record):
    """How often one check failed, over the takes that were judged."""

    check: Check
    failed: Rate
    unknown: int = Field(ge=0)


class Group(Record):
    """The success of the takes that share one prompt, seed, generator or segment."""

    by: Literal["generator", "prompt", "seed", "segment"]
    name: str
    accepted: Rate
    median_s: float | None
    cost_usd: Rational


class Latency(Record):
    """Seconds a take, over the takes that came back."""

    median_s: float
    p90_s: float
    least_s: float
    most_s: float
    outliers: tuple[str, ...]
    """Keys of takes slower than the upper quartile by more than three times the quartiles'
    distance (Tukey's outer fence)."""


class Spread(Record):
    """How differently one request comes out."""

    segment: str
    generator: str
    prompt: str
    takes: tuple[str, ...]
    """Request keys, in the order of the table's rows and columns."""
    difference: tuple[tuple[float | None, ...], ...]
    """Mean absolute difference of luma (0 to 255) between two takes, after registration of one to
    the other by a homography; None where they cannot be registered."""
    mean_difference: float | None
    camera_pct: float | None
    """Largest distance between the camera paths of two takes, percent of the picture's width."""
    distinct: int = Field(ge=0)
    """Takes with different pixels."""


class Sensitivity(Record):
    """Whose doing is the difference between takes: variance split over a grid of seeds x prompts.

    Shares of the total sum of squares (eta squared) of a two-way layout; intervals by bootstrap
    over seeds.
    """

    measure: str
    unit: str
    seed: Estimate
    prompt: Estimate
    rest: Estimate


class PromptMotion(Record):
    """What a prompt did to the measured camera."""

    generator: str
    prompt: str
    takes: int = Field(ge=0)
    """Takes whose camera could be measured."""
    seconds: Rational
    """Length of the takes."""
    zoom_pct: Estimate
    roll_deg: Estimate
    pan_pct: Estimate
    tilt_pct: Estimate
    words: str
    """The measured motion in words."""


class PromptMotions(Document):
    """A dictionary from prompts to measured motion, for one study's models, kept for reuse."""

    @classmethod
    def type_name(cls) -> str:
        """Name of the record as it stands in the JSON."""
        return "prompt motions"

    measured: str
    """UTC, ISO 8601."""
    prompts: tuple[PromptMotion, ...]


class Work(Record):
    """One kind of work, for the table of vision against generation."""

    kind: Literal["vision", "generation"]
    name: str
    ms_per_frame: float | None
    repeats: int = Field(ge=0)
    """How often the same work was done again to compare its bytes."""
    identical: bool | None
    failures: Rate


class Study(Document):
    """Everything a study found; its page is drawn from this alone."""

    clip: str
    """Content id of the clip."""
    clip_name: str
    replaced: tuple[Span, ...]
    generators: tuple[str, ...]
    prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    """Empty where no seed could be chosen."""
    asked: int = Field(gt=0)
    """Takes that the study is to have."""
    complete: bool
    """False where the budget ended it early."""
    outcomes: tuple[Outcome, ...]
    accepted: Rate
    unknown: int = Field(ge=0)
    failed: int = Field(ge=0)
    """Takes that never came back."""
    checks: tuple[CheckRate, ...]
    groups: tuple[Group, ...]
    latency: Latency | None
    cost_usd: Rational
    usd_per_accepted_s: Rational | None
    """None where nothing was accepted."""
    spread: tuple[Spread, ...]
    same_seed: Rate | None
    """Of the requests made more than once, those that gave the same pixels each time; None where
    none was."""
    sensitivity: tuple[Sensitivity, ...]
    motions: tuple[PromptMotion, ...]
    works: tuple[Work, ...]
    notes: tuple[str, ...] = ()
    """What a reader must know: no seed lock possible, budget reached …"""

    def _repr_html_(self) -> str:
        """The study in a notebook."""
        rate = self.accepted
        title = f"{rate.hits} of {rate.trials} takes accepted ({rate.low:.0%} to {rate.high:.0%})"
        rows = [
            (
                number,
                one.cell.generator,
                one.cell.prompt or None,
                one.cell.seed,
                one.state,
                ", ".join(one.failed) or one.error or None,
                None if one.took_s is None else notebook.seconds(one.took_s),
            )
            for number, one in enumerate(self.outcomes, 1)
        ]
        header = ("take", "generator", "prompt", "seed", "state", "failed", "took")
        return notebook.shown(title, notebook.grid(header, rows))


class Change(Record):
    """One figure in two studies."""

    name: str
    unit: str
    before: Estimate
    after: Estimate
    changed: bool | None
    """Whether the difference is beyond chance (95 %); None where it cannot be said."""
    reason: str


class StudyComparison(Document):
    """Two studies of the same thing side by side: has the service changed?"""

    @classmethod
    def type_name(cls) -> str:
        """Name of the record as it stands in the JSON."""
        return "study comparison"

    before: str
    after: str
    same_question: bool
    """True where both asked the same: clip, spans, generators and prompts."""
    changes: tuple[Change, ...]
    changed: bool

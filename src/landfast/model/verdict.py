"""What verification found; the JSON of `landfast verify`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from landfast.model import notebook
from landfast.model.record import Document, Record

State = Literal["pass", "fail", "unknown"]
Check = Literal[
    "endpoints",
    "scene",
    "persistence",
    "texture",
    "motion",
    "steady",
    "colour",
    "horizon",
    "depth",
    "region",
    "lock",
]


class Finding(Record):
    """One check's answer."""

    check: Check
    part: str = ""
    """What of it: `start`, `freeze`, `join`; empty where a check has one finding."""
    state: State
    value: float | None
    """Measured quantity in `unit`; None where it could not be measured."""
    limit: float | None
    unit: str
    span: tuple[float, float] | None = None
    """Where in time, half-open, seconds of the take."""
    region: tuple[float, float, float, float] | None = None
    """Where in the picture: x, y, width, height as shares of the frame."""
    reason: str
    """One sentence that a person understands."""


class FrameScore(Record):
    """Evidence of a fault in one frame."""

    time_s: float
    score: float = Field(ge=0, le=1)


class Verdict(Document):
    """The judgement on a take; *could not measure* is never a pass."""

    state: State
    score: float = Field(ge=0, le=1)
    """Grows with the evidence of a fault; 0.5 is the operating point."""
    coverage: float = Field(ge=0, le=1)
    """Share of the picture that could be verified at all."""
    findings: tuple[Finding, ...]
    frames: tuple[FrameScore, ...]

    def _repr_html_(self) -> str:
        """The verdict in a notebook."""
        rows = [
            (
                one.check,
                one.state,
                None if one.value is None else f"{one.value:.3g} {one.unit}",
                None if one.limit is None else f"{one.limit:.3g} {one.unit}",
                None if one.span is None else f"{one.span[0]:.2f} to {one.span[1]:.2f} s",
                one.reason,
            )
            for one in self.findings
        ]
        title = f"{self.state.upper()}: score {self.score:.2f}, {self.coverage:.0%} verified"
        header = ("check", "state", "measured", "limit", "when", "why")
        return notebook.shown(title, notebook.grid(header, rows))

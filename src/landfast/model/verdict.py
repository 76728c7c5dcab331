"""What verification found; the JSON of `landfast verify`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from landfast.model.record import Document, Record

State = Literal["pass", "fail", "unknown"]
Check = Literal["endpoints", "scene", "motion", "steady", "colour", "region"]


class Finding(Record):
    """One check's answer."""

    check: Check
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

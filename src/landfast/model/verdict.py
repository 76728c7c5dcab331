"""What verification found; the JSON of `landfast verify`."""

from __future__ import annotations

import math
from typing import Final, Literal

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
MAY_BE_ABSENT: Final[frozenset[Check]] = frozenset({"horizon", "depth", "texture", "persistence"})
"""Not every scene has a horizon, parallax or detail to follow: where there is none the check stays
unknown and the verdict rests on the others."""


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

    @property
    def decisive(self) -> Finding | None:
        """What speaks most against the take; None where all holds.

        Of failed findings the one farthest over its limit. Else of what is unknown a check of
        which nothing was measured, rather one that every scene can show.
        """
        failed = [one for one in self.findings if one.state == "fail"]
        if failed:
            return max(failed, key=_over)
        told = {one.check for one in self.findings if one.state == "pass"}
        unknown = [one for one in self.findings if one.state == "unknown"]
        return min(
            unknown, key=lambda one: (one.check in told, one.check in MAY_BE_ABSENT), default=None
        )

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


def _over(finding: Finding) -> float:
    """Times its limit; what was found without a number is beyond any."""
    if finding.value is None or not finding.limit:
        return math.inf
    return finding.value / finding.limit

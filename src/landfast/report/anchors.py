"""Why each anchor was chosen, as rows of a table."""

from __future__ import annotations

from dataclasses import dataclass

from landfast.model.measured import AnchorParts
from landfast.report.numbers import UNKNOWN, clock, share
from landfast.report.view import RunView


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """One anchor that the analysis found."""

    time: str
    score: str
    parts: tuple[tuple[str, str], ...]
    """Name and value of each part of the score and of what it does for the others."""
    reason: str


def anchor_rows(view: RunView) -> tuple[AnchorRow, ...]:
    """The anchors of the analysis in order of time; none where there is no analysis."""
    if view.analysis is None:
        return ()
    return tuple(
        AnchorRow(clock(one.time), f"{one.score:.2f}", part_values(one.parts), one.reason)
        for one in view.analysis.anchors
    )


def part_values(parts: AnchorParts) -> tuple[tuple[str, str], ...]:
    """The parts of a score by name; what was not asked of an anchor is left unknown."""
    values = (
        ("Quality", parts.quality),
        ("Structure", parts.structure),
        ("Stability", parts.stability),
        ("Stillness", parts.stillness),
        ("Coverage", parts.coverage),
        ("Fit", parts.fit),
    )
    return tuple((name, UNKNOWN if one is None else share(one)) for name, one in values)

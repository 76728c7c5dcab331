"""A verdict as people read it: findings, scores frame by frame, where the fault lies."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import get_args

from markupsafe import Markup

from landfast.model.verdict import Finding, FrameScore, State, Verdict
from landfast.report.charts import bullet, score_chart
from landfast.report.numbers import between, clock, limit, number, quantity, sentence
from landfast.report.view import Image
from landfast.report.words import CHECK


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding in words."""

    title: str
    hint: str
    state: State
    value: str
    limit: str
    chart: Markup | None
    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Box:
    """A region of the picture in percent."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verdict with its pictures."""

    findings: tuple[FindingRow, ...]
    """What does not pass: failures first, then what could not be measured."""
    passed: tuple[FindingRow, ...]
    chart: Markup | None
    worst: FrameScore | None
    worst_time: Fraction | None
    """On the clock of the page: the clip's, or the take's where there is no clip."""
    boxes: tuple[Box, ...]
    plain: Image | None
    heat: Image | None


def evidence(
    verdict: Verdict | None, origin: Fraction, *, plain: Image | None, heat: Image | None
) -> Evidence:
    """What a verdict says.

    Args:
        verdict: None where the take was not judged.
        origin: Time of the take's first frame on the clock of the page.
        plain: The worst frame as it is.
        heat: The same frame with the evidence painted over it.
    """
    if verdict is None:
        return Evidence((), (), None, None, None, (), plain, heat)
    worst = max(verdict.frames, key=lambda frame: frame.score, default=None)
    failed = [finding for finding in verdict.findings if finding.state == "fail"]
    rows = {
        state: [_finding(one, origin) for one in verdict.findings if one.state == state]
        for state in get_args(State)
    }
    return Evidence(
        findings=(*rows["fail"], *rows["unknown"]),
        passed=tuple(rows["pass"]),
        chart=_score_chart(verdict, failed),
        worst=worst,
        worst_time=origin + Fraction(worst.time_s) if worst else None,
        boxes=tuple(_box(f) for f in failed if f.region is not None),
        plain=plain,
        heat=heat,
    )


def _finding(finding: Finding, origin: Fraction) -> FindingRow:
    title, hint = CHECK[finding.check]
    title = f"{title}: {finding.part}" if finding.part else title
    value = quantity(finding.value, finding.unit)
    bound = limit(finding.limit, finding.unit)
    chart = None
    if finding.value is not None and finding.limit is not None:
        chart = bullet(finding.value, finding.limit, finding.state, f"{value}, limit {bound}")
    where = _where(finding, origin)
    return FindingRow(
        title, hint, finding.state, value, bound, chart, where, sentence(finding.reason)
    )


def _where(finding: Finding, origin: Fraction) -> str:
    """Time in the clip and place in the picture; empty for the whole take."""
    parts = []
    if finding.span:
        start, stop = (origin + Fraction(time) for time in finding.span)
        parts.append(f"{clock(start)}" if stop <= start else between(start, stop))
    if finding.region:
        parts.append(place(finding.region))
    return ", ".join(parts)


def place(region: tuple[float, float, float, float]) -> str:
    """Where the middle of a region lies, in words: `upper left`, `centre`."""
    x, y, width, height = region
    if width * height > 0.6:
        return "most of the picture"
    column = ("left", "", "right")[min(2, int(3 * (x + width / 2)))]
    row = ("upper", "", "lower")[min(2, int(3 * (y + height / 2)))]
    if row and column:
        return f"{row} {column} of the picture"
    return f"{row or column or 'centre'} of the picture".replace("upper of", "top of").replace(
        "lower of", "bottom of"
    )


def _box(finding: Finding) -> Box:
    x, y, width, height = finding.region or (0.0, 0.0, 1.0, 1.0)
    return Box(100 * x, 100 * y, 100 * width, 100 * height)


def _score_chart(verdict: Verdict, failed: list[Finding]) -> Markup | None:
    if not verdict.frames:
        return None
    first, last = verdict.frames[0].time_s, verdict.frames[-1].time_s
    length = (last - first) or 1.0
    bands = [
        (max(0.0, (f.span[0] - first) / length), min(1.0, (f.span[1] - first) / length))
        for f in failed
        if f.span
    ]
    top = max(frame.score for frame in verdict.frames)
    label = f"Evidence of a fault in {len(verdict.frames)} frames, highest {number(top)} of 1"
    return score_chart([frame.score for frame in verdict.frames], bands, label)

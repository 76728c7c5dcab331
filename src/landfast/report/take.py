"""One take as the page shows it: what it cost, its findings, where the fault lies."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from landfast.model.plan import Generate
from landfast.model.verdict import Finding, FrameScore, State
from landfast.report.charts import bullet, score_chart
from landfast.report.numbers import (
    between,
    clock,
    limit,
    money,
    number,
    quantity,
    sentence,
    share,
    took,
)
from landfast.report.view import Image, RunView, TakeView
from landfast.report.words import CHECK, TAKE, Fact, Tone

FIRST: tuple[State, ...] = ("fail", "unknown", "pass")
"""Failures are told first."""


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
class TakePanel:
    """A take and what was found in it."""

    number: int
    view: TakeView
    word: str
    tone: Tone
    facts: tuple[Fact, ...]
    findings: tuple[FindingRow, ...]
    chart: Markup | None
    worst: FrameScore | None
    worst_time: Fraction | None
    """Of the clip."""
    boxes: tuple[Box, ...]
    plain: Image | None
    heat: Image | None


def take_panel(view: RunView, segment: Generate, take: TakeView, index: int) -> TakePanel:
    """A take of a segment, numbered from 1."""
    word, tone = TAKE[take.state]
    verdict = take.verdict
    scores = verdict.frames if verdict else ()
    worst = max(scores, key=lambda frame: frame.score, default=None)
    failed = [f for f in verdict.findings if f.state == "fail"] if verdict else []
    origin = segment.start.time
    return TakePanel(
        number=index,
        view=take,
        word=word,
        tone=tone,
        facts=_take_facts(take),
        findings=_findings(take, origin),
        chart=_score_chart(take, failed),
        worst=worst,
        worst_time=origin + Fraction(worst.time_s) if worst else None,
        boxes=tuple(_box(f) for f in failed if f.region is not None),
        plain=view.largest("worst", take.key),
        heat=view.largest("heat", take.key),
    )


def _take_facts(take: TakeView) -> tuple[Fact, ...]:
    facts = [Fact("Seed", str(take.request.seed))]
    if take.take:
        facts.append(Fact("Took", took(take.take.took_s)))
    facts.append(Fact("Cost", money(take.cost_usd)))
    if take.verdict:
        facts.append(Fact("Evidence of a fault", f"{number(take.verdict.score)} on a scale to 1"))
        facts.append(Fact("Could be verified", f"{share(take.verdict.coverage)} of the picture"))
    if take.take and take.take.provider_job:
        facts.append(Fact("Job", take.take.provider_job, code=True))
    return tuple(facts)


def _findings(take: TakeView, origin: Fraction) -> tuple[FindingRow, ...]:
    if take.verdict is None:
        return ()
    found = sorted(take.verdict.findings, key=lambda finding: FIRST.index(finding.state))
    return tuple(_finding(finding, origin) for finding in found)


def _finding(finding: Finding, origin: Fraction) -> FindingRow:
    title, hint = CHECK[finding.check]
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


def _score_chart(take: TakeView, failed: list[Finding]) -> Markup | None:
    verdict = take.verdict
    if verdict is None or not verdict.frames:
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

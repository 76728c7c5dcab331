"""Vision beside generation: time a frame, determinism by hash, failures; measured in this run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from landfast.ledger.rows import TakeRow
from landfast.model.outcome import Repeat, Stage, Timing
from landfast.report.numbers import count, share
from landfast.report.view import RunView
from landfast.report.words import Tone


@dataclass(frozen=True, slots=True)
class Work:
    """One row of the comparison."""

    title: str
    kind: str
    frames: int
    seconds: float
    bar: float
    """Percent of the slowest row's time a frame."""
    same: str
    same_tone: Tone
    digest: str
    """Start of the hash that all repeats share; empty otherwise."""
    failures: str
    failures_tone: Tone

    @property
    def per_frame(self) -> float | None:
        """Seconds a frame; None where no frame was worked on."""
        return self.seconds / self.frames if self.frames else None


@dataclass(frozen=True, slots=True)
class StageTime:
    """One bar of the timings."""

    stage: Stage
    seconds: float
    frames: int | None
    times: int
    """How many rows of the ledger it sums up."""
    bar: float
    """Percent of the whole."""


def works(view: RunView) -> tuple[Work, ...]:
    """Analysis, generation and verification, as far as the run got."""
    rows = [
        _work(view, "analyse", "Vision: analyse every frame", "vision"),
        _work(view, "generate", f"Generation: {_generators(view)}", "generation"),
        _work(view, "verify", "Vision: verify the takes", "vision"),
    ]
    found = [row for row in rows if row]
    slowest = max((row.per_frame or 0.0 for row in found), default=0.0)
    return tuple(_with_bar(row, slowest) for row in found)


def ratio(rows: Iterable[Work]) -> float | None:
    """Time of a generated frame over the time of an analysed one."""
    first: dict[str, float] = {}
    for row in rows:
        if row.per_frame:
            first.setdefault(row.kind, row.per_frame)
    if "vision" not in first or "generation" not in first:
        return None
    return first["generation"] / first["vision"]


def stage_times(view: RunView) -> tuple[StageTime, ...]:
    """Timings summed over a stage, in the order of the method."""
    whole = total(view)
    stages: dict[Stage, list[Timing]] = {
        stage: list(view.timing(stage))
        for stage in ("probe", "analyse", "plan", "generate", "verify", "compose", "repeat")
    }
    return tuple(
        StageTime(
            stage,
            _seconds(rows),
            _frames(rows),
            len(rows),
            100 * _seconds(rows) / whole if whole else 0.0,
        )
        for stage, rows in stages.items()
        if rows
    )


def total(view: RunView) -> float:
    """Seconds of all stages together."""
    return _seconds(view.timings)


def _seconds(rows: Iterable[Timing]) -> float:
    return sum(row.seconds for row in rows)


def _frames(rows: Iterable[Timing]) -> int | None:
    known = [row.frames for row in rows if row.frames is not None]
    return sum(known) if known else None


def _generators(view: RunView) -> str:
    names = sorted({take.request.generator for take in view.takes})
    return ", ".join(names) or (view.plan.generator if view.plan else "none")


def _work(view: RunView, stage: Stage, title: str, kind: str) -> Work | None:
    rows = view.timing(stage)
    if not rows:
        return None
    same, tone, digest = determinism(
        [repeat for repeat in view.repeats if repeat.stage == stage],
    )
    failures, failed = _failures(view, stage, rows)
    return Work(
        title,
        kind,
        _frames(rows) or 0,
        _seconds(rows),
        0.0,
        same,
        tone,
        digest,
        failures,
        failed,
    )


def _with_bar(row: Work, slowest: float) -> Work:
    return replace(row, bar=100 * (row.per_frame or 0.0) / slowest if slowest else 0.0)


def determinism(repeats: list[Repeat]) -> tuple[str, Tone, str]:
    """Word, tone and common digest of work that was done more than once."""
    checked = [repeat for repeat in repeats if repeat.identical is not None]
    if not checked:
        return "not checked", "unknown", ""
    runs = min(len(repeat.digests) for repeat in checked)
    differing = sum(not repeat.identical for repeat in checked)
    if differing:
        return f"{differing} of {count(len(checked), 'result')} differ over {runs} runs", "fail", ""
    digest = checked[0].digests[0] if len(checked) == 1 else ""
    what = "" if len(checked) == 1 else f", {count(len(checked), 'result')}"
    return f"identical over {runs} runs{what}", "pass", digest[:12]


def _failures(view: RunView, stage: Stage, rows: Iterable[Timing]) -> tuple[str, Tone]:
    if stage == "generate":
        return _take_failures(view.takes)
    return _unknown_findings(view.takes) if stage == "verify" else _unmeasured(rows)


def _unknown_findings(takes: tuple[TakeRow, ...]) -> tuple[str, Tone]:
    findings = [finding for take in takes if take.verdict for finding in take.verdict.findings]
    unknown = sum(finding.state == "unknown" for finding in findings)
    of = count(len(findings), "finding")
    if not findings:
        return "no finding", "unknown"
    return (
        (f"{unknown} of {of} not measured", "plain") if unknown else (f"all {of} measured", "pass")
    )


def _unmeasured(rows: Iterable[Timing]) -> tuple[str, Tone]:
    known = [row for row in rows if row.failures is not None]
    if not known:
        return "not counted", "unknown"
    failures = sum(row.failures or 0 for row in known)
    frames = _frames(known)
    if not failures:
        return "none", "pass"
    part = f" ({share(failures, frames)})" if frames else ""
    of = f" of {frames:,}" if frames else ""
    return f"{failures:,}{of} frames not measured{part}", "plain"


def _take_failures(takes: tuple[TakeRow, ...]) -> tuple[str, Tone]:
    if not takes:
        return "no take", "unknown"
    failed = sum(take.state == "failed" for take in takes)
    rejected = sum(take.state == "rejected" for take in takes)
    if not failed and not rejected:
        return f"none of {count(len(takes), 'take')}", "pass"
    parts = [f"{failed} failed"] if failed else []
    parts += [f"{rejected} rejected"] if rejected else []
    return f"{', '.join(parts)} of {count(len(takes), 'take')}", "fail"

"""From judged cases to the tables that are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.verify.faults import Case
from landfast.model.verdict import Verdict


@dataclass(frozen=True)
class Judged:
    """A case (its pictures dropped), what the verifier said and what the peers said."""

    case: Case
    mode: str
    verdict: Verdict
    peers: dict[str, float]
    seconds: float
    frames: int


def auc(clean: Sequence[float], faulty: Sequence[float]) -> float:
    """Chance that a faulty take scores above a clean one; ties count half."""
    if not clean or not faulty:
        return float("nan")
    a, b = np.array(clean)[:, None], np.array(faulty)[None]
    return float(((b > a) + 0.5 * (a == b)).mean())


def interval(clean: Sequence[Judged], faulty: Sequence[Judged]) -> tuple[float, float]:
    """95 % of 400 bootstrap AUCs, drawn by stretch: takes of one stretch are not independent."""
    names = sorted({j.case.stretch.name for j in (*clean, *faulty)})
    rng = np.random.default_rng(0)
    values = []
    for _ in range(400):
        drawn = rng.choice(names, len(names))
        good, bad = (
            [j.verdict.score for n in drawn for j in group if j.case.stretch.name == n]
            for group in (clean, faulty)
        )
        values.append(auc(good, bad))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def summary(results: Sequence[Judged]) -> list[str]:
    """AUC, false positives, unknowns and speed of one split in one mode."""
    clean = [j for j in results if j.case.fault is None]
    faulty = [j for j in results if j.case.fault is not None]
    if not clean:
        return ["  no cases"]
    low, high = interval(clean, faulty)
    whole = auc([j.verdict.score for j in clean], [j.verdict.score for j in faulty])
    wrong = [j for j in clean if j.verdict.state == "fail"]
    unknown = sum(j.verdict.state == "unknown" for j in results) / len(results)
    frames = sum(j.frames for j in results)
    cost = 1000 * sum(j.seconds for j in results) / frames
    lines = [
        f"  stretches {len({j.case.stretch.name for j in results})}, "
        f"clean {len(clean)}, faulty {len(faulty)}",
        f"  AUC {whole:.3f} ({low:.3f} to {high:.3f})   false positives {len(wrong)}/{len(clean)}"
        f"   unknown {unknown:.0%}   {cost:.0f} ms a frame",
    ]
    for name in clean[0].peers:
        peer = auc([j.peers[name] for j in clean], [j.peers[name] for j in faulty])
        lines.append(f"  {name + ':':<18}AUC {peer:.3f}")
    return lines + [f"  false: {j.case.stretch.name}, {j.case.magnitude}: {_why(j)}" for j in wrong]


def recall(results: Sequence[Judged]) -> list[str]:
    """Per fault and magnitude: found, by the right check, and where and when."""
    clean = [j.verdict.score for j in results if j.case.fault is None]
    kinds = dict.fromkeys(
        (j.case.fault, j.case.magnitude) for j in results if j.case.fault is not None
    )
    lines = [f"  {'fault':<13}{'magnitude':<15}{'found':>8}{'own check':>11}{'AUC':>7}  time IoU"]
    for fault, magnitude in kinds:
        group = [j for j in results if (j.case.fault, j.case.magnitude) == (fault, magnitude)]
        found = [j for j in group if j.verdict.state == "fail"]
        own = sum(
            any(f.check == j.case.check and f.state == "fail" for f in j.verdict.findings)
            for j in found
        )
        times = [t for j in found if (t := _time_iou(j)) is not None]
        when = f"{np.mean(times):.2f}" if times else ""
        ranked = auc(clean, [j.verdict.score for j in group])
        lines.append(
            f"  {fault:<13}{magnitude:<15}{len(found):>5}/{len(group):<3}{own:>8}"
            f"{ranked:>10.2f}  {when}"
        )
    return lines


def _by_own_check(judged: Judged) -> bool:
    findings = judged.verdict.findings
    return any(f.check == judged.case.check and f.state == "fail" for f in findings)


def _why(judged: Judged) -> str:
    return "; ".join(f.reason for f in judged.verdict.findings if f.state == "fail")


def _time_iou(judged: Judged) -> float | None:
    """Overlap of the found span with the true one, of the check that should find it."""
    case = judged.case
    if case.span is None:
        return None
    for finding in judged.verdict.findings:
        if finding.check == case.check and finding.state == "fail" and finding.span:
            a0, a1 = (float(k / case.stretch.fps) for k in case.span)
            b0, b1 = finding.span
            overlap = max(0.0, min(a1, b1) - max(a0, b0))
            return overlap / max(max(a1, b1) - min(a0, b0), 1e-9)
    return None

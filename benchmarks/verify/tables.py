"""From judged cases to the tables that are printed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from benchmarks.verify.localised import box_overlap, pointed, time_overlap
from benchmarks.verify.measures import Judged, auc, interval, wilson

_BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


def tables(results: Sequence[Judged]) -> list[str]:
    """All tables of one split in one mode; those of clean takes alone where there are no faults."""
    if not results:
        return ["  no cases"]
    head = [
        f"  stretches {len({j.case.stretch.name for j in results})}",
        *_pace(results),
        f"  verifiable {np.mean([j.verdict.coverage for j in results]):.0%} of the picture",
        *false_alarms(results),
    ]
    if all(j.case.fault is None for j in results):
        return head
    return [*head, *_summary(results), *_recall(results), *_smallest(results), *_bins(results)]


def false_alarms(results: Sequence[Judged]) -> list[str]:
    """Clean takes that failed: how many of every kind, and what each was failed for."""
    clean = [j for j in results if j.case.fault is None]
    lines = [f"  {'clean takes':<20}{'failed':>8}{'95 %':>16}{'unknown':>9}"]
    for kind in (*dict.fromkeys(j.case.magnitude for j in clean), "all"):
        group = [j for j in clean if kind in ("all", j.case.magnitude)]
        wrong = sum(j.verdict.state == "fail" for j in group)
        low, high = wilson(wrong, len(group))
        lines.append(
            f"  {kind:<20}{wrong:>4}/{len(group):<5}{low:>8.1%} to {high:<6.1%}{_unknown(group):>6}"
        )
    failed = [j for j in clean if j.verdict.state == "fail"]
    return lines + [
        f"  false: {j.case.stretch.name}, {j.case.magnitude}: {_why(j)}" for j in failed
    ]


def _summary(results: Sequence[Judged]) -> list[str]:
    """AUC beside its peers', recall and unknowns."""
    clean = [j for j in results if j.case.fault is None]
    faulty = [j for j in results if j.case.fault is not None]
    low, high = interval(clean, faulty)
    whole = auc([j.score for j in clean], [j.score for j in faulty])
    bad = [j for j in faulty if j.case.size != "small"]
    found = sum(j.verdict.state == "fail" for j in bad)
    lines = [
        f"  faulty {len(faulty)}, AUC {whole:.3f} ({low:.3f} to {high:.3f}), medium and gross "
        f"{auc([j.score for j in clean], [j.score for j in bad]):.3f}",
        f"  recall of medium and gross {found}/{len(bad)}, unknown {_unknown(faulty)} of faulty",
    ]
    for name in faulty[0].peers:
        peer = auc([j.peers[name] for j in clean], [j.peers[name] for j in faulty])
        lines.append(f"  {name + ':':<22}AUC {peer:.3f}")
    return lines


def _pace(results: Sequence[Judged]) -> list[str]:
    """Time a frame of the take at every width; the footage is measured once a stretch."""
    lines = []
    for width in sorted({j.width for j in results}):
        some = [j for j in results if j.width == width]
        frames = sum(j.frames for j in some)
        spent = 1000 * sum(j.seconds for j in some) / frames
        waited = 1000 * sum(j.wall for j in some) / frames
        lines.append(
            f"  {width} wide: {spent:.0f} ms of processor time, {waited:.0f} ms by the clock a "
            f"frame, on {cv2.getNumThreads()} threads"
        )
    return lines


def _recall(results: Sequence[Judged]) -> list[str]:
    """Per fault and magnitude: found, by the right check, and where and when."""
    clean = [j.score for j in results if j.case.fault is None]
    kinds = dict.fromkeys(
        (j.case.fault, j.case.magnitude) for j in results if j.case.fault is not None
    )
    head = f"  {'fault':<14}{'magnitude':<17}{'found':>8}{'own check':>11}{'AUC':>7}"
    lines = [f"{head}{'time':>7}{'box':>7}{'hit':>7}"]
    for fault, magnitude in kinds:
        group = [j for j in results if (j.case.fault, j.case.magnitude) == (fault, magnitude)]
        found = [j for j in group if j.verdict.state == "fail"]
        own = sum(_by_own_check(j) for j in found)
        ranked = auc(clean, [j.score for j in group])
        where = (_mean(measure, found) for measure in (time_overlap, box_overlap, pointed))
        lines.append(
            f"  {fault:<14}{magnitude:<17}{len(found):>5}/{len(group):<3}{own:>8}"
            f"{ranked:>10.2f}{''.join(where)}"
        )
    return lines


def _smallest(results: Sequence[Judged]) -> list[str]:
    """Of every fault, the smallest magnitude that was found 95 times in 100."""
    lines = []
    for fault in dict.fromkeys(j.case.fault for j in results if j.case.fault is not None):
        found = None
        for magnitude in dict.fromkeys(j.case.magnitude for j in results if j.case.fault == fault):
            group = [j for j in results if (j.case.fault, j.case.magnitude) == (fault, magnitude)]
            if np.mean([j.verdict.state == "fail" for j in group]) >= 0.95:
                found = found or magnitude
        lines.append(f"  {fault}: {found or 'none'}")
    return ["  smallest magnitude found 95 times in 100", *lines]


def _bins(results: Sequence[Judged]) -> list[str]:
    """Share of faulty takes per bin of the score, clean and faulty weighing the same."""
    clean = np.array([j.score for j in results if j.case.fault is None])
    faulty = np.array([j.score for j in results if j.case.fault is not None])
    lines = [f"  {'score':<12}{'clean':>7}{'faulty':>8}{'faulty share':>14}"]
    for low, high in itertools.pairwise(_BINS):
        a, b = (((s >= low) & ((s < high) | (high == 1.0))) for s in (clean, faulty))
        weights = a.mean() + b.mean() if len(clean) and len(faulty) else 0.0
        share = f"{b.mean() / weights:.2f}" if weights else "-"
        lines.append(f"  {low:.1f} to {high:.1f}{'':<2}{a.sum():>7}{b.sum():>8}{share:>14}")
    return ["  reliability", *lines]


def _unknown(group: Sequence[Judged]) -> str:
    return f"{np.mean([j.verdict.state == 'unknown' for j in group]):.0%}"


def _by_own_check(judged: Judged) -> bool:
    findings = judged.verdict.findings
    return any(f.check in judged.case.checks and f.state == "fail" for f in findings)


def _why(judged: Judged) -> str:
    return "; ".join(
        f"{f.check}{f': {f.part}' if f.part else ''} {f.value} of {f.limit} {f.unit}"
        for f in judged.verdict.findings
        if f.state == "fail"
    )


def _mean(measure: object, found: Sequence[Judged]) -> str:
    values = [v for j in found if (v := measure(j)) is not None]  # type: ignore[operator]
    return f"{np.mean(values):>7.2f}" if values else f"{'':>7}"

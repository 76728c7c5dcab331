"""Unusable spans of a clip and why: from the table of measurements alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landfast.model.clip import Clip
from landfast.model.measured import Fault, Shot, Unusable
from landfast.planning.evidence import Evidence, every_evidence
from landfast.planning.jumps import jumps
from landfast.planning.runs import closed, hysteresis, runs_of, shares
from landfast.planning.segments import frames_of, span_of
from landfast.vision.analysis.table import FrameTable

HOLE_S = 0.2
"""Faults of one kind with less between them are one."""
LEAST_SOUND = 4
"""Fewest frames that may be kept within a fault: two for each side's velocity."""
ECHO_SHARE = 0.6
"""A fault covered to this share by stronger causes is their effect and not listed."""
STRENGTH: tuple[Fault, ...] = (
    "fade",
    "occluded",
    "flash",
    "frozen",
    "jump",
    "too dark",
    "too bright",
    "shaken",
    "blurred",
)
"""Causes before their effects: a hand before the lens also blurs, a fade also darkens."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One fault, in frames of the clip."""

    fault: Fault
    frames: range
    peak: int
    """The frame with the strongest evidence."""
    ratio: float
    """The evidence there, over its limit."""
    reason: str


def unusable(table: FrameTable, clip: Clip, shots: Sequence[Shot]) -> tuple[Unusable, ...]:
    """Spans that should not be kept, in order of time; none for a clean clip.

    Each shot is judged against its own median and spread. A span starts and stops by hysteresis,
    so that it takes in the onset of a fault, and holds whole frames.
    """
    runs = [frames_of(shot.span, clip) for shot in shots]
    fps = float(clip.fps)
    found = [one for run in runs for one in _in_shot(table, run, clip.width, fps)]
    for jump in jumps(table, runs, clip.width, fps):
        frames = jump.frames(clip.frames, fps)
        found.append(_Found("jump", frames, jump.at, jump.ratio, jump.reason))
    kept = _without_echoes(found)
    ordered = sorted(kept, key=lambda one: (one.frames.start, STRENGTH.index(one.fault)))
    return tuple(_record(one, clip) for one in ordered)


def sound_runs(
    table: FrameTable, clip: Clip, shots: Sequence[Shot], faults: Sequence[Unusable]
) -> tuple[range, ...]:
    """Runs of at least four frames within faults that lie below every limit themselves.

    A fault takes in its onset and short pauses; where one is too long to be bridged, these
    frames can hold it. Jumps and flashes have no such frames.
    """
    sound = np.zeros(clip.frames, bool)
    for fault in faults:
        sound[list(frames_of(fault.span, clip))] = True
    for fault in faults:
        if fault.fault in ("jump", "flash", "frozen"):
            sound[list(frames_of(fault.span, clip))] = False
    for shot in shots:
        run = frames_of(shot.span, clip)
        if not sound[run.start : run.stop].any():
            continue
        for one in every_evidence(table, run, clip.width, float(clip.fps)):
            sound[run.start : run.stop] &= np.nan_to_num(one.ratio) < 1
    return tuple(run for run in runs_of(sound) if len(run) >= LEAST_SOUND)


def _in_shot(table: FrameTable, shot: range, width: int, fps: float) -> list[_Found]:
    evidence = every_evidence(table, shot, width, fps)
    return [found for one in evidence for found in _spans(one, shot.start, fps)]


def _spans(evidence: Evidence, first: int, fps: float) -> list[_Found]:
    """The spans of one kind of fault in a shot that starts at frame `first`."""
    runs = closed(hysteresis(evidence.ratio, evidence.low), round(HOLE_S * fps))
    least = max(1, round(evidence.least_s * fps))
    known = np.nan_to_num(evidence.ratio)
    found: list[_Found] = []
    for run in runs:
        if len(run) >= least:
            peak = run.start + int(np.argmax(known[run.start : run.stop]))
            frames = range(first + run.start, first + run.stop)
            reason = evidence.sentence(run)
            found.append(_Found(evidence.fault, frames, first + peak, float(known[peak]), reason))
    return found


def _without_echoes(found: Sequence[_Found]) -> list[_Found]:
    """The faults that are not mere effects of stronger ones."""
    kept: list[_Found] = []
    for one in sorted(found, key=lambda each: (STRENGTH.index(each.fault), each.frames.start)):
        if not _is_echo(one, kept):
            kept.append(one)
    return kept


def _is_echo(one: _Found, kept: Sequence[_Found]) -> bool:
    """True for a fault that stronger causes cover, and for motion that is oddest in one.

    A leap or a hidden view throws the measured path off for half a second on both sides, and
    footage that froze leaps where it goes on.
    """
    rank = STRENGTH.index(one.fault)
    causes = [other.frames for other in kept if STRENGTH.index(other.fault) < rank]
    if one.fault in ("shaken", "jump"):
        return any(cause.start <= one.peak <= cause.stop for cause in causes)
    return shares([one.frames], closed(causes, 0))[0] >= ECHO_SHARE


def _record(found: _Found, clip: Clip) -> Unusable:
    return Unusable(
        span=span_of(found.frames, clip),
        fault=found.fault,
        confidence=round(1 - 0.5 / max(found.ratio, 1.0), 3),
        reason=found.reason,
    )

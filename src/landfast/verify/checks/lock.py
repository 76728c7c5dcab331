"""Lock: an overlay does not swim, it stays where it belongs on the scene."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np

from landfast.model.verdict import Finding, FrameScore, Verdict
from landfast.verify.findings import Box, score, seconds, shares, unmeasured
from landfast.vision.overlay.judge import judge
from landfast.vision.overlay.measure import LockMeasure
from landfast.vision.overlay.swim import Drift, drift_of

SourceBox = tuple[float, float, float, float]

_MEANS: Final = {"pass": "stays on", "fail": "swims against", "unknown": "may swim against"}


def check_lock(
    measure: LockMeasure, *, size: tuple[int, int], fps: Fraction, rest: Drift | None = None
) -> Finding:
    """One finding on a measured overlay.

    Drift is counted from the place that asks for the least correction in all: where on the scene
    an overlay belongs nobody can measure, whether it stays there can be. The limit is 0.3 px at
    1920 wide near texture, 0.6 px over sea and haze.

    Args:
        measure: Of the overlay over its footage.
        size: Width and height of the footage, px.
        fps: Of the footage.
        rest: What is left of the drift after the overlay has been corrected, measured anew.

    Returns:
        `unknown` where overlay or scene could not be followed, or where the drift is no more than
        measuring it may be off by.
    """
    found = judge(measure, width=size[0], rest=rest)
    if found.value_px is None or measure.swim is None:
        return unmeasured("lock", "px", f"Whether the overlay swims is not known: {found.reason}")
    each = (rest or drift_of(measure.swim)).each
    value, limit = round(found.value_px, 4), round(found.limit_px, 4)
    layer = f"the {measure.choice.model} of the scene"
    words = f"The overlay {_MEANS[found.state]} {layer}: {value:.2f} px on average"
    more = {"pass": "", "fail": f", {limit:.2f} px are allowed", "unknown": f" ({found.reason})"}
    over = np.flatnonzero(each > limit) if found.state == "fail" else np.empty(0, int)
    worst = int(np.argmax(each))
    return Finding(
        check="lock",
        state=found.state,
        value=value,
        limit=limit,
        unit="px",
        span=seconds(int(over[0]), int(over[-1]) + 1, fps) if len(over) else None,
        region=_region(measure.boxes, worst, size) if len(over) else None,
        reason=words + more[found.state],
    )


def lock_verdict(measure: LockMeasure, *, size: tuple[int, int], fps: Fraction) -> Verdict:
    """The verdict on an overlay alone; its coverage is the share of frames that were measured."""
    found = check_lock(measure, size=size, fps=fps)
    drift = None if measure.swim is None else drift_of(measure.swim)
    ratio = excess(found)
    each = np.zeros(len(measure.boxes)) if drift is None else drift.each
    known = drift is not None and found.limit is not None
    frames = [score(float(d / (found.limit or 1.0))) if known else 0.0 for d in each]
    return Verdict(
        state=found.state,
        score=round(score(ratio), 3),
        coverage=0.0 if drift is None else round(float(drift.seen.mean()), 3),
        findings=(found,),
        frames=tuple(
            FrameScore(time_s=round(float(k / fps), 4), score=round(value, 3))
            for k, value in enumerate(frames)
        ),
    )


def with_lock(verdict: Verdict, lock: Verdict) -> Verdict:
    """A take's verdict and that on the overlay over it as one: the worse of both."""
    states = {verdict.state, lock.state}
    state = "fail" if "fail" in states else "unknown" if "unknown" in states else "pass"
    frames = verdict.frames
    if len(frames) == len(lock.frames):
        frames = tuple(
            one.model_copy(update={"score": max(one.score, other.score)})
            for one, other in zip(frames, lock.frames, strict=True)
        )
    return verdict.model_copy(
        update={
            "state": state,
            "score": max(verdict.score, lock.score),
            "findings": (*verdict.findings, *lock.findings),
            "frames": frames,
        }
    )


def excess(found: Finding) -> float:
    """Value over limit, held below 1 where the value may be noise; 0 where it is not known."""
    if found.value is None or not found.limit:
        return 0.0
    ratio = found.value / found.limit
    return ratio if found.state != "unknown" else min(ratio, 0.95)


def _region(boxes: Sequence[SourceBox | None], frame: int, size: tuple[int, int]) -> Box | None:
    """Where the overlay lies in a frame, as shares of it."""
    box = boxes[frame] if frame < len(boxes) else None
    if box is None:
        return None
    (left, right), (top, bottom) = (
        np.clip([box[n], box[n + 2]], 0, side) / side for n, side in zip((0, 1), size, strict=True)
    )
    return shares(float(left), float(top), float(right - left), float(bottom - top))

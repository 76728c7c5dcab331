"""A short take judged together with the real frames beside it.

Fewer than eight frames may show too little motion to tell whether the scene is rigid, light steady
or detail fixed. With real frames on both sides the same checks can be made across the take. What
was measured on the take alone stands; only what could not be is taken from the wider stretch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal

import numpy as np

from landfast.conduct.verdict import Judged
from landfast.model.arrays import UInt8
from landfast.model.constraint import Constraint
from landfast.model.verdict import Finding, FrameScore, State, Verdict
from landfast.verify.judge import Judgement, judge
from landfast.verify.measure.reel import FootageFrames, TakeFrames

Image = UInt8[np.ndarray, "height width 3"]

SHORT: Final = 8
"""Frames of a take, anchors included, below which it is looked at in its surroundings too."""
AROUND: Final = 6
"""Real frames on each side that are judged with it."""
_SAME_RATE: Final = Fraction(1, 100)
_ALONE: Final = 4
"""Below so many frames a take cannot be judged alone at all."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A take with the real frames beside it, and the real frames beside those."""

    take: TakeFrames
    footage: FootageFrames
    own: range
    """The frames of the stretch that are the take's."""

    @property
    def ends(self) -> tuple[Image, Image]:
        """First and last frame, both real."""
        return self.take.images[0], self.take.images[-1]


def stretch(take: TakeFrames, footage: FootageFrames) -> Stretch | None:
    """The wider stretch of a short take; None where there is too little footage of its size.

    Args:
        take: At working width.
        footage: The real frames on both sides of its anchors, at working width.
    """
    before, after = tuple(footage.before[-AROUND:]), tuple(footage.after[:AROUND])
    sizes = {image.shape for image in (*before, *take.images, *after)}
    even = abs(take.fps / footage.fps - 1) < _SAME_RATE
    if len(take.images) >= SHORT or min(len(before), len(after)) < 2 or len(sizes) > 1 or not even:
        return None
    wide = replace(take, images=[*before, *take.images, *after])
    rest = replace(
        footage,
        before=footage.before[: -len(before)],
        after=footage.after[len(after) :],
        gap_s=None,
    )
    return Stretch(wide, rest, range(len(before), len(before) + len(take.images)))


def with_context(
    alone: Judged,
    footage: FootageFrames | None,
    constraints: Sequence[Constraint] | None = None,
    *,
    single: Literal["judge", "leave"] = "leave",
) -> Judged:
    """The judgement on a take, and where it is short on what could not be measured on it alone.

    Args:
        alone: As judged from anchor to anchor.
        footage: The real frames on both sides.
        constraints: What the take must hold.
        single: Whether a single frame between two anchors is judged at all. Something that shows
            in one frame alone may pass unseen, so that only what is carried from real neighbours
            should be.
    """
    verdict, few = alone.judgement.verdict, len(alone.take.images) < _ALONE
    if footage is None or (verdict.state != "unknown" if not few else single == "leave"):
        return alone
    wide = stretch(alone.take, footage)
    if wide is None:
        return alone
    # What shows outside a region is the take's own affair, and was compared frame by frame.
    asked = constraints and [one for one in constraints if one.kind != "region"]
    first, last = wide.ends
    found = judge(wide.take, start=first, end=last, footage=wide.footage, constraints=asked)
    return replace(alone, judgement=_merged(alone.judgement, found, wide, few=few))


def _merged(alone: Judgement, found: Judgement, wide: Stretch, *, few: bool) -> Judgement:
    cut = slice(wide.own.start, wide.own.stop)
    own = () if few else alone.verdict.findings
    findings = _chosen(own, tuple(_moved(one, wide) for one in found.verdict.findings))
    frames = tuple(
        FrameScore(time_s=round(float(k / wide.take.fps), 4), score=one.score)
        for k, one in enumerate(found.verdict.frames[cut])
    )
    verdict = Verdict(
        state=_state(findings, found.verdict.state),
        score=found.verdict.score if few else max(found.verdict.score, alone.verdict.score),
        coverage=found.verdict.coverage,
        findings=findings,
        frames=frames,
    )
    series = {name: values[cut] for name, values in found.series.items()}
    return Judgement(verdict, found.heat[cut], series)


def _chosen(own: tuple[Finding, ...], wide: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What was measured on the take alone, and of the other checks what the wider stretch says."""
    decided = {one.check for one in own if one.state != "unknown"}
    told = {one.check for one in wide if one.state != "unknown"} - decided
    checks = dict.fromkeys(one.check for one in (*own, *wide))
    return tuple(
        one for check in checks for one in (wide if check in told else own) if one.check == check
    )


def _moved(finding: Finding, wide: Stretch) -> Finding:
    """A finding on the take's own clock; one about real frames alone says nothing of the take."""
    words = f"{finding.reason.rstrip('.')}, with the real frames beside it"
    if finding.span is None:
        return finding.model_copy(update={"reason": words})
    fps = float(wide.take.fps)
    shift, length = wide.own.start / fps, len(wide.own) / fps
    start, stop = max(0.0, finding.span[0] - shift), min(length, finding.span[1] - shift)
    if start >= stop:
        return finding.model_copy(update={"state": "unknown", "span": None, "value": None})
    span = round(start, 4), round(stop, 4)
    return finding.model_copy(update={"reason": words, "span": span})


def _state(findings: tuple[Finding, ...], wide: State) -> State:
    """Never better than the wider stretch, which is held to every check that has to be made."""
    if any(one.state == "fail" for one in findings):
        return "fail"
    return "pass" if wide == "pass" else "unknown"

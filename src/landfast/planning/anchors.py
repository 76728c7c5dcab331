"""Real frames worth holding on to: how good each frame is, and which lie well beside a gap."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from landfast.model.clip import Clip
from landfast.model.measured import Anchor, Shot, Unusable
from landfast.planning.segments import frames_of
from landfast.vision.table import FrameTable

SPACING_S = Fraction(2)
"""One anchor is offered for about this much of each shot."""
SHAKE_SHARE = 0.004
"""Shake, as a share of the picture's width, at which the steadiness term has halved."""
CLIPPED_SHARE = 0.25
"""Share of clipped pixels at which the exposure term has halved."""
OCCLUDED_SHARE = 0.03
"""Share of occluded picture at which the free-view term has halved."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A frame that could be an anchor."""

    index: int
    score: float
    """In [0, 1]."""
    reason: str

    def anchor(self, clip: Clip, image: str) -> Anchor:
        """The anchor record, once the frame's pixels are known by their content id."""
        time = clip.time_of(self.index)
        return Anchor(time=time, image=image, score=self.score, reason=self.reason)


@dataclass(frozen=True, slots=True)
class Scores:
    """Per-frame terms, each in [0, 1], and their product."""

    total: Float64[np.ndarray, " frame"]
    sharp: Float64[np.ndarray, " frame"]
    rich: Float64[np.ndarray, " frame"]
    steady: Float64[np.ndarray, " frame"]
    exposed: Float64[np.ndarray, " frame"]
    free: Float64[np.ndarray, " frame"]

    def spot(self, index: int, note: str = "") -> Spot:
        """A frame with its score and the evidence in a sentence."""
        reason = (
            f"sharpness {self.sharp[index]:.2f}, structure {self.rich[index]:.2f}, "
            f"steadiness {self.steady[index]:.2f}, exposure {self.exposed[index]:.2f}, "
            f"free view {self.free[index]:.2f}"
        )
        score = round(float(self.total[index]), 6)
        return Spot(index, score, f"{reason}; {note}" if note else reason)


def score_frames(table: FrameTable, clip: Clip, shots: Sequence[Shot]) -> Scores:
    """How well each frame would serve as an anchor.

    Sharpness and structure count relative to the best tenth of the frame's own shot, since both
    depend on the subject; steadiness, exposure and free view count on absolute scales. The total
    is the product, so that one bad term cannot be made up for by the others.
    """
    runs = [frames_of(shot.span, clip) for shot in shots]
    sharp = _relative(table.sharpness, runs)
    rich = _relative(table.structure, runs)
    steady = _halving(table.shake_px, SHAKE_SHARE * clip.width)
    exposed = _halving(_filled(table.clip_low) + _filled(table.clip_high), CLIPPED_SHARE)
    free = _halving(table.occluded, OCCLUDED_SHARE)
    terms = (sharp, rich, steady, exposed, free)
    return Scores(np.prod(np.stack(terms), axis=0), *terms)


def _filled(values: NDArray[np.floating]) -> Float64[np.ndarray, " frame"]:
    """As float64, with 0 where nothing was measured."""
    return np.nan_to_num(np.asarray(values, np.float64), nan=0.0)


def _halving(values: NDArray[np.floating], half: float) -> Float64[np.ndarray, " frame"]:
    """1 at zero, 1/2 at `half`, towards 0 beyond."""
    return np.asarray(1 / (1 + (_filled(values) / half) ** 2), np.float64)


def _relative(values: NDArray[np.floating], runs: Sequence[range]) -> Float64[np.ndarray, " frame"]:
    """Each value as a share of its own run's 90th percentile, at most 1."""
    filled = _filled(values)
    share = np.zeros_like(filled)
    for run in runs:
        part = filled[run.start : run.stop]
        best = float(np.percentile(part, 90))
        share[run.start : run.stop] = np.clip(part / best, 0, 1) if best > 0 else 0
    return share


def candidates(scores: Scores, reach: range, *, near: int, count: int) -> tuple[Spot, ...]:
    """The most promising anchors on one side of a gap, best first.

    Args:
        scores: Of every frame of the clip.
        reach: Frames that may be used; one of its ends lies beside the gap.
        near: The frame of `reach` beside the gap. The farther a frame lies from it, the more
            good footage is given up: at the far end a frame's score counts two thirds.
        count: At most this many.
    """
    far = 2 * max(1, len(reach))
    value = {at: scores.total[at] / (1 + abs(at - near) / far) for at in reach}
    best = sorted(reach, key=lambda at: (-round(value[at], 9), abs(at - near), at))[:count]
    return tuple(scores.spot(at, _beside(abs(at - near))) for at in best)


def _beside(distance: int) -> str:
    if distance == 0:
        return "beside the gap"
    return f"{distance} {'frame' if distance == 1 else 'frames'} away from the gap"


def best_frames(
    table: FrameTable, clip: Clip, shots: Sequence[Shot], unusable: Sequence[Unusable]
) -> tuple[Spot, ...]:
    """The best frame of every stretch of about two seconds of each shot, outside all faults."""
    scores = score_frames(table, clip, shots)
    faulty = {at for fault in unusable for at in frames_of(fault.span, clip)}
    spots: list[Spot] = []
    for shot in shots:
        for stretch in _stretches(shot, clip):
            good = [at for at in stretch if at not in faulty]
            if good:
                best = max(good, key=lambda at: (round(float(scores.total[at]), 9), -at))
                spots.append(scores.spot(best))
    return tuple(spots)


def _stretches(shot: Shot, clip: Clip) -> list[range]:
    """A shot's frames in parts of nearly equal length, about `SPACING_S` each."""
    frames = frames_of(shot.span, clip)
    parts = max(1, min(len(frames), round(shot.span.duration / SPACING_S)))
    edges = [frames.start + len(frames) * part // parts for part in range(parts + 1)]
    return [range(a, b) for a, b in itertools.pairwise(edges)]

"""How well each frame would serve as an anchor, and which lie well beside a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landfast.model.arrays import Float64
from landfast.model.clip import Clip
from landfast.model.measured import Anchor, AnchorParts, FoundAnchor, Shot
from landfast.planning.segments import frames_of
from landfast.vision.analysis.table import FrameTable

SHAKE_SHARE: Final = 0.004
"""Shake, as a share of the picture's width, at which stability has halved."""
FAST_SHARE: Final = 0.03
"""Image motion a frame, as a share of the width, at which motion blur has halved stability."""
CLIPPED_SHARE: Final = 0.25
"""Share of clipped pixels at which the exposure term has halved."""
OCCLUDED_SHARE: Final = 0.03
"""Share of occluded picture at which the free-view term has halved."""
STRAY_SHARE: Final = 0.3
"""Share of tracked points that no camera explains at which stillness has halved."""
NEW_SHARE: Final = 0.4
"""Share of detail that the frame before does not explain at which stillness has halved."""
LEAST_SCORE: Final = 0.02
"""A frame that scores less is no anchor. The bundled clip's beside a gap: 0.63; noise: 0.01."""

Values = Float64[np.ndarray, " frame"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A frame that could be an anchor."""

    index: int
    score: float
    """In [0, 1]."""
    parts: AnchorParts
    reason: str

    def anchor(self, clip: Clip, image: str) -> Anchor:
        """The end of a bridge, once the frame's full-size pixels are known by their content id."""
        time = clip.time_of(self.index)
        return Anchor(
            time=time, image=image, score=self.score, parts=self.parts, reason=self.reason
        )

    def found(self, clip: Clip, measured_as: str) -> FoundAnchor:
        """The record of an analysis, with the content id of the small pictures it saw."""
        return FoundAnchor(
            time=clip.time_of(self.index),
            measured_as=measured_as,
            score=self.score,
            parts=self.parts,
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """Per-frame terms, each in [0, 1], and their product."""

    sharp: Values
    exposed: Values
    free: Values
    """Nothing before the lens."""
    structure: Values
    stability: Values
    stillness: Values

    @property
    def quality(self) -> Values:
        """Sharp, exposed and free together."""
        return np.asarray(self.sharp * self.exposed * self.free)

    @property
    def total(self) -> Values:
        """Everything that speaks for a frame by itself; 0 where hardly anything does."""
        total = self.quality * self.structure * self.stability * self.stillness
        return np.asarray(np.where(total < LEAST_SCORE, 0.0, total))

    def spot(self, index: int, note: str = "") -> Spot:
        """A frame with its score and the evidence in a sentence."""
        reason = (
            f"quality {self.quality[index]:.2f} (sharpness {self.sharp[index]:.2f}, "
            f"exposure {self.exposed[index]:.2f}, free view {self.free[index]:.2f}), "
            f"structure {self.structure[index]:.2f}, stability {self.stability[index]:.2f}, "
            f"stillness {self.stillness[index]:.2f}"
        )
        parts = AnchorParts(
            quality=_share(self.quality[index]),
            structure=_share(self.structure[index]),
            stability=_share(self.stability[index]),
            stillness=_share(self.stillness[index]),
        )
        score = _share(self.total[index])
        return Spot(index, score, parts, f"{reason}; {note}" if note else reason)


def _share(value: float) -> float:
    return round(float(value), 6)


def score_frames(table: FrameTable, clip: Clip, shots: Sequence[Shot]) -> Scores:
    """How well each frame would serve as an anchor.

    Sharpness and structure count relative to the best tenth of the frame's own shot, since both
    depend on the subject; the other terms count on absolute scales. The total is the product, so
    that one bad term cannot be made up for by the others.
    """
    runs = [frames_of(shot.span, clip) for shot in shots]
    shaken = _halving(table.shake_px, SHAKE_SHARE * clip.width)
    blurred = _halving(table.motion_px, FAST_SHARE * clip.width)
    clipped = _filled(table.clip_low) + _filled(table.clip_high)
    return Scores(
        sharp=_relative(table.sharpness, runs),
        exposed=_halving(clipped, CLIPPED_SHARE),
        free=_halving(table.occluded, OCCLUDED_SHARE),
        structure=_relative(table.structure, runs),
        stability=shaken * blurred,
        stillness=_stillness(table, runs),
    )


def _stillness(table: FrameTable, runs: Sequence[range]) -> Values:
    """Falls with what moves by itself: points that neither a homography nor a travelling camera
    explains, and detail that the moved frame before does not hold. Where no motion was found, as in
    noise, the points are as little explained as the detail is held."""
    new = _filled(table.decorrelation)
    for run in runs:
        if len(run) > 1:
            # The first frame of a shot is new beside another scene, not beside its own.
            new[run.start] = new[run.start + 1]
    inliers = np.where(np.isnan(table.inliers), 1 - new, table.inliers)
    explained = inliers + _filled(table.epipolar_gain)
    stray = np.clip(1 - explained, 0, 1)
    return np.asarray(_halving(stray, STRAY_SHARE) * _halving(new, NEW_SHARE))


def _filled(values: NDArray[np.floating], value: float = 0.0) -> Values:
    """As float64, with a value where nothing was measured."""
    return np.nan_to_num(np.asarray(values, np.float64), nan=value)


def _halving(values: NDArray[np.floating], half: float) -> Values:
    """1 at zero, 1/2 at `half`, towards 0 beyond."""
    return np.asarray(1 / (1 + (_filled(values) / half) ** 2), np.float64)


def _relative(values: NDArray[np.floating], runs: Sequence[range]) -> Values:
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
    far, total = 2 * max(1, len(reach)), scores.total
    value = {at: total[at] / (1 + abs(at - near) / far) for at in reach}
    best = sorted(reach, key=lambda at: (-round(value[at], 9), abs(at - near), at))[:count]
    return tuple(scores.spot(at, _beside(abs(at - near))) for at in best)


def _beside(distance: int) -> str:
    if distance == 0:
        return "beside the gap"
    return f"{distance} {'frame' if distance == 1 else 'frames'} away from the gap"


def with_place(spot: Spot, *, coverage: float, fit: float | None, note: str) -> Spot:
    """A chosen frame with what it does for the set that it was chosen with."""
    parts = spot.parts.model_copy(
        update={"coverage": _share(coverage), "fit": None if fit is None else _share(fit)}
    )
    return replace(spot, parts=parts, reason=f"{spot.reason}; {note}")

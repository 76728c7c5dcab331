"""Whether an overlay stays on its scene: a figure, its limit and a word, for a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from landfast.vision.overlay.measure import LockMeasure
from landfast.vision.overlay.swim import Drift, drift_of

LIMIT_PX = {"near": 0.3, "far": 0.6}
"""Drift (RMS, 1920 wide) that an overlay may have near texture, and over sea and haze."""
_WORST_NOISE_PX = 1.2
_LEAST_SEEN = 0.8
_SURE = 2.0
"""Times the standard error that a drift has to exceed its limit by."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Drift of an overlay against the layer of the scene that it hangs on."""

    state: Literal["pass", "fail", "unknown"]
    value_px: float | None
    """Root mean square, pixels of the footage."""
    limit_px: float
    reason: str


def judge(measure: LockMeasure, *, width: int, rest: Drift | None = None) -> Finding:
    """Hold a measured overlay against the limit.

    Args:
        measure: Of the overlay over its footage.
        width: Of the footage, pixels.
        rest: What is left of the drift where the overlay has been corrected since.
    """
    choice, scale = measure.choice, width / 1920
    limit = LIMIT_PX["far" if choice.is_far else "near"] * scale
    if choice.swim is None:
        return Finding("unknown", None, limit, choice.reason)
    if min(choice.overlay_seen, choice.scene_seen) < _LEAST_SEEN:
        return Finding("unknown", None, limit, "overlay or scene could not be followed")
    drift = (rest or drift_of(choice.swim)).rms_px
    noise = float(np.hypot(choice.scene_px, np.median(choice.swim.error_px)))
    against = f"{drift:.2f} px RMS against the {choice.model}"
    is_noisy = choice.scene_px > _WORST_NOISE_PX * scale
    if is_noisy and drift <= max(limit, _SURE * noise):
        what = f"the scene at the overlay is known only to {choice.scene_px:.1f} px"
        return Finding("unknown", None, limit, what)
    if drift <= limit:
        return Finding("pass", drift, limit, against)
    if drift <= max(limit, _SURE * noise, choice.loose_px):
        return Finding("unknown", drift, limit, f"{against}, no more than may be noise")
    return Finding("fail", drift, limit, against)

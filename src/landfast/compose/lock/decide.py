"""What to do about an overlay that was measured: lock it, leave it, or say that nobody knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from landfast.compose.lock.path import Values, Wish, steadied, wanted, warps
from landfast.compose.lock.slow import slow
from landfast.model.arrays import Float64
from landfast.vision.overlay.judge import LIMIT_PX
from landfast.vision.overlay.maps import Map
from landfast.vision.overlay.measure import LockMeasure
from landfast.vision.overlay.swim import Drift, Swim

State = Literal["locked", "steady", "unknown"]

REFERENCE_WIDTH = 1920
"""Limits in pixels are for footage this wide and grow with it."""
STEADY_PX = LIMIT_PX
"""Drift that is left as it is: what a lock may leave. Below it a lock is as likely to add swim as
to take it out."""
_STEADY_NOISE = 2.0
_WORST_NOISE_PX = 1.2
"""Standard error of the scene above which a lock would be a guess."""
_WORST_SHAPE_PX = 0.4
"""Median distance of the overlay's points from any swim of its shape."""
_FINEST_SHAPE_PX = 0.25
"""The same in the frame's own pixels, where points of animated or soft drawing lie no better."""
_WIDEST = 0.04
_FASTEST = 0.012
"""Shares of the width: drift, and drift in one frame, above which it is a move, not swim."""
_LEAST_SEEN = 0.8
_LOOSEST = 0.3
"""Share of the drift that may be left open by where a board or label stands."""
_BETTER = 0.8
"""A correction has to leave less than this share of the drift."""
_LEFT, _LEFT_LIMITS = 0.25, 2.0
"""And no more than this share of it, or this many times what a lock may leave."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How each frame is corrected, and why."""

    state: State
    reason: str
    remedy: str
    warps: tuple[Map | None, ...]
    """From where the overlay is to where it should be; empty unless locked."""
    target: Values | None
    drift: Float64[np.ndarray, "frame point 2"] | None
    """Displacement from the target before, source pixels of the footage."""
    before_px: float | None
    before_max_px: float | None
    noise_px: float | None
    """Standard error of one frame's measured drift."""
    limit_px: float = 0.0
    """Drift that a lock may leave."""


def decide(measure: LockMeasure, wish: Wish, *, width: int, fps: float) -> Decision:
    """Choose by what was measured and what the user said.

    Args:
        measure: Of the overlay over its footage.
        wish: References and meant motion.
        width: Of the footage, pixels.
        fps: Frames a second.

    Raises:
        InputError: A reference frame that cannot serve.
    """
    scale = width / REFERENCE_WIDTH
    swim = measure.swim
    refused = _unmeasured(measure, scale)
    if swim is None or refused is not None:
        what, remedy = refused or ("neither overlay nor scene could be measured", "")
        return Decision("unknown", what, remedy, (), None, None, None, None, None)
    noise = float(np.hypot(measure.choice.scene_px, np.median(swim.error_px)))
    path = steadied(swim, noise_px=max(1.2 * noise, 0.05 * scale))
    target = wanted(swim, wish, fps=fps)
    drift = swim.displacement(target)
    before, most = Drift(drift, swim.seen).rms_px, _longest(drift)
    least = STEADY_PX["far" if measure.choice.is_far else "near"] * scale
    seen = Decision("unknown", "", "", (), target, drift, before, most, noise, least)
    moved = _too_far(swim, target, width, wish)
    if moved is not None:
        remedy = "give --keep-motion where the overlay moves on purpose, or --reference frames"
        return replace(seen, reason=moved, remedy=remedy)
    if before < max(least, _STEADY_NOISE * noise):
        reason = f"drift of {before:.2f} px is below what shows or can be told" + _held(measure)
        return replace(seen, state="steady", reason=reason)
    loose = measure.choice.loose_px
    if loose > _LOOSEST * before:
        what = (
            f"drift of {before:.2f} px may be swim, or the overlay hangs on another point of the "
            f"scene: {loose:.2f} px are open"
        )
        remedy = "say where it stands in its first frame with --at X,Y, and how with --hold"
        return replace(seen, reason=what, remedy=remedy)
    reason = f"drift of {before:.2f} px RMS against the {measure.choice.model} taken out"
    if swim.is_conformed:
        reason += ", with what its other frame rate puts into it"
    reason += _held(measure) + _said_otherwise(swim, wish, target, least=least, fps=fps)
    if loose > least:
        reason += f"; where it stands leaves {loose:.2f} px open"
    return replace(seen, state="locked", reason=reason, warps=warps(swim, path, target))


def _held(measure: LockMeasure) -> str:
    """How many frames tell little, in words."""
    swim = measure.swim
    count = measure.leaving + (0 if swim is None else int(swim.weak.sum()))
    if not count:
        return ""
    at = "at the picture's edge " if measure.leaving else ""
    frames = "1 frame" if count == 1 else f"{count} frames"
    return f"; in {frames} too little of it is seen {at}and its path is held by the scene"


def _said_otherwise(swim: Swim, wish: Wish, target: Values, *, least: float, fps: float) -> str:
    """What counts as swim and what is kept, where the user may see it otherwise."""
    apart = swim.displacement(np.repeat(target[:1], len(target), axis=0))
    apart = np.linalg.norm(apart - swim.displacement(target), axis=2).max()
    if wish.keep_motion:
        return f"; its slow motion of up to {apart:.1f} px is kept, as was asked"
    if len(set(wish.references)) > 1:
        return (
            f"; the reference frames lie up to {apart:.1f} px apart against the scene: between "
            "them it goes the straight way"
        )
    if wish.references:
        return ""
    path = slow(swim.at_frames(), fps=fps, radius=float(np.abs(swim.outline - swim.centre).max()))
    slowly = swim.displacement(path) - swim.displacement(target)
    drift = Drift(slowly, swim.seen).rms_px
    if drift < 2 * least:
        return ""
    return (
        f"; {drift:.2f} px of it are slow and count as swim: where they are meant, --keep-motion "
        "keeps them, --reference FRAME says where it is right"
    )


def _unmeasured(measure: LockMeasure, scale: float) -> tuple[str, str] | None:
    choice = measure.choice
    if choice.overlay_seen < _LEAST_SEEN:
        what = f"the overlay could be followed in only {choice.overlay_seen:.0%} of its frames"
        if measure.leaving:
            remedy = "lock the part in which all of it is seen with --span A-B"
            return f"{what}: it lies at the picture's edge", remedy
        return what, "give an overlay with edges or drawing that stay, or correct it by hand"
    if choice.scene_seen < _LEAST_SEEN and measure.breaks:
        return (
            f"the footage breaks off at its frame {measure.breaks[0]}: a cut, or too fast a move",
            "lock each shot on its own with --span A-B",
        )
    if choice.scene_seen < _LEAST_SEEN:
        return (
            f"the scene could be followed in only {choice.scene_seen:.0%} of the frames: "
            "too little texture",
            "use footage with texture or a horizon near the overlay",
        )
    if choice.swim is None:
        return f"no model of the scene holds ({choice.reason})", "lock a shorter part with --span"
    worst_shape = max(_WORST_SHAPE_PX * scale, _FINEST_SHAPE_PX)
    if choice.hold == "lying" and choice.swim.misfit_px > worst_shape:
        return (
            f"the overlay's shape follows no surface of the scene: {choice.swim.misfit_px:.2f} px "
            f"off the {choice.model}",
            "say how it hangs with --hold, or lock a shorter part with --span",
        )
    if choice.scene_px > _WORST_NOISE_PX * scale:
        return (
            f"the scene's motion at the overlay is known only to {choice.scene_px:.1f} px",
            "use footage with texture or a horizon near the overlay",
        )
    return None


def _too_far(swim: Swim, target: Values, width: int, wish: Wish) -> str | None:
    """Why this is no swim, or None."""
    off = (swim.values - target)[:, 2:]
    furthest = float(np.linalg.norm(off[swim.seen], axis=1).max())
    if furthest > _WIDEST * width and not wish.references:
        return f"the overlay moves {furthest:.0f} px against the scene, more than swim would"
    both = swim.seen[1:] & swim.seen[:-1]
    steps = np.linalg.norm(np.diff(off, axis=0), axis=1)[both]
    if len(steps) and float(np.quantile(steps, 0.98)) > _FASTEST * width:
        fastest = float(np.quantile(steps, 0.98))
        return f"the overlay moves {fastest:.0f} px a frame against the scene, too fast for swim"
    return None


def _longest(drift: Float64[np.ndarray, "frame point 2"]) -> float:
    return float(np.linalg.norm(drift, axis=2).max())


def is_better(decision: Decision, after_px: float) -> bool:
    """Whether a correction took out clearly more than may be noise of measuring."""
    before, noise = decision.before_px or 0.0, decision.noise_px or 0.0
    left = max(_LEFT * before, _LEFT_LIMITS * decision.limit_px)
    return after_px < min(before - noise, _BETTER * before, left)


def withdrawn(decision: Decision, after_px: float | None) -> Decision:
    """A correction that did not hold when it was measured anew."""
    found = "could not be followed" if after_px is None else f"drifts by {after_px:.2f} px"
    reason = f"corrected, the overlay {found}; it came with {decision.before_px or 0:.2f} px"
    remedy = "lock a shorter part with --span, or give --reference frames"
    return replace(decision, state="unknown", reason=reason, remedy=remedy, warps=())

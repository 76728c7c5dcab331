"""Evidence of faults, one function for each kind: 1 is the limit, more is worse.

Limits are set by the shot's own median and spread, so that a uniformly mediocre clip is not all
unusable, and by absolute bounds, so that a steady clip's slightest irregularity is not either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landfast.model.arrays import Float64
from landfast.model.measured import Fault
from landfast.planning.runs import Values, rolling_mean, runs_of, spread
from landfast.vision.analysis.table import SIDES, FrameTable

SHARP_SHARE = 0.72
"""Sharpness against what the shot reaches nearby, below which a frame may be blurred: steady real
clips stay above 0.8, a defocus of one pixel falls to 0.75 or less."""
SHAKE_SHARE = 0.008
"""Departure from the smooth path, as a share of the width, that is never called shaken: a brisk
start of a pan departs from its smoothed path as much."""
SHAKE_FACTOR = 4.0
"""Departure against that of the calmer quarter of the shot from which it is shaken."""
OUTLIER = 3.0
"""Robust standard deviations below the median that make sharpness an outlier."""
CLIPPED_SHARE = 0.3
"""Share of clipped pixels, beyond the shot's usual share, that makes a frame unusable."""
NOTHING_SEEN = 24.0
"""Grey level: a picture whose 99th percentile is darker, or whose first percentile is as close
to white, shows nothing."""
OCCLUDED_SHARE = 0.005
"""Share of the picture that may be hidden: a fingertip at the edge hides one per cent."""
LINGER_S = 0.2
"""An occlusion lost this shortly before the end of a shot lasts to its end."""
FADED = 0.5
"""How far a picture may have gone to black."""
FLASH = 0.5
"""Flash score at which a frame counts as a flash."""
HELD_FRAMES = 3
"""Repeated frames in a row that make a freeze."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much speaks for one fault in every frame of a shot."""

    fault: Fault
    ratio: Values
    """Measured over limit; NaN where not measured."""
    low: float
    """A span goes on as long as the ratio stays at or above this."""
    least_s: float
    """Shortest span; shorter ones pass unnoticed or are noise. 0 for a single frame."""
    sentence: Callable[[range], str]
    """The reason in numbers, for a run of the shot's frames."""


def every_evidence(table: FrameTable, shot: range, width: int, fps: float) -> tuple[Evidence, ...]:
    """All kinds of evidence about the frames of a shot, from the strongest cause to the weakest.

    Args:
        table: Measurements of the clip.
        shot: The shot's frames.
        width: Of the source, pixels.
        fps: Frames per second.
    """
    part = _Part(table, shot, width, fps)
    return (
        _faded(part),
        _occluded(part),
        _flashed(part),
        _frozen(part),
        _dark(part),
        _bright(part),
        _shaken(part),
        _blurred(part),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of one shot."""

    table: FrameTable
    shot: range
    width: int
    fps: float

    def of(self, column: NDArray[np.generic]) -> Float64[np.ndarray, " frame"]:
        """A column's rows of this shot as float64."""
        return np.asarray(column[self.shot.start : self.shot.stop], np.float64)


def _peak(values: Values, run: range) -> float:
    part = values[run.start : run.stop]
    return float(np.nanmax(part)) if np.isfinite(part).any() else 0.0


def _faded(part: _Part) -> Evidence:
    fade = part.of(part.table.fade)

    def sentence(run: range) -> str:
        return f"fades to {1 - _peak(fade, run):.0%} of its brightness"

    return Evidence("fade", fade / FADED, 0.1, 0.1, sentence)


def _occluded(part: _Part) -> Evidence:
    hidden = _to_the_end(part.of(part.table.occluded), round(LINGER_S * part.fps))
    side = part.of(part.table.occluded_side)

    def sentence(run: range) -> str:
        at = run.start + int(np.argmax(np.nan_to_num(hidden[run.start : run.stop])))
        edge = SIDES[int(side[at])] or "an edge"
        return f"something hides up to {hidden[at]:.1%} of the picture from the {edge}"

    return Evidence("occluded", hidden / OCCLUDED_SHARE, 0.5, 0.06, sentence)


def _to_the_end(hidden: Values, frames: int) -> Values:
    """Carry an occlusion on to the end of a shot that ends at most `frames` later.

    What has come before the lens is hard to follow once it is large and the camera turns, as it
    does when a hand reaches out to stop the recording.
    """
    over = np.flatnonzero(np.nan_to_num(hidden) >= OCCLUDED_SHARE)
    if not len(over) or len(hidden) - 1 - over[-1] > frames:
        return hidden
    carried = hidden.copy()
    carried[over[-1] :] = hidden[over[-1]]
    return carried


def _flashed(part: _Part) -> Evidence:
    score, mean = part.of(part.table.flash_score), part.of(part.table.luma_mean)

    def sentence(run: range) -> str:
        return (
            f"unlike the frames on both sides, which are alike (score {_peak(score, run):.2f}, "
            f"brightness up to {_peak(mean, run):.0f} where {float(np.median(mean)):.0f} is usual)"
        )

    return Evidence("flash", score / FLASH, 0.5, 0.0, sentence)


def _frozen(part: _Part) -> Evidence:
    held = _held(part)

    def sentence(run: range) -> str:
        return f"the same picture stands for {len(run) + 1} frames amid motion"

    return Evidence("frozen", held, 1.0, 0.0, sentence)


def _held(part: _Part) -> Values:
    """1 in frames that repeat the one before, in runs too long for a cadence.

    Film on video (24 frames in 30) and animation on twos or threes repeat frames in a rhythm:
    runs of the shot's own usual length are its cadence, not a fault.
    """
    held = np.zeros(len(part.shot))
    rows = slice(part.shot.start, part.shot.stop)
    runs = runs_of(np.asarray(part.table.is_duplicate[rows]))
    usual = float(np.median([len(run) for run in runs])) if len(runs) > 4 else 0.0
    for run in runs:
        moving = part.table.is_frozen[rows][run.start : run.stop].any()
        if moving and len(run) >= max(HELD_FRAMES, 2 * usual + 1):
            held[run.start : run.stop] = 1
    return held


def _dark(part: _Part) -> Evidence:
    clipped, light = part.of(part.table.clip_low), part.of(part.table.luma_p99)
    over = (clipped - spread(clipped)[0]) / CLIPPED_SHARE
    usual = spread(light)[0]
    unseen = np.where(usual > 2 * NOTHING_SEEN, NOTHING_SEEN / np.maximum(light, 1), 0)

    def sentence(run: range) -> str:
        least = float(np.nanmin(light[run.start : run.stop]))
        return (
            f"{_peak(clipped, run):.0%} of the picture is black and its highlights fall to level "
            f"{least:.0f}, where {usual:.0f} is usual"
        )

    return Evidence("too dark", np.fmax(over, unseen), 0.6, 0.1, sentence)


def _bright(part: _Part) -> Evidence:
    clipped, shade = part.of(part.table.clip_high), part.of(part.table.luma_p01)
    over = (clipped - spread(clipped)[0]) / CLIPPED_SHARE
    usual = spread(shade)[0]
    unseen = np.where(255 - usual > 2 * NOTHING_SEEN, NOTHING_SEEN / np.maximum(255 - shade, 1), 0)

    def sentence(run: range) -> str:
        return (
            f"{_peak(clipped, run):.0%} of the picture is burnt out and its shadows rise to level "
            f"{_peak(shade, run):.0f}, where {usual:.0f} is usual"
        )

    return Evidence("too bright", np.fmax(over, unseen), 0.6, 0.1, sentence)


def _shaken(part: _Part) -> Evidence:
    shake = part.of(part.table.shake_px)
    smooth = rolling_mean(shake, max(1, round(part.fps / 15)))
    known = smooth[np.isfinite(smooth)]
    calm = float(np.percentile(known, 25)) if len(known) else 0.0
    limit = max(SHAKE_SHARE * part.width, SHAKE_FACTOR * calm)

    def sentence(run: range) -> str:
        return (
            f"the picture leaves its smooth path by up to {_peak(shake, run):.1f} px, "
            f"where its calmer quarter stays within {calm:.1f} px"
        )

    return Evidence("shaken", smooth / limit, 0.5, 0.1, sentence)


def _blurred(part: _Part) -> Evidence:
    share = part.of(part.table.sharpness_relative)
    middle, deviation = spread(share)
    limit = min(SHARP_SHARE, middle - OUTLIER * deviation)
    lost = (1 - share) / (1 - limit) if limit > 0 else np.zeros_like(share)

    def sentence(run: range) -> str:
        least = float(np.nanmin(share[run.start : run.stop]))
        return f"sharpness falls to {least:.0%} of what the shot reaches nearby"

    return Evidence("blurred", lost, 0.7, 0.06, sentence)

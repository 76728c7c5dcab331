"""Frames that repeat the one before, and pictures that stand still amid motion."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32

from landfast.vision.windows import running_quantile, runs, stretches

Column = Float32[np.ndarray, "frame"]
Flags = Bool[np.ndarray, "frame"]

_SAME_LEVELS = 0.02
"""Mean difference, grey levels, up to which two frames are the same picture."""
_CODEC_LEVELS = 0.6
"""Up to which a repeated picture may differ by coding."""
_OF_TYPICAL = 0.15
"""And at most this share of what is typical nearby."""
_LEAST_RUN = 3


def find_duplicates(change: Column, is_cut: Flags, *, fps: float) -> Flags:
    """Frames that show the same as the one before.

    Either the difference vanishes, or it is a small part of what is typical within two seconds
    in the same shot and no more than coding leaves.
    """
    duplicate = np.nan_to_num(change, nan=np.inf) <= _SAME_LEVELS
    for start, stop in stretches(is_cut):
        part = change[start:stop].astype(np.float64)
        typical = running_quantile(part, max(4, round(2 * fps)), 0.7)
        with_noise = (part <= _CODEC_LEVELS) & (part <= _OF_TYPICAL * typical)
        duplicate[start:stop] |= with_noise
    duplicate[:1] = False
    return duplicate


def find_frozen(duplicate: Flags, change: Column, motion_px: Column, *, fps: float) -> Flags:
    """Runs of three or more duplicates where the shot moves within a second on either side.

    Args:
        motion_px: Median displacement into each frame, any unit; NaN where not measured.
    """
    frozen = np.zeros(len(duplicate), bool)
    reach = max(3, round(fps))
    for start, stop in runs(duplicate):
        if stop - start < _LEAST_RUN:
            continue
        around = np.r_[max(0, start - reach) : start, stop : min(len(duplicate), stop + reach)]
        around = around[~duplicate[around]]
        moves = np.nan_to_num(motion_px[around]) > 0.1
        if len(around) >= 2 and moves.mean() > 0.5 and np.median(change[around]) > 0.3:
            frozen[start:stop] = True
    return frozen

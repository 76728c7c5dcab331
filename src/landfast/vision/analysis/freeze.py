"""Frames that repeat the one before, and pictures that stand still amid motion."""

from __future__ import annotations

import numpy as np

from landfast.model.arrays import Bool, Float32
from landfast.vision.statistics.windows import running_quantile, runs, stretches

Column = Float32[np.ndarray, " frame"]
Flags = Bool[np.ndarray, " frame"]

_SAME_LEVELS = 0.02
"""Mean difference, grey levels, up to which two frames are the same picture."""
_CODEC_LEVELS = 0.6
"""Up to which a repeated picture may differ by coding."""
_OF_TYPICAL = 0.15
"""And at most this share of what is typical nearby."""
_REST_SHARE = 1e-4
"""Motion, as a share of the picture's diagonal, that a repeated picture may seem to have."""
_LEAST_RUN = 3
_ABRUPT = 3.0


def find_duplicates(
    change: Column, motion_px: Column, is_cut: Flags, *, fps: float, diagonal_px: float
) -> Flags:
    """Frames that show the same as the one before.

    Either the difference vanishes; or nothing moves and the difference is no more than coding
    leaves, and a small part of what is typical within two seconds in the same shot.

    Args:
        motion_px: Median displacement into each frame; NaN where not measured.
        diagonal_px: The picture's, in the same pixels.
    """
    duplicate = np.nan_to_num(change, nan=np.inf) <= _SAME_LEVELS
    at_rest = ~(motion_px > _REST_SHARE * diagonal_px)
    for start, stop in stretches(is_cut):
        part = change[start:stop].astype(np.float64)
        typical = running_quantile(part, max(4, round(2 * fps)), 0.7)
        coded = (part <= _CODEC_LEVELS) & (part <= _OF_TYPICAL * typical)
        duplicate[start:stop] |= coded & at_rest[start:stop]
    duplicate[:1] = False
    return np.asarray(duplicate)


def find_frozen(duplicate: Flags, change: Column, motion_px: Column, *, fps: float) -> Flags:
    """Runs of three or more duplicates that begin and end abruptly in a shot that moves.

    A camera that comes to rest slows down first; a frozen picture does not.

    Args:
        motion_px: Median displacement into each frame, any unit; NaN where not measured.
    """
    frozen = np.zeros(len(duplicate), bool)
    reach = max(3, round(fps))
    for start, stop in runs(duplicate):
        around = np.r_[max(1, start - reach) : start, stop : min(len(duplicate), stop + reach)]
        around = around[~duplicate[around]]
        if stop - start < _LEAST_RUN or len(around) < 2:
            continue
        moves = np.nan_to_num(motion_px[around]) > 0.1
        if moves.mean() > 0.5 and _is_abrupt(change, start, stop):
            frozen[start:stop] = True
    return frozen


def _is_abrupt(change: Column, start: int, stop: int) -> bool:
    """True where a frame or two outside the run on either side change much more than those within.

    Two, because coders take a frame to catch up.
    """
    before, after = change[max(1, start - 2) : start], change[stop : stop + 2]
    beside = [float(part.max()) for part in (before, after) if part.size]
    return min(beside) > max(_ABRUPT * float(change[start:stop].max()), 0.3)

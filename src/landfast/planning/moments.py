"""The moments of a shot: a candidate frame for each, and how candidates go together."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from landfast.model.arrays import Bool, Float64, Int64
from landfast.model.clip import Clip
from landfast.planning.anchors import Scores
from landfast.planning.likeness import Banded, Likeness, likeness
from landfast.vision.analysis.table import FrameTable

MOMENT_S: Final = Fraction(1, 5)
"""One candidate is looked at for each moment of about this length."""
REACH_S: Final = 10
"""Longest time over which moments are compared."""
LIGHT: Final = 25.0
"""Difference in mean luma, grey levels, at which the fit of a pair has halved."""

Mask = Bool[np.ndarray, " frame"]


@dataclass(frozen=True, slots=True)
class Moments:
    """The moments of one shot, in order."""

    edges: tuple[int, ...]
    """First frame of each moment, and the end of the last."""
    frames: Int64[np.ndarray, " moment"]
    """The candidate of each moment: its best frame."""
    worth: Float64[np.ndarray, " moment"]
    """The candidate's score; 0 where the moment has no usable frame."""
    seconds: Float64[np.ndarray, " moment"]
    """Of usable footage."""
    like: Likeness
    fit: Banded
    """`fit[s, k]`: how well the candidates of moments k and k + s go together as a pair."""
    length_s: float
    """Of one moment."""


def moments_of(
    shot: range, table: FrameTable, clip: Clip, scores: Scores, faulty: Mask
) -> Moments | None:
    """Cut a shot into moments; None where it has no usable frame with a score above zero."""
    whole_s = float(clip.time_of(shot.stop) - clip.time_of(shot.start))
    count = max(1, min(len(shot), round(whole_s / float(MOMENT_S))))
    edges = [shot.start + len(shot) * part // count for part in range(count + 1)]
    total = np.round(np.where(faulty, 0.0, scores.total), 9)
    frames = np.array([a + int(np.argmax(total[a:b])) for a, b in itertools.pairwise(edges)])
    worth = total[frames]
    if worth.max() <= 0:
        return None
    length_s = whole_s / count
    reach = max(1, round(REACH_S / length_s))
    like = likeness(table, frames, reach=reach, size=(clip.width, clip.height))
    usable = [1 - float(faulty[a:b].mean()) for a, b in itertools.pairwise(edges)]
    return Moments(
        edges=tuple(edges),
        frames=frames,
        worth=worth,
        seconds=np.array(usable) * length_s,
        like=like,
        fit=_fit(table, frames, like),
        length_s=length_s,
    )


def _fit(table: FrameTable, frames: Int64[np.ndarray, " moment"], like: Likeness) -> Banded:
    """Shared view, times likeness of light and of sharpness."""
    luma = np.nan_to_num(table.luma_mean[frames].astype(np.float64))
    sharp = np.nan_to_num(table.sharpness[frames].astype(np.float64))
    fit = like.shared.copy()
    for step in range(1, len(fit)):
        darker = np.abs(luma[step:] - luma[:-step])
        duller = np.minimum(sharp[step:], sharp[:-step])
        sharper = np.maximum(np.maximum(sharp[step:], sharp[:-step]), 1e-9)
        fit[step, :-step] *= duller / sharper / (1 + (darker / LIGHT) ** 2)
    return fit

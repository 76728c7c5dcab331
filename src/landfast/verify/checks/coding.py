"""Coding: what a take's own compression does to places and levels, and so to every limit.

The first and the last frame of a take show what the anchors show. How far single points stand from
where the anchor has them is therefore coding noise, measured and not modelled: sigma / (sqrt(N)
gradient) of a patch. An encoder lets a block lag behind the motion as long as the error stays below
its quantiser, a displacement of sigma / gradient: some times as far.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.model.arrays import Float
from landfast.verify.measure.lattice import BLOCK, Lattice
from landfast.verify.measure.parallel import once
from landfast.verify.measure.rigidity import FINELY, detailed, follow, pooled
from landfast.verify.measure.study import Study

BLIND_PX: Final = 0.3
"""Where coding moves points by more, blocks lag by a pixel and more, as far as faults do that
should be found: whoever looks for those says "unknown"."""
LAG: Final = 6.0
"""How far an encoder lets blocks lag behind the motion, in times of what it moves points by.
Measured where takes end, on H.264 and H.265 of crf 28 to 38: 2 to 9."""
_FEWEST: Final = 60
"""Points that a median needs."""
_NEAR_PX: Final = 3.0
"""Points that stand farther off are lost, not moved."""
_ALTERNATING: Final = 0.9 * 2.0
"""What flicker (steady.py) makes of a level that goes up and down by one from frame to frame."""
ROUNDING: Final = np.array((0.4, 0.15, 0.45))
"""Standard deviation of a frame's mean red, green and blue, grey levels, that coding leaves: a
frame predicted from two is rounded up, by a quarter of a code value in each of Y, Cb and Cr, and so
are those predicted from it. Measured on H.264 of crf 23 to 38: 0.33 to 0.40, 0.12 to 0.20, 0.42 to
0.45; H.265 rounds later and leaves 0.07."""
_MAGENTA: Final = np.array((0.5, -1.0, 0.5))
"""How much redder and bluer than green."""
_APART: Final = 0.5
"""Least share of the brightness that is left to measure when rounding is taken out."""


def unsure_px(study: Study) -> float:
    """How far coding moves a point that stands still, px at working size.

    The lesser of both ends counts: a picture made anew at one end, or never reached, is no coding
    noise. Zero where too few points can be followed to say.
    """
    return min((value for value in unsure_at_ends(study) if np.isfinite(value)), default=0.0)


@once
def unsure_at_ends(study: Study) -> tuple[float, float]:
    """The same of the first frame and of the last; NaN where too few points can be followed."""
    return _unsure(study, 0), _unsure(study, -1)


def _unsure(study: Study, at: int) -> float:
    """Median distance of points from where the points around them say they are."""
    anchor, frame = study.anchors.grey[at], study.take.reel.grey[at]
    lattice = Lattice(*study.take.reel.size)
    corners = lattice.corners(anchor)
    points = corners.at[corners.usable]
    if len(points) < _FEWEST:
        return float("nan")
    guess = _laid(study, at, points)
    found = follow(detailed(anchor), detailed(frame), points, guess, 1, FINELY)
    moved = np.where(found[1][:, None], found[0] - guess, np.nan)
    spread = np.full((1, 2, *lattice.shape), np.nan)
    spread[0, :, corners.usable] = moved
    around = pooled(lattice.to_blocks(spread))
    own = spread - around.repeat(BLOCK, axis=2).repeat(BLOCK, axis=3)
    off = np.hypot(own[0, 0], own[0, 1])
    known = off[np.isfinite(off) & (off < _NEAR_PX)]
    return float(np.median(known)) if len(known) >= _FEWEST else float("nan")


def _laid(study: Study, at: int, points: np.ndarray) -> np.ndarray:
    """Where the generator's crop and scale put points of the anchor, px at working size."""
    transform = study.laid[at].transform
    half = (points + 0.5) / 2 - 0.5
    there = half @ transform[:, :2].T + transform[:, 2]
    return np.asarray((there + 0.5) * 2 - 0.5, np.float32)


def rounding_percent(levels: Float[np.ndarray, "*spots 3"]) -> Float[np.ndarray, "*spots 3"]:
    """Flicker that rounding in an encoder makes by itself, percent: of brightness, and of red and
    of blue against green. Darker pictures show more of it.

    levels: red, green and blue of the picture, or of its parts.
    """
    red, green, blue = np.moveaxis(100 * _ALTERNATING * ROUNDING / np.maximum(levels, 1.0), -1, 0)
    every = ((red + green + blue) / 3, np.maximum(red - green, 0), np.maximum(blue - green, 0))
    return np.stack(every, axis=-1)


def lit(
    log_gain: Float[np.ndarray, "links *spots 3"], levels: Float[np.ndarray, "*spots 3"]
) -> Float[np.ndarray, "..."]:
    """Log gain of brightness without what rounding did: it lifts red and blue more than green by
    so many levels, light lifts all by the same share.

    In a picture so red and blue that both look alike the mean of the channels stands for it.
    """
    share = ROUNDING.mean() / (_MAGENTA @ ROUNDING)
    weights = (1 / 3 - share * _MAGENTA) * levels
    told = weights.sum(axis=-1, keepdims=True) >= _APART * levels.mean(axis=-1, keepdims=True)
    weights = np.where(told, weights, 1.0)
    return np.asarray((log_gain * weights).sum(axis=-1) / weights.sum(axis=-1))

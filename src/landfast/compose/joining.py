"""C1 seams: what the clock leaves of velocity beside an anchor, taken out by moving pictures.

A clock shows a take earlier or later; where its camera leaves in another direction than the footage
came, the first frames still jump. What the first two are off from the two real ones on the other
side of the anchor, mirrored at it, is measured at corners, made a polynomial of second degree each
(with bumps where near and far part), and taken back: in full in these two, then less and less along
a cubic, so that no frame within jumps instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from landfast.compose.placing import width_shares
from landfast.compose.retime import STEPS, Gray
from landfast.model.arrays import Float32, Float64
from landfast.vision.geometry.bend import ALL_TERMS, TERMS, Bend, departure, fit_bend
from landfast.vision.motion.tracks import find_corners, follow

_FADE: Final = 8
"""Frames after the first two over which the correction ends, where the take is long enough: over
more, the take strays farther from its course; over fewer, it turns back in a jerk."""
_NOTICED_PX: Final = 0.05
"""Velocity error, px a frame of the compared pictures, below which they stay where they are."""
_MOST_PX: Final = 2.0
"""A larger one is another course than the footage's: it is for the verifier."""
_GAIN: Final = 0.8
"""A correction has to leave less than this share of the error."""
_ROUGH_PX: Final = 0.08
"""Where a polynomial leaves more, px a frame at 960 wide, near and far part: bumps are added."""
_AGREE_PX: Final = 0.5
_FEWEST: Final = 60
"""Corners that have to be followed to all four frames."""
_NOISE_PX: Final = 0.05
_AT_WIDTH: Final = 960
_GRID: Final = (6, 4)
"""Parts of the picture, across and down, whose errors are told one by one."""

Points = Float64[np.ndarray, "n 2"]


@dataclass(frozen=True, slots=True)
class Join:
    """How far the first frames of one end are moved.

    Attributes:
        first: Of the frame beside the anchor: its departure, see `bend.basis`, as a share of the
            width.
        second: Of the one after it.
        fade: Frames from there until nothing is moved.
        before: Velocity error over the seam, px a frame at 960 wide; None where not measured.
        after: The same as moved.
    """

    first: Bend
    second: Bend
    fade: int
    before: float | None
    after: float | None

    @property
    def is_identity(self) -> bool:
        """True where no picture is moved."""
        return not (self.first.any() or self.second.any())

    def at(self, step: int) -> Bend:
        """The way of the frame so many steps from the anchor."""
        if step <= 1:
            return self.first * step
        t = (step - STEPS) / self.fade
        if t >= 1:
            return np.zeros_like(self.second)
        stays, goes = 1 - 3 * t**2 + 2 * t**3, t - 2 * t**2 + t**3
        return self.second * (stays + goes * self.fade / STEPS)


def no_join(off: float | None = None) -> Join:
    """Nothing is moved; the seam is off by so much."""
    return Join(np.zeros((ALL_TERMS, 2)), np.zeros((ALL_TERMS, 2)), 1, off, off)


def fit_join(anchor: Gray, real: tuple[Gray, Gray], made: tuple[Gray, Gray], length: int) -> Join:
    """What makes velocity continue over a seam.

    Args:
        anchor: Grey anchor.
        real: Grey real frames one and two steps away from it.
        made: Grey frames of the result one and two steps away on the other side.
        length: Frames of the result, both anchors included.
    """
    corners = find_corners(anchor).points
    ways, known = zip(*(_followed(anchor, one, corners) for one in (*real, *made)), strict=True)
    sure = np.logical_and.reduce(known)
    fade = min(_FADE, length - 1 - 2 * STEPS)
    if sure.sum() < _FEWEST or fade < 1:
        return no_join()
    at = width_shares(corners[sure], anchor.shape)
    back, far, *came = (way[sure].astype(np.float64) / anchor.shape[1] for way in ways)
    lacks = [-want - way for want, way in zip((back, far), came, strict=True)]
    noise = _NOISE_PX / anchor.shape[1]
    places = [at + way for way in came]
    before, after, bends = _error(at, lacks), np.inf, [np.zeros((ALL_TERMS, 2))] * STEPS
    for terms in (TERMS, ALL_TERMS):
        if after > _ROUGH_PX:
            bends = [
                _padded(fit_bend(place, lack, noise=noise, terms=terms))
                for place, lack in zip(places, lacks, strict=True)
            ]
            ended = zip(places, lacks, bends, strict=True)
            after = _error(at, [lack - departure(bend, place) for place, lack, bend in ended])
    first, second = bends
    noticed = _NOTICED_PX * _AT_WIDTH / anchor.shape[1]
    if not noticed < before < _MOST_PX or after > _GAIN * before:
        return no_join(before)
    return Join(first, second, fade, before, after)


def _padded(bend: Bend) -> Float64[np.ndarray, "every 2"]:
    """All terms, those of no bump zero."""
    return np.pad(bend, ((0, ALL_TERMS - len(bend)), (0, 0)))


def _followed(
    a: Gray, b: Gray, corners: Float32[np.ndarray, "n 2"]
) -> tuple[np.ndarray, np.ndarray]:
    """The corners' ways, and which are found again on the way back."""
    there = follow(a, b, corners)
    back = follow(b, a, there.points)
    away = np.linalg.norm(back.points - corners, axis=1)
    return there.points - corners, there.found & back.found & (away < _AGREE_PX)


def _error(at: Points, lacks: Sequence[Points]) -> float:
    """Velocity error, px a frame at 960 wide: the larger of one step's and of two."""
    off = (_off(at, lack) / step for step, lack in enumerate(lacks, start=1))
    return round(max(off) * _AT_WIDTH, 3)


def _off(at: Points, way: Points) -> float:
    """Median over parts of the picture of each part's median way, in which noise averages out."""
    low = at.min(axis=0)
    part = np.minimum((at - low) / (at.max(axis=0) - low + 1e-9) * _GRID, np.array(_GRID) - 1)
    name = part.astype(int) @ np.array([1, _GRID[0]])
    means = [np.median(way[name == one], axis=0) for one in np.unique(name)]
    return float(np.median(np.linalg.norm(means, axis=1)))

"""Frames of a stretch beside what its two ends and its neighbours say they must show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32
from landfast.verify.measure.agreement import agreement, detail, energy, structure
from landfast.verify.measure.links import Places, cells, sample
from landfast.verify.measure.parallel import in_order
from landfast.verify.measure.reel import Reel
from landfast.verify.measure.ways import Ways
from landfast.vision.motion.flow import fetch

Cells = Float32[np.ndarray, "rows columns"]

_STRUCTURE: Final = 25.0
"""Mean square of structure, grey levels squared, that one of two pictures has to have."""
_DETAIL: Final = 3.0
_FINEST: Final = 0.8
"""Gaussian that takes away all but the finest detail, px at working size: the upper octave, which
a blur of half a pixel takes a quarter of and compression more evenly than what lies below."""
_SHARP: Final = 4.0
LEAST_SHARP: Final = 0.5 * math.log(_SHARP)
"""Below it nothing is fine detail."""
_NEAR: Final = 8
"""Beats from an end up to which views of one scene agree; farther away, parallax and scale change
what a spot looks like, and a difference says less."""
_BESIDE: Final = 2
"""Beats to either side with which fine detail is compared."""


@dataclass(frozen=True, slots=True)
class View:
    """One frame compared, cell by cell; NaN where nothing can be said."""

    at: int
    foreign: Cells
    """Structure that neither end of the stretch knows, or that it lacks: 0 none, 1 all of it; less
    where only an end far away shows the spot."""
    unsteady: Cells
    """Fine detail that is not where the frames beside it have it: 0 none, 1 all of it."""
    softer: Cells
    """Natural logarithm of detail at the ends over detail here; above 0 where it got lost."""


def views(
    reel: Reel, ways: Ways, in_first: list[Places], in_last: list[Places], *, stride: int
) -> tuple[View, ...]:
    """Compare every `stride`-th inner frame."""
    last = len(reel) - 1
    if last < 2 * _BESIDE * reel.beat:
        return ()
    ends = tuple(sharpness(reel, k) for k in (0, last))

    def seen(at: int) -> View:
        places = (in_first[at], in_last[at])
        lost = _softer(sharpness(reel, at), ends, places, at / last)
        # First: the ways to the ends go on from the frames beside.
        unsteady = _unsteady(reel, at, ways)
        return View(at, _foreign(reel, at, ways), unsteady, lost)

    return tuple(in_order(seen, range(_BESIDE * reel.beat, last - _BESIDE * reel.beat + 1, stride)))


def _foreign(reel: Reel, at: int, ways: Ways) -> np.ndarray:
    """What neither end explains: the better of both explanations counts."""
    here = reel.small[at]
    own = structure(here)
    strength = energy(own)
    least = np.full(here.shape, np.inf, np.float32)
    told, known = strength > _STRUCTURE, np.zeros(here.shape, bool)
    for end in (0, len(reel) - 1):
        way = ways(at, end)
        other = structure(fetch(reel.small[end], way.at, resampling="linear"))
        power = energy(other)
        missing = (1 - agreement(own, other, strength, power)) / _slack(abs(end - at) / reel.beat)
        least = np.where(way.known, np.minimum(least, missing), least)
        known |= way.known
        told |= way.known & (power > _STRUCTURE)
    return to_cells(least, reel.size, known & told)


def _slack(away: float) -> np.float32:
    """By how much an end counts less that is far away."""
    return np.float32(1.0 + max(0.0, away - _NEAR) / _NEAR)


def _unsteady(reel: Reel, at: int, ways: Ways) -> np.ndarray:
    """The same for fine detail and the frames beside."""
    here = reel.small[at]
    own = detail(here)
    strength = energy(own)
    best, known = np.full(here.shape, -1.0, np.float32), np.zeros(here.shape, bool)
    for beside in (at - _BESIDE * reel.beat, at + _BESIDE * reel.beat):
        way = ways(at, beside)
        other = detail(fetch(reel.small[beside], way.at, resampling="cubic"))
        alike = agreement(own, other, strength, energy(other))
        best = np.where(way.known, np.maximum(best, alike), best)
        known |= way.known
    return to_cells(1 - best, reel.size, known & (strength > _DETAIL))


def sharpness(reel: Reel, at: int) -> Cells:
    """Logarithm of the amplitude of the finest detail in every cell, at the full working size; NaN
    where there is none."""
    rows, columns = cells(reel.size)
    plain = reel.grey[at].astype(np.float32)
    finest = plain - cv2.GaussianBlur(plain, (0, 0), _FINEST)
    power = cv2.sqrBoxFilter(finest, cv2.CV_32F, (9, 9))
    power = cv2.resize(power, (columns, rows), interpolation=cv2.INTER_AREA)
    found = np.where(power > _SHARP, 0.5 * np.log(np.maximum(power, 1e-3)), np.nan)
    return np.asarray(found, np.float32)


def _softer(
    here: np.ndarray,
    ends: tuple[np.ndarray, ...],
    places: tuple[Places, Places],
    share: float,
) -> np.ndarray:
    """Detail lost against the line between both ends, where both show the spot."""
    line = np.zeros_like(here)
    for sharp, way, weight in zip(ends, places, (1 - share, share), strict=True):
        there = sample(np.nan_to_num(sharp, nan=-9.0).astype(np.float32), way.at)
        line += np.where(way.known & (there > 0), there, np.nan) * np.float32(weight)
    present = np.nan_to_num(here, nan=LEAST_SHARP)
    return np.asarray(line - present, np.float32)


def to_cells(field: np.ndarray, size: tuple[int, int], good: np.ndarray) -> Cells:
    """Mean over cells of what is good; NaN where a quarter or more of the cell is not."""
    rows, columns = cells(size)
    weight = good.astype(np.float32)
    total, share = (
        cv2.resize(f, (columns, rows), interpolation=cv2.INTER_AREA)
        for f in (np.where(good, field, np.float32(0)), weight)
    )
    return np.asarray(np.where(share > 0.75, total / np.maximum(share, 1e-6), np.nan), np.float32)

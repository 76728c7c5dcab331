"""How much frames between the ends may differ from them: as much as frames farther away do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32
from landfast.verify.measure.links import Places, identity, places_of_first, places_of_last, sample
from landfast.verify.measure.rendering import smoothed
from landfast.verify.measure.study import Study

Cells = Float32[np.ndarray, "rows columns"]

_AS_FAR: Final = 0.7
_NEAR_BY: Final = 1.0
"""Share of a frame's way from an end, less a cell, that another must have gone to excuse it."""


def excuses(study: Study) -> Callable[[int], Cells]:
    """How much a frame's cells may differ from both ends, grey levels: the least that frames
    farther away from an end differ from it by at the spot. What parts with distance, crowns of
    trees and what comes out behind them, does not come back; NaN where nothing tells."""
    take, last = study.take, study.frames - 1
    between, (onto_first, onto_last) = take.closeups.between, take.closeups.ends
    of_first, of_last = places_of_first(take.links), places_of_last(take.links)
    onward = [(one.at, one.first) for one in between] + [(last, onto_first)]
    back = [(one.at, one.last) for one in between[::-1]] + [(0, onto_last)]
    from_first = least_beyond([(at, far, smoothed(of_first[at])) for at, far in onward])
    from_last = least_beyond([(at, far, smoothed(of_last[at])) for at, far in back])

    def at(t: int) -> Cells:
        sides = (from_first[t], take.in_first[t]), (from_last[t], take.in_last[t])
        return np.asarray(np.fmin(*(_seen(least, smoothed(places)) for least, places in sides)))

    return at


def least_beyond(series: Sequence[tuple[int, Cells, Places]]) -> dict[int, Cells]:
    """For every frame of a series that leads away from an end, the least of those beyond it, at the
    cells of the end; a cell of drift allowed. Those count to which the camera went as far: what it
    shook or zoomed away from and came back to differs most in between by itself.

    Args:
        series: Frame, how much it differs from the end, and where the end's cells stand in it.
    """
    known: list[tuple[np.ndarray, np.ndarray]] = []
    out = {}
    for at, levels, places in series[::-1]:
        gone = _gone(places)
        least = np.full(levels.shape, np.nan, np.float32)
        for there, far in known:
            least = np.fmin(least, np.where(far >= _AS_FAR * gone - _NEAR_BY, there, np.nan))
        out[at] = least.astype(np.float32)
        wide = cv2.dilate(np.nan_to_num(levels), np.ones((3, 3), np.uint8))
        wide = np.where(np.isfinite(levels), wide, np.nan).astype(np.float32)
        known.append((_seen(wide, places), gone))
    return out


def _gone(places: Places) -> np.ndarray:
    """How far cells have gone, cells."""
    move = places.at - identity(*places.known.shape)
    return np.asarray(np.hypot(move[..., 0], move[..., 1]))


def _seen(field: np.ndarray, places: Places) -> np.ndarray:
    """A map where cells of another frame stand in it; NaN where that is not known."""
    return np.asarray(np.where(places.known, sample(field, places.at), np.float32(np.nan)))

"""How much frames between the ends may differ from them: as much as frames farther away do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32
from landfast.verify.measure.closeups import Between
from landfast.verify.measure.links import Places, identity, places_of_first, places_of_last, sample
from landfast.verify.measure.study import Study

Cells = Float32[np.ndarray, "rows columns"]

_AS_FAR: Final = 0.7
_NEAR_BY: Final = 1.0
"""Share of a frame's way from an end, less a cell, that another must have gone to excuse it."""


def excuses(study: Study, between: tuple[Between, ...]) -> Callable[[int], tuple[Cells, Cells]]:
    """How much the cells of a frame of a series may differ from the first and from the last frame
    of the take, grey levels: the least that frames of it farther away from that end differ by at
    the spot. What parts with distance, crowns of trees and what comes out behind them, does not
    come back; NaN where nothing tells."""
    take, end = study.take, study.frames - 1
    whole = take.closeups.ends
    onward = [(one.at, one.first) for one in between] + [(end, whole[0])]
    back = [(one.at, one.last) for one in between[::-1]] + [(0, whole[1])]
    from_first = least_beyond(onward, places_of_first(take.links))
    from_last = least_beyond(back, places_of_last(take.links))

    def at(t: int) -> tuple[Cells, Cells]:
        first, last = take.in_first[t], take.in_last[t]
        return _seen(from_first[t], first), _seen(from_last[t], last)

    return at


def least_beyond(
    series: list[tuple[int, np.ndarray]], places: list[Places]
) -> dict[int, np.ndarray]:
    """For every frame of a series that leads away from an end, the least of those beyond it, at the
    cells of the end; a cell of drift allowed. Those count to which the camera went as far: what it
    shook or zoomed away from and came back to differs most in between by itself."""
    known: list[tuple[np.ndarray, np.ndarray]] = []
    out = {}
    for at, levels in series[::-1]:
        gone = _gone(places[at])
        least = np.full(levels.shape, np.nan, np.float32)
        for there, far in known:
            least = np.fmin(least, np.where(far >= _AS_FAR * gone - _NEAR_BY, there, np.nan))
        out[at] = least.astype(np.float32)
        wide = cv2.dilate(np.nan_to_num(levels), np.ones((3, 3), np.uint8))
        wide = np.where(np.isfinite(levels), wide, np.nan).astype(np.float32)
        known.append((_seen(wide, places[at]), gone))
    return out


def _gone(places: Places) -> np.ndarray:
    """How far cells have gone, cells."""
    move = places.at - identity(*places.known.shape)
    return np.asarray(np.hypot(move[..., 0], move[..., 1]))


def _seen(field: np.ndarray, places: Places) -> np.ndarray:
    """A map where cells of another frame stand in it; NaN where that is not known."""
    return np.asarray(np.where(places.known, sample(field, places.at), np.float32(np.nan)))

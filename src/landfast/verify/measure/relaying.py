"""Doubtful spots of frames looked at once more, with the ends laid anew over them: what was only
laid beside its place is no fault."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, UInt8
from landfast.verify.measure.changes import levelled
from landfast.verify.measure.closeups import Between, CloseUps
from landfast.vision.motion.flow import pixel_grid

Picture = UInt8[np.ndarray, "height width 3"]
Cells = Bool[np.ndarray, "rows columns"]
Levels = Float32[np.ndarray, "rows columns"]

_THING: Final = 1 / 20
"""Side of the patches that are looked for as one, as a share of the width: twice the smallest thing
that is looked for, so that what stands around it holds it where it is."""
_AWAY: Final = 1 / 80
"""How far beside its place an end may be laid, as a share of the width."""
_BETTER: Final = 0.5
"""Most that a patch laid anew may leave of the squares that it left where it was. A thing put in,
wiped out or faded is found nowhere near by."""


def once_more(closeups: CloseUps, one: Between, doubted: Cells) -> Between:
    """A frame beside both ends, with these laid anew around doubtful cells; nothing differs by more
    than before."""
    here, found = closeups.tones[one.at], []
    for end, before in ((0, one.first), (closeups.last, one.last)):
        laid, known = closeups.laid(one.at, end)
        anew = _relaid(here, levelled(laid, here, known), doubted)
        found.append(np.minimum(before, closeups.levels(one.at, anew, known)))
    return replace(one, first=found[0], last=found[1])


def ends_once_more(closeups: CloseUps, most: float) -> tuple[Levels, Levels]:
    """The ends beside each other, see `CloseUps.ends`, laid anew where they differ by more than so
    many grey levels; they differ by no more than before."""
    beside_first, beside_last = closeups.ends
    return (
        _end_once_more(closeups, closeups.last, 0, beside_first, most),
        _end_once_more(closeups, 0, closeups.last, beside_last, most),
    )


def _end_once_more(closeups: CloseUps, at: int, to: int, before: Levels, most: float) -> Levels:
    doubted = np.nan_to_num(before) > most
    if not doubted.any():
        return before
    laid, known = closeups.laid(at, to)
    here = closeups.tones[at]
    anew = _relaid(here, levelled(laid, here, known), doubted)
    return np.asarray(np.minimum(before, closeups.levels(at, anew, known)))


def _relaid(here: Picture, laid: Picture, doubted: Cells) -> Picture:
    """A picture laid over another, moved around doubtful cells to where patches of both agree far
    better."""
    height, width = here.shape[:2]
    rows, columns = doubted.shape
    shifts = np.zeros((rows, columns, 2), np.float32)
    half, away = round(width * _THING / 2), round(width * _AWAY)
    plain = cv2.copyMakeBorder(here, *(half,) * 4, cv2.BORDER_REFLECT)
    wide = cv2.copyMakeBorder(laid, *(half + away,) * 4, cv2.BORDER_REFLECT)
    side, span = 2 * half + 1, 2 * (half + away) + 1
    for row, column in np.argwhere(doubted):
        y, x = int((row + 0.5) * height / rows), int((column + 0.5) * width / columns)
        patch, near = plain[y : y + side, x : x + side], wide[y : y + span, x : x + span]
        squares = cv2.matchTemplate(near, patch, cv2.TM_SQDIFF)
        dy, dx = np.unravel_index(int(squares.argmin()), squares.shape)
        if squares[dy, dx] < _BETTER * squares[away, away]:
            shifts[row, column] = dx - away, dy - away
    at = pixel_grid(width, height) + cv2.resize(shifts, (width, height))
    return np.asarray(cv2.remap(laid, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))

"""Things that move by themselves: followed through the picture, frame after frame."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np

from landfast.verify.findings import Box, shares
from landfast.verify.measure.closeups import EDGE, REACH, CloseUps

_SLACK_PX: Final = 3
"""How far a thing may be off the way from where it was to where it would be had it gone on."""
_FIRST: Final = 0.5
"""At the first step nothing is known of it: this share of its smaller side."""
_ALIKE: Final = 0.5
"""What moves by itself differs from itself by half of what it differs by from the scene at most."""
_FILLED: Final = 1 / 6
"""Of its bounds. Dots are found again anywhere."""
_PASSED: Final = 0.5
"""Of its size that a thing goes which only a plane tells from the scene: what stands up from the
ground goes less far by parallax."""

Corner = tuple[int, int]


def followed(closeups: CloseUps, at: int, row: float, column: float) -> dict[int, Box]:
    """Where frames show the thing around a cell of one of them, as shares, if it can be followed
    through the picture to both ends, or to where it leaves the picture: what moves by itself can,
    what was put in or faded cannot. Empty otherwise, and where a spot only lacks what the ends
    show."""
    return _followed(closeups, at, (row, column), broadly=False) or _followed(
        closeups, at, (row, column), broadly=True
    )


def _followed(
    closeups: CloseUps, at: int, cell: tuple[float, float], *, broadly: bool
) -> dict[int, Box]:
    new = closeups.new(at, broadly=broadly)
    left, top, across, down = closeups.bounds(new, *cell)
    part = slice(top, top + down), slice(left, left + across)
    own = (new[part] >= EDGE * new[part].max()).astype(np.uint8)
    patch, lay = closeups.tones[at][part], closeups.plane if broadly else closeups.laid
    laid = [lay(at, end)[0][part] for end in closeups.others(at)]
    if own.mean() < _FILLED or any(
        _added(patch, one, own) <= _added(one, patch, own) for one in laid
    ):
        return {}
    most = _ALIKE**2 * min(float(_squares(one, patch, own)[0, 0]) for one in laid)
    corners = {at: (left, top)}
    for way in (range(at - 1, -1, -1), range(at + 1, closeups.last + 1)):
        found = _tracked(closeups, patch, own, (left, top), way, most)
        if found is None:
            return {}
        corners |= found
    if broadly and _gone(closeups, at, corners) < _PASSED * min(across, down):
        return {}
    height, width = new.shape
    return {
        t: shares(x / width, y / height, across / width, down / height)
        for t, (x, y) in corners.items()
    }


def _gone(closeups: CloseUps, at: int, corners: dict[int, Corner]) -> float:
    """How far a thing goes over the scene, px."""
    far = [0.0]
    for there in {min(corners), max(corners)} - {at}:
        led = closeups.led(at, there)
        if led is not None:
            x, y, scale = led @ (*corners[at], 1.0)
            far.append(math.dist((x / scale, y / scale), corners[there]))
    return max(far)


def _tracked(
    closeups: CloseUps,
    patch: np.ndarray,
    own: np.ndarray,
    corner: Corner,
    way: Iterable[int],
    most: float,
) -> dict[int, Corner] | None:
    """Left and top of a patch in frames, one after another, to the last or to where it leaves the
    picture; None where it is lost."""
    down, across = own.shape
    height, width = closeups.tones[0].shape[:2]
    found: dict[int, Corner] = {}
    (x, y), step = corner, (0, 0)
    reach = max(_SLACK_PX, round(_FIRST * min(down, across)))
    for t in way:
        x0, y0 = x + min(0, step[0]) - reach, y + min(0, step[1]) - reach
        x1, y1 = (
            x + max(0, step[0]) + across + reach,
            y + max(0, step[1]) + down + reach,
        )
        near = closeups.tones[t][max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
        if near.shape[0] < down or near.shape[1] < across:
            return found or None
        apart = _squares(near, patch, own)
        dy, dx = np.unravel_index(int(apart.argmin()), apart.shape)
        if apart[dy, dx] > most:
            cut = x0 < 0 or y0 < 0 or x1 > width or y1 > height
            return found if cut and found else None
        there = max(0, x0) + int(dx), max(0, y0) + int(dy)
        step, reach = (there[0] - x, there[1] - y), _SLACK_PX
        x, y = found[t] = there
    return found


def _added(here: np.ndarray, other: np.ndarray, own: np.ndarray) -> int:
    """How much a patch shows beyond all that another shows next to it."""
    square = np.ones((REACH, REACH), np.uint8)
    above, below = (
        cv2.subtract(here, cv2.dilate(other, square)),
        cv2.subtract(cv2.erode(other, square), here),
    )
    return int(cv2.max(above, below)[own > 0].astype(int).sum())


def _squares(picture: np.ndarray, patch: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Sum of squared differences of a patch's own pixels at every place of a picture."""
    mask = np.ascontiguousarray(cv2.merge([own] * 3))
    return np.asarray(cv2.matchTemplate(picture, patch, cv2.TM_SQDIFF, mask=mask))

"""Whether what looks odd is a thing that moves: the same thing, found again elsewhere.

Leaves that part, glints and borders that are uncovered differ from what the camera's motion brings
as much as a car does. But a car is there again: as far on one side in the next frames as on the
other in those before, and not along the line on which its depth alone would move it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, Float64

Plane = Float32[np.ndarray, "height width"]
Mask = Bool[np.ndarray, "height width"]
Box = tuple[int, int, int, int]
Shift = Float64[np.ndarray, "2"]

_REACH_PX: Final = 12
"""How far things are looked for, small pixels."""
_MOVED: Final = 1.5
"""Shift from which a thing is elsewhere, small pixels."""
_LIKER: Final = 0.3
"""Squared difference where it went, over that where the camera's motion leaves it, at most..."""
_BOTH: Final = 0.8
"""...and over the other distance in time."""
_ACROSS: Final = 1.0
"""Part of the shift that no depth explains, small pixels."""
_WINDOW: Final = 3
"""Side of the window in which a pixel goes with a thing or stays."""
_BEYOND: Final = -1000.0
"""Grey level beside the picture: nothing is found there."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A frame and its neighbours, as far before as after, brought to where the camera's motion
    leaves everything that stands."""

    reach: int
    odd: Plane
    """How far each pixel differs from both neighbours, over what noise allows."""
    here: Plane
    sides: tuple[Plane, Plane]
    """After and before."""
    push: Float32[np.ndarray, "2 height width 2"]
    """Motion after and before that a step in depth makes; 0 where the scene shows none."""


def follow_up(part: Mask, box: Box, glance: Glance, others: Sequence[Glance]) -> Mask | None:
    """The pixels of a thing that go on with it; None where it is not found again.

    Args:
        part: Where something is odd.
        box: x, y, width and height of that.
        glance: What it was seen in.
        others: The same frame beside its neighbours at other distances in time.
    """
    cost = _cost(part, box, glance)
    if cost is None:
        return None
    y, x = np.mgrid[-_REACH_PX : _REACH_PX + 1, -_REACH_PX : _REACH_PX + 1]
    elsewhere = np.where(np.hypot(x, y) >= _MOVED, cost, np.inf)
    best = int(np.argmin(elsewhere))
    if elsewhere.flat[best] > _LIKER * cost[_REACH_PX, _REACH_PX]:
        return None
    shift = np.array([x.flat[best], y.flat[best]], np.float64)
    if not all(_agrees(part, box, one, shift * one.reach / glance.reach) for one in others):
        return None
    return _own(part, glance, shift) if _across(shift, box, glance.push) >= _ACROSS else None


def _own(part: Mask, glance: Glance, shift: Shift) -> Mask:
    """The pixels that are liker where the thing went than where they are."""
    height, width = part.shape
    gone, stays = np.zeros(part.shape, np.float32), np.zeros(part.shape, np.float32)
    for side, way in zip(glance.sides, (1, -1), strict=True):
        x, y = (round(way * float(each)) for each in shift)
        padded = np.pad(side, _REACH_PX, constant_values=_BEYOND)
        moved = padded[_REACH_PX + y :, _REACH_PX + x :][:height, :width]
        gone += np.square(glance.here - moved)
        stays += np.square(glance.here - side)
    window = (_WINDOW, _WINDOW)
    return np.asarray(part & (cv2.blur(gone, window) < cv2.blur(stays, window)))


def _cost(part: Mask, box: Box, glance: Glance) -> Float32[np.ndarray, "shift shift"] | None:
    """Mean squared difference after and before, together, for each shift of the thing."""
    x, y, wide, tall = box
    thing = glance.here[y : y + tall, x : x + wide]
    own = part[y : y + tall, x : x + wide].astype(np.float32)
    around = (slice(y, y + tall + 2 * _REACH_PX), slice(x, x + wide + 2 * _REACH_PX))
    costs = []
    for side in glance.sides:
        padded = np.pad(side, _REACH_PX, constant_values=_BEYOND)
        costs.append(cv2.matchTemplate(padded[around], thing, cv2.TM_SQDIFF, mask=own))
    total = (costs[0] + costs[1][::-1, ::-1]) / (2 * own.sum())
    return np.asarray(total, np.float32) if np.isfinite(total).all() else None


def _agrees(part: Mask, box: Box, other: Glance, shift: Shift) -> bool:
    """Whether at another distance in time the thing is liker within a pixel of a shift.

    What has gone too far to be looked for is believed.
    """
    cost = _cost(part, box, other)
    if cost is None:
        return False
    x, y = np.rint(shift).astype(int) + _REACH_PX
    if not (0 <= x < cost.shape[1] and 0 <= y < cost.shape[0]):
        return True
    near = cost[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
    return bool(near.min() < _BOTH * cost[_REACH_PX, _REACH_PX])


def _across(shift: Shift, box: Box, push: Float32[np.ndarray, "2 height width 2"]) -> float:
    """What is left of a shift once the depth is chosen that explains most of it, small pixels."""
    x, y, wide, tall = box
    step = push[:, y + tall // 2, x + wide // 2].astype(np.float64).ravel()
    moved = np.concatenate([shift, -shift])
    along = float(step @ step)
    if along > 0:
        moved = moved - step * float(moved @ step) / along
    return float(np.linalg.norm(moved) / np.sqrt(2))

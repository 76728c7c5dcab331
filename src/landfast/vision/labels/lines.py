"""What straight lines say is built: those of families that share a vanishing point."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, Int64, UInt8
from landfast.vision.labels.cues import Cues
from landfast.vision.labels.families import LEVEL, UPRIGHT, Segments, families

Gray = UInt8[np.ndarray, "height width"]
Small = Float32[np.ndarray, "small_height small_width"]
Ways = Float32[np.ndarray, "family rows columns"]

_SHORTEST: Final = 0.012
"""Length of a straight line that counts, share of the picture's longer side."""
_WINDOWS: Final = (0.05, 0.2)
"""Sides of the windows that lines are gathered in and that others must cross them in, share of the
width."""
_WALL: Final = 0.16
"""Width of a plain wall that belongs to the lines on both sides, share of the width."""
_CELL: Final = 4
"""Side of the cells that lines are gathered in, small pixels."""
_COMPANY: Final = 2.0
"""Level lines count up to so many times the others about: all that lies on a plain seen aslant runs
level."""
_ALONE: Final = 4.0
"""Lines count up to so many times what is usual about: a single one may be chance."""
_MOST: Final = 1.0
"""Of what is counted; more says no more, and would be carried into other frames."""
_CROSSED: Final = 0.04
"""Share of the lines about that must be of another family: furrows and hedges have none."""


def find_lines(cues: Cues, above: Small | None) -> Small:
    """Squared lengths over the area of the segments that belong to families and have company.

    Squares, because a chance segment's length falls off fast. What stands upright needs no
    company. Segments are LSD's (Grompone von Gioi et al., PAMI 2010).

    Args:
        above: Where the horizon is in sight, how far each pixel lies above it, 0 to 1; what runs
            along it is nobody's wall.
    """
    gray, size = cues.whole, (cues.gray.shape[1], cues.gray.shape[0])
    ends = _segments(gray)
    if above is not None:
        ends = ends[~_along(above, ends * np.float32(size[0] / gray.shape[1]))]
    number = families(ends, (gray.shape[1], gray.shape[0]))
    if number.max(initial=-1) < 0:
        return np.zeros((size[1], size[0]), np.float32)
    drawn = _drawn(ends * np.float32(size[0] / gray.shape[1]), number, size)
    near, far = (_gathered(drawn, share * drawn.shape[2]) for share in _WINDOWS)
    rise = _rise(ends, number)
    others = near[rise >= LEVEL].sum(axis=0)
    level = near[rise < LEVEL].sum(axis=0)
    allowed = _COMPANY * far[rise >= LEVEL].sum(axis=0)
    crossed = 1 - far.max(axis=0) / (far.sum(axis=0) + np.float32(1e-4))
    counted = (others + np.minimum(level, allowed)) * np.clip(crossed / _CROSSED, 0, 1)
    counted = np.maximum(counted, near[rise > UPRIGHT].sum(axis=0))
    counted = np.minimum(counted, _ALONE * far.sum(axis=0))
    closed = _closed(np.minimum(counted, _MOST), _WALL * drawn.shape[2])
    own = cv2.erode(closed, np.ones((_side(_WINDOWS[0] * drawn.shape[2]) // 2 | 1,) * 2, np.uint8))
    return np.asarray(cv2.resize(own, size), np.float32)


def _along(above: Small, ends: Segments) -> Bool[np.ndarray, " line"]:
    """Segments with both ends on the horizon."""
    x, y = (np.rint(ends[:, k::2]).astype(int).clip(0, above.shape[1 - k] - 1) for k in (0, 1))
    there = above[y, x]
    return np.asarray(((there > 0) & (there < 1)).all(axis=1))


def _drawn(ends: Segments, number: Int64[np.ndarray, " line"], size: tuple[int, int]) -> Ways:
    """The segments of each family drawn as bright as they are long, gathered in cells."""
    cells = (max(1, size[0] // _CELL), max(1, size[1] // _CELL))
    out = []
    for which in np.unique(number[number >= 0]):
        plane = np.zeros((size[1], size[0]), np.float32)
        own = ends[number == which]
        for x0, y0, x1, y1 in np.rint(own).astype(int).tolist():
            cv2.line(plane, (x0, y0), (x1, y1), float(np.hypot(x1 - x0, y1 - y0)))
        out.append(cv2.resize(plane, cells, interpolation=cv2.INTER_AREA))
    return np.stack(out).astype(np.float32)


def _rise(ends: Segments, number: Int64[np.ndarray, " line"]) -> Float32[np.ndarray, " family"]:
    """Rise over length that is usual in each family."""
    across, down = np.abs(ends[:, 2:] - ends[:, :2]).T
    rise = down / np.hypot(across, down)
    return np.array(
        [np.median(rise[number == k]) for k in np.unique(number[number >= 0])], np.float32
    )


def _gathered(ways: Ways, window: float) -> Ways:
    return np.stack([cv2.blur(plane, (_side(window),) * 2) for plane in ways])


def _side(window: float) -> int:
    return max(3, round(window) | 1)


def _closed(plane: np.ndarray, window: float) -> np.ndarray:
    """What lies between lines is as built as they are; nothing spreads beyond them."""
    reach = max(1, round(window / 2))
    padded = np.pad(plane, 2 * reach, mode="edge").astype(np.float32)
    whole = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((2 * reach + 1,) * 2, np.uint8))
    return np.asarray(whole[2 * reach : -2 * reach, 2 * reach : -2 * reach])


def _segments(gray: Gray) -> Segments:
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(gray)[0]
    if found is None:
        return np.zeros((0, 4), np.float32)
    ends = found.reshape(-1, 4).astype(np.float32)
    long = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    return np.asarray(ends[long >= _SHORTEST * max(gray.shape)])

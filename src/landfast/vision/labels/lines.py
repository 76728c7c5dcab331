"""Straight lines of a picture: how long they are, and how few ways they run."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, UInt8

Gray = UInt8[np.ndarray, "height width"]
Small = Float32[np.ndarray, "small_height small_width"]
Segments = Float32[np.ndarray, "line 4"]

_SHORTEST: Final = 0.012
"""Length of a straight line that counts, share of the picture's longer side."""
_WINDOW: Final = 0.12
"""Side of the window that lines are gathered in, share of the width."""
_CELL: Final = 4
"""Side of the cells that lines are gathered in first, small pixels."""
_DIRECTIONS: Final = 12
_CROSSED: Final = 0.04
"""Share of the lines that must run another way than most: strata, surf and furrows have none."""


def straight_lines(gray: Gray, size: tuple[int, int]) -> Small:
    """Squared lengths of the segments over the area, over the number of ways they run.

    Leaves, rock and grass break into short segments that run every way; walls, roofs and streets
    into long ones that run few, but not one. Squares, because a chance segment's length falls off
    fast. What stands upright counts once more. Segments are LSD's (Grompone von Gioi et al.,
    PAMI 2010).

    Args:
        gray: The picture's luma.
        size: Width and height of the small grid.
    """
    ends = _segments(gray) * np.float32(size[0] / gray.shape[1])
    across, down = (ends[:, 2:] - ends[:, :2]).T
    number = np.rint(np.arctan2(down, across) / np.pi * _DIRECTIONS).astype(int) % _DIRECTIONS
    drawn = np.zeros((_DIRECTIONS, size[1], size[0]), np.float32)
    places: list[list[int]] = np.rint(ends).astype(int).tolist()
    lengths: list[float] = np.hypot(across, down).tolist()
    for (x0, y0, x1, y1), which, length in zip(places, number.tolist(), lengths, strict=True):
        cv2.line(drawn[which], (x0, y0), (x1, y1), length)
    rough = (max(1, size[0] // _CELL), max(1, size[1] // _CELL))
    ways = np.stack([cv2.resize(each, rough, interpolation=cv2.INTER_AREA) for each in drawn])
    near, far = (_gathered(ways, share * rough[0]) for share in (_WINDOW, 2 * _WINDOW))
    total = near.sum(axis=0) + np.float32(1e-4)
    long = np.square(near).sum(axis=0) / total + near[_DIRECTIONS // 2]
    most = far + np.roll(far, 1, axis=0) + np.roll(far, -1, axis=0)
    others = 1 - most.max(axis=0) / (far.sum(axis=0) + np.float32(1e-4))
    return np.asarray(cv2.resize(long * np.clip(others / _CROSSED, 0, 1), size))


def _gathered(ways: Float32[np.ndarray, "way rows columns"], window: float) -> np.ndarray:
    side = max(3, round(window))
    return np.stack([cv2.blur(plane, (side, side)) for plane in ways])


def _segments(gray: Gray) -> Segments:
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(gray)[0]
    if found is None:
        return np.zeros((0, 4), np.float32)
    ends = found.reshape(-1, 4).astype(np.float32)
    long = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    return np.asarray(ends[long >= _SHORTEST * max(gray.shape)])

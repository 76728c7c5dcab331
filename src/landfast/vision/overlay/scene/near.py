"""Where the scene is looked at: all over, and more densely around and under the overlay."""

from __future__ import annotations

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, UInt8
from landfast.vision.motion.tracks import find_corners

Gray = UInt8[np.ndarray, "height width"]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, working pixels."""

_MOST_POINTS = 360
_NEAR_POINTS = 240
_FINEST_NEAR = 0.004
"""Corner strength beside the strongest, where points near the overlay are sought more densely."""

_NEIGHBOURS = 6
_ALONG_PX = 0.4
_REACH = 8.0
"""Working pixels around a point that following it looks at."""


def scene_points(gray: Gray, box: Box) -> Float32[np.ndarray, "point 2"]:
    """Corners over the whole picture, denser around and under the overlay."""
    everywhere = find_corners(gray).points
    if len(everywhere) > _MOST_POINTS:
        everywhere = everywhere[np.linspace(0, len(everywhere) - 1, _MOST_POINTS).astype(int)]
    left, top, right, bottom = _around(box, gray.shape[1], gray.shape[0])
    patch = np.ascontiguousarray(gray[top:bottom, left:right])
    if min(patch.shape) < 16:
        return everywhere
    close = cv2.goodFeaturesToTrack(patch, _NEAR_POINTS, _FINEST_NEAR, 6, blockSize=5)
    if close is None:
        return everywhere
    close = close.reshape(-1, 2) + np.array([left, top], np.float32)
    return np.concatenate([everywhere, close]).astype(np.float32)


def near_box(points: Float32[np.ndarray, "point 2"], box: Box) -> Bool[np.ndarray, " point"]:
    """Which points lie within half the box's size around it."""
    left, top, right, bottom = box
    x, y = (right - left) / 2, (bottom - top) / 2
    return (
        (points[:, 0] > left - x) & (points[:, 0] < right + x)
        & (points[:, 1] > top - y) & (points[:, 1] < bottom + y)
    )  # fmt: skip


def within(points: Float32[np.ndarray, "point 2"], box: Box) -> Bool[np.ndarray, " point"]:
    """Which points' surroundings the overlay may cover."""
    left, top, right, bottom = box
    return (
        (points[:, 0] > left - _REACH) & (points[:, 0] < right + _REACH)
        & (points[:, 1] > top - _REACH) & (points[:, 1] < bottom + _REACH)
    )  # fmt: skip


def moves_along(
    expected: Float32[np.ndarray, "point 2"], found: Float32[np.ndarray, "point 2"]
) -> Bool[np.ndarray, " point"]:
    """Which points depart from where they were expected as those around them do; noise does not.

    Relief departs too, but smoothly.
    """
    off = found - expected
    if len(off) <= _NEIGHBOURS:
        return np.ones(len(off), bool)
    apart = np.hypot(*(found[:, None] - found[None]).transpose(2, 0, 1))
    nearest = np.argpartition(apart, _NEIGHBOURS, axis=1)[:, : _NEIGHBOURS + 1]
    usual = np.median(off[nearest], axis=1)
    return np.asarray(np.hypot(*(off - usual).T) < _ALONG_PX)


def _around(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    margin = max(24.0, 0.5 * max(right - left, bottom - top))
    return (
        int(max(0, left - margin)), int(max(0, top - margin)),
        int(min(width, right + margin)), int(min(height, bottom + margin)),
    )  # fmt: skip

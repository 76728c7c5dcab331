"""What the camera of a short clip does as a whole: zoom, roll, pan and tilt over its length."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from landfast.media.grid import Grid
from landfast.model.arrays import Float64, UInt8
from landfast.vision.analysis.tracker import MotionTracker
from landfast.vision.motion.pairs import at_centre

Gray = UInt8[np.ndarray, "height width"]

_BASELINE_FRAMES = 30
_LEAST_MEASURED = 0.8
"""Share of the steps between frames that must be measured."""


@dataclass(frozen=True, slots=True)
class Travel:
    """The camera's way from the first frame on, a row a frame.

    Attributes:
        path: zoom (percent; positive: closer), roll (degrees; positive: the camera turns
            clockwise), pan (percent of the width; positive: right), tilt (percent of the width;
            positive: up). The first row is zero.
        measured: Share of the steps that could be measured; those that could not count as still.
    """

    path: Float64[np.ndarray, "frame 4"]
    measured: float


def travel(images: Iterable[Gray]) -> Travel | None:
    """Follow the camera by homographies from frame to frame, chained.

    Args:
        images: Luma of consecutive frames, all of one size, a few hundred pixels wide.

    Returns:
        None where fewer than two frames were given, or less than 80 % of the steps could be
        measured: no texture, a cut, too fast.
    """
    tracker: MotionTracker | None = None
    grid: Grid | None = None
    chain = np.eye(3)
    rows = [np.zeros(4)]
    found = 0
    for index, gray in enumerate(images):
        if tracker is None or grid is None:
            height, width = gray.shape
            grid = Grid(width, height, width, height)
            tracker = MotionTracker(grid, _BASELINE_FRAMES)
        seen = tracker.see(index, gray)
        if seen is None:
            continue
        if seen.homography is not None:
            chain = seen.homography @ chain
            found += 1
        rows.append(_row(chain, grid))
    steps = len(rows) - 1
    if grid is None or steps < 1 or found < _LEAST_MEASURED * steps:
        return None
    return Travel(np.array(rows), found / steps)


def _row(chain: Float64[np.ndarray, "3 3"], grid: Grid) -> Float64[np.ndarray, " 4"]:
    """The scene moves against the camera: what goes left in the picture is a pan to the right."""
    shift, factor, turn = at_centre(chain / chain[2, 2], grid)
    return np.array(
        [
            100 * (factor - 1),
            -math.degrees(turn),
            -100 * shift[0] / grid.width,
            100 * shift[1] / grid.width,
        ]
    )

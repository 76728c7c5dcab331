"""Whether the camera shakes from frame to frame.

A camera that is moved goes on as it went; one that shakes goes back. Where the steps of the frames
beside the anchors, less the gap's mean step, turn round from one to the next, their velocity says
nothing about the gap, and an anchor is as far off the camera's way as any other frame.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from landfast.generators.base import Frame, Material
from landfast.model.arrays import Float64, UInt8
from landfast.vision.tones import gray8

_WIDTH: Final = 384
"""Steps are measured on pictures at most this wide."""
_CORNERS: Final = 100
_LEAST: Final = 12
"""Corners that must be followed to say how the camera moved."""
_GRID: Final = np.stack(np.meshgrid([0.2, 0.5, 0.8], [0.25, 0.75]), axis=-1).reshape(-1, 2)
"""Places, in widths and heights, at which steps are compared."""
_NOISE_PX: Final = 0.5
"""Steps that depart by less from the mean, at a width of 960, tell nothing."""
_BACK: Final = -0.15
"""Likeness of successive departures below which the camera shakes: 1 where it goes on, 0 where
steps are independent. On real hand-held and airborne footage it stayed above 0."""

Steps = Float64[np.ndarray, "steps places 2"]
Gray = UInt8[np.ndarray, "height width"]


def shaken(
    material: Material, homography: Float64[np.ndarray, "3 3"], width: int, *, steps: int
) -> bool:
    """True where the camera turns back from frame to frame beside both anchors.

    Args:
        material: Anchors and footage around them.
        homography: From the first anchor to the last, pixels of pictures of this width.
        width: Of the pictures that the homography was measured on.
        steps: Frame intervals in the gap.
    """
    outwards = (material.first, *material.before[::-1]), (material.last, *material.after)
    if min(map(len, outwards)) < 3:
        return False
    height, full = material.first.shape[:2]
    places = _GRID * np.array([1, height / full]) * width
    arrived = cv2.perspectiveTransform(places[None], homography)[0]
    mean = (arrived - places) / (width * steps)
    together = apart = (_NOISE_PX / 960) ** 2
    for frames, direction in zip(outwards, (-1, 1), strict=True):
        made = _steps(frames)
        if made is None:
            return False
        off = made - direction * mean
        square = (off * off).sum(axis=2).mean(axis=1)
        together += float((off[1:] * off[:-1]).sum(axis=2).mean(axis=1).sum())
        apart += float((square[1:] + square[:-1]).sum()) / 2
    return together < _BACK * apart


def _steps(frames: Sequence[Frame]) -> Steps | None:
    """How far the places move from each frame to the next, in widths."""
    grays = [_small(frame) for frame in frames]
    height, width = grays[0].shape
    at = cv2.goodFeaturesToTrack(grays[0], _CORNERS, 0.01, 8)
    places = _GRID * np.array([1, height / width]) * width
    made = []
    for one, other in itertools.pairwise(grays):
        if at is None or len(at) < _LEAST:
            return None
        moved, found, _ = cv2.calcOpticalFlowPyrLK(one, other, at, None, winSize=(15, 15))
        kept = found[:, 0] > 0
        at, moved = at[kept], moved[kept]
        cv2.setRNGSeed(0)
        turn = cv2.estimateAffinePartial2D(at, moved, ransacReprojThreshold=1.0)[0]
        if turn is None:
            return None
        made.append((cv2.transform(places[None], turn)[0] - places) / width)
        at = moved
    return np.stack(made)


def _small(frame: Frame) -> Gray:
    height, width = frame.shape[:2]
    if width > _WIDTH:
        size = _WIDTH, max(2, round(height * _WIDTH / width))
        frame = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA))
    return gray8(frame)

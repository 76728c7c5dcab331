"""Corresponding points of two pictures by local features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.media.grid import Grid
from landfast.model.arrays import Float32, UInt8
from landfast.vision.motion.flow import dense_flow, forward_backward_error

FEATURES: Final = 1500
"""Features kept a picture, strongest first."""
DETECTION_WIDTH: Final = 640
"""Features are sought in pictures at most this wide; finer ones do not survive a gap."""
_FOLLOW_WIDTH: Final = 428
_CORNER_QUALITY: Final = 0.003
"""Share of the best corner's strength that still makes a corner."""
_CORNER_SPACING: Final = 5
_RATIO: Final = 0.8
"""Lowe's ratio: the best match must be this much closer than the second best."""
_CONTRAST: Final = 0.02
"""SIFT contrast threshold: half of the usual one, for soft aerial footage."""


@dataclass(frozen=True, slots=True)
class Features:
    """Local features of one picture."""

    points: Float32[np.ndarray, "count 2"]
    """(x, y) in pixels of the picture."""
    descriptors: Float32[np.ndarray, "count 128"]
    """Unit vectors in steps of 1/255, times 255: products are whole numbers, hence exact."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Points of `a` and where they are in `b`, and how much there was to match."""

    points_a: Float32[np.ndarray, "matches 2"]
    points_b: Float32[np.ndarray, "matches 2"]
    features_a: int
    features_b: int


def detect(image: UInt8[np.ndarray, "height width"], *, count: int = FEATURES) -> Features:
    """SIFT features (Lowe 2004) with RootSIFT descriptors (Arandjelovic & Zisserman 2012)."""
    height, width = image.shape
    grid = Grid.working((width, height), DETECTION_WIDTH)
    if grid.size != (width, height):
        image = np.asarray(cv2.resize(image, grid.size, interpolation=cv2.INTER_AREA))
    sift = cv2.SIFT.create(nfeatures=count, contrastThreshold=_CONTRAST)
    keypoints, descriptors = sift.detectAndCompute(image, None)
    if not keypoints:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    points: np.ndarray = np.asarray(cv2.KeyPoint.convert(keypoints), np.float32)
    total = np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)
    rooted = np.rint(np.sqrt(descriptors / total) * 255).astype(np.float32)
    return Features(grid.to_source(points), rooted)


def pair(a: Features, b: Features) -> Matches:
    """Mutual nearest neighbours that pass the ratio test in both directions."""
    counts = len(a.points), len(b.points)
    if min(counts) < 2:
        nothing = np.zeros((0, 2), np.float32)
        return Matches(nothing, nothing, *counts)
    likeness = a.descriptors @ b.descriptors.T
    forward, backward = _distinct(likeness), _distinct(likeness.T)
    at = np.flatnonzero((forward >= 0) & (backward[forward] == np.arange(counts[0])))
    return Matches(a.points[at], b.points[forward[at]], *counts)


def match(a: UInt8[np.ndarray, "height width"], b: UInt8[np.ndarray, "rows cols"]) -> Matches:
    """Corresponding points of two grey pictures, in pixels of each."""
    return pair(detect(a), detect(b))


def follow(a: UInt8[np.ndarray, "height width"], b: UInt8[np.ndarray, "height width"]) -> Matches:
    """Corners of `a` that dense flow finds in `b` and back again, in pixels of each.

    Ten times as fast as `match`, and blind to motion beyond about a tenth of the width: fall
    back on `match` where few corners are followed. `features_a` counts the corners.
    """
    height, width = a.shape
    grid = Grid.working((width, height), _FOLLOW_WIDTH)
    small = [np.asarray(cv2.resize(one, grid.size, interpolation=cv2.INTER_AREA)) for one in (a, b)]
    there, back = dense_flow(small[0], small[1]), dense_flow(small[1], small[0])
    found = corners(small[0])
    col, row = found.astype(np.intp).T
    steady = forward_backward_error(there, back)[row, col] < 1
    kept = found[steady]
    arrived = kept + there[row, col][steady]
    return Matches(grid.to_source(kept), grid.to_source(arrived), len(found), len(found))


def corners(
    image: UInt8[np.ndarray, "height width"], *, count: int = 800
) -> Float32[np.ndarray, "corners 2"]:
    """Pixels with structure in two directions (Shi & Tomasi, CVPR 1994), strongest first."""
    found = cv2.goodFeaturesToTrack(image, count, _CORNER_QUALITY, _CORNER_SPACING)
    return np.zeros((0, 2), np.float32) if found is None else found.reshape(-1, 2)


def _distinct(likeness: Float32[np.ndarray, "rows cols"]) -> np.ndarray:
    """For each row the column that is clearly most alike, or -1.

    The distance of unit vectors is `sqrt(2 - 2 cos)`, so the ratio test needs no more than the
    two largest products of a row.
    """
    best = likeness.argmax(axis=1)
    rows = np.arange(len(likeness))
    first = likeness[rows, best].astype(np.float64)
    second = np.partition(likeness, -2, axis=1)[:, -2].astype(np.float64)
    unit = 255.0**2
    clear = unit - first < _RATIO**2 * (unit - second)
    return np.where(clear, best, -1)

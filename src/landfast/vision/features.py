"""Corresponding points of two pictures by local features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from landfast.media.grid import Grid

FEATURES: Final = 1500
"""Features kept a picture, strongest first."""
DETECTION_WIDTH: Final = 640
"""Features are sought in pictures at most this wide; finer ones do not survive a gap."""
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

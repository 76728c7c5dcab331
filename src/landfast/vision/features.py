"""Corresponding points of two pictures by local features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

FEATURES: Final = 2000
"""Features kept a picture, strongest first."""
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


@dataclass(frozen=True, slots=True)
class Matches:
    """Points of `a` and where they are in `b`, and how much there was to match."""

    points_a: Float32[np.ndarray, "matches 2"]
    points_b: Float32[np.ndarray, "matches 2"]
    features_a: int
    features_b: int


def detect(image: UInt8[np.ndarray, "height width"], *, count: int = FEATURES) -> Features:
    """SIFT features (Lowe 2004) with RootSIFT descriptors (Arandjelovic & Zisserman 2012)."""
    sift = cv2.SIFT.create(nfeatures=count, contrastThreshold=_CONTRAST)
    keypoints, descriptors = sift.detectAndCompute(image, None)
    if not keypoints:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    points: np.ndarray = np.asarray(cv2.KeyPoint.convert(keypoints), np.float32)
    total = np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)
    return Features(points, np.sqrt(descriptors / total).astype(np.float32))


def pair(a: Features, b: Features) -> Matches:
    """Mutual nearest neighbours that pass the ratio test in both directions."""
    counts = len(a.points), len(b.points)
    if min(counts) < 2:
        nothing = np.zeros((0, 2), np.float32)
        return Matches(nothing, nothing, *counts)
    forward, backward = _nearest(a, b), _nearest(b, a)
    at = np.flatnonzero((forward >= 0) & (backward[forward] == np.arange(counts[0])))
    return Matches(a.points[at], b.points[forward[at]], *counts)


def match(a: UInt8[np.ndarray, "height width"], b: UInt8[np.ndarray, "rows cols"]) -> Matches:
    """Corresponding points of two grey pictures, in pixels of each."""
    return pair(detect(a), detect(b))


def _nearest(a: Features, b: Features) -> np.ndarray:
    """For each feature of `a` the index of its distinct nearest in `b`, or -1."""
    found = cv2.BFMatcher(cv2.NORM_L2).knnMatch(a.descriptors, b.descriptors, k=2)
    index = np.full(len(a.points), -1, np.int64)
    for best, second in found:
        if best.distance < _RATIO * second.distance:
            index[best.queryIdx] = best.trainIdx
    return index

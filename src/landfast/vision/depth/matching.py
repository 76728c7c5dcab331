"""Points of stills from far apart: local features, matched pair by pair and joined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from landfast.model.arrays import UInt8
from landfast.vision.depth.following import Tracks
from landfast.vision.geometry.features import Features, detect
from landfast.vision.geometry.features import pair as match_features

_FEATURES: Final = 3000
_APART: Final = 3
"""Pictures up to this far apart in order are compared."""
_ENOUGH: Final = 60
"""Matches that relate two pictures; fewer count in proportion."""

Gray = UInt8[np.ndarray, "height width"]


def match_points(images: Sequence[Gray]) -> Tracks:
    """Tracks of features through a few pictures, as `follow_points` gives for a video.

    SIFT matches of every pair are joined; a track that would hold two features of one picture is
    left out.
    """
    found = [detect(image, count=_FEATURES) for image in images]
    offsets = np.cumsum([0, *(len(each.points) for each in found)])
    parent = np.arange(offsets[-1])
    alive = np.ones(len(images), np.float32)
    for first in range(len(images)):
        for second in range(first + 1, min(first + 1 + _APART, len(images))):
            links = _links(found[first], found[second])
            if second == first + 1:
                alive[second] = min(1.0, len(links) / _ENOUGH)
            for a, b in links:
                _join(parent, int(offsets[first] + a), int(offsets[second] + b))
    points = _table(found, offsets, parent)
    return Tracks(points, alive, np.ones(len(images), np.float32))


def _links(a: Features, b: Features) -> np.ndarray:
    """Places of matched features in either picture, match x 2."""
    matches = match_features(a, b)
    rows = {tuple(point): k for k, point in enumerate(a.points.tolist())}
    cols = {tuple(point): k for k, point in enumerate(b.points.tolist())}
    pairs = zip(matches.points_a.tolist(), matches.points_b.tolist(), strict=True)
    links = [(rows[tuple(x)], cols[tuple(y)]) for x, y in pairs]
    return np.array(links, np.intp).reshape(-1, 2)


def _root(parent: np.ndarray, node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = int(parent[node])
    return node


def _join(parent: np.ndarray, a: int, b: int) -> None:
    one, other = sorted((_root(parent, a), _root(parent, b)))
    parent[other] = one


def _table(found: Sequence[Features], offsets: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """Frame x point x 2; tracks seen once or twice in one picture are left out."""
    roots = np.array([_root(parent, k) for k in range(len(parent))], np.intp)
    names, column = np.unique(roots, return_inverse=True)
    points = np.full((len(found), len(names), 2), np.nan, np.float32)
    counts = np.zeros((len(found), len(names)), int)
    for k, each in enumerate(found):
        at = column[offsets[k] : offsets[k + 1]]
        points[k, at] = each.points
        np.add.at(counts[k], at, 1)
    good = (counts.max(axis=0, initial=0) == 1) & (counts.sum(axis=0) >= 2)
    return points[:, good]

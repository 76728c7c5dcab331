"""Small maps of the plane: similarities and homographies as 3 x 3 matrices, on points."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float64

Map = Float64[np.ndarray, "3 3"]
Points = Float64[np.ndarray, "point 2"]

_ROUNDS = 8
_PAIRS = 80
_LEAST_APART_PX = 4.0
"""Two points closer than this tell no turn."""


def moved(by: Map, points: Float[np.ndarray, "point 2"]) -> Points:
    """Points under a homography."""
    if len(points) == 0:
        return np.zeros((0, 2))
    flat = points.reshape(-1, 1, 2).astype(np.float64)
    return np.asarray(cv2.perspectiveTransform(flat, by)).reshape(-1, 2)


def unit(matrix: Float64[np.ndarray, "3 3"]) -> Map:
    """The same map with its last element 1."""
    return matrix / matrix[2, 2] if abs(matrix[2, 2]) > 1e-12 else matrix


def inverse(matrix: Map) -> Map:
    """The way back."""
    return unit(np.asarray(np.linalg.inv(matrix)))


def similarity(a: float, b: float, x: float, y: float) -> Map:
    """Scale and turn `a + ib`, then the shift (x, y)."""
    return np.array([[a, -b, x], [b, a, y], [0.0, 0.0, 1.0]])


def about(matrix: Map, centre: Float64[np.ndarray, "2"]) -> Float64[np.ndarray, "4"]:
    """A similarity as a, b and the shift of `centre`: numbers that may be averaged."""
    at = matrix[:2, :2] @ centre + matrix[:2, 2] - centre
    return np.array([matrix[0, 0], matrix[1, 0], at[0], at[1]])


def from_about(values: Float64[np.ndarray, "4"], centre: Float64[np.ndarray, "2"]) -> Map:
    """The similarity that `about` gives these numbers for."""
    a, b, x, y = values.tolist()
    turned = np.array([[a, -b], [b, a]]) @ centre
    return similarity(a, b, centre[0] + x - turned[0], centre[1] + y - turned[1])


def fit_similarity(
    before: Points, after: Points, *, finest_px: float, keep_size: bool = False
) -> tuple[Map, Bool[np.ndarray, " point"], float] | None:
    """The similarity that most points follow: least median of squares, then Cauchy weights.

    Args:
        before: Points.
        after: Where they went.
        finest_px: No point is expected to be better than this.
        keep_size: Shift only.

    Returns:
        The map, who follows it, and the standard error of its shift; None below two points.
    """
    if len(before) < 2:
        return None
    start = _sampled(before, after, keep_size)
    left = np.linalg.norm(moved(start, before) - after, axis=1)
    result = start
    for _ in range(_ROUNDS):
        scale = max(1.48 * float(np.median(left)), finest_px)
        weights = 1 / np.square(1 + np.square(left / (2 * scale)))
        result = _weighted(before, after, weights, keep_size)
        left = np.linalg.norm(moved(result, before) - after, axis=1)
    scale = max(1.48 * float(np.median(left)), finest_px)
    follows = left < 3 * scale
    error = scale / float(np.sqrt(max(1, int(follows.sum()))))
    return result, follows, error


def _sampled(before: Points, after: Points, keep_size: bool) -> Map:
    """Best of a fixed set of pairs of points by the median of what is left."""
    shift = np.median(after - before, axis=0)
    still = similarity(1.0, 0.0, float(shift[0]), float(shift[1]))
    if keep_size or len(before) < 3:
        return still
    here, there = (points[:, 0] + 1j * points[:, 1] for points in (before, after))
    first, second = np.random.default_rng(3).integers(0, len(before), (2, _PAIRS))
    apart = here[second] - here[first]
    wide = np.abs(apart) >= _LEAST_APART_PX
    if not wide.any():
        return still
    first, second, apart = first[wide], second[wide], apart[wide]
    turned = (there[second] - there[first]) / apart
    moves = there[first] - turned * here[first]
    left = np.abs(turned[:, None] * here + moves[:, None] - there)
    medians = np.median(left, axis=1)
    best = int(medians.argmin())
    if medians[best] >= np.median(np.abs(here + shift[0] + 1j * shift[1] - there)):
        return still
    one, move = complex(turned[best]), complex(moves[best])
    return similarity(one.real, one.imag, move.real, move.imag)


def _weighted(
    before: Points, after: Points, weights: Float64[np.ndarray, " point"], keep_size: bool
) -> Map:
    """Weighted least squares (Umeyama, PAMI 1991, for the plane)."""
    total = weights.sum()
    mean_a, mean_b = weights @ before / total, weights @ after / total
    if keep_size:
        shift = mean_b - mean_a
        return similarity(1.0, 0.0, float(shift[0]), float(shift[1]))
    a, b = before - mean_a, after - mean_b
    size = float((weights * (a * a).sum(axis=1)).sum())
    if size < 1e-9:
        shift = mean_b - mean_a
        return similarity(1.0, 0.0, float(shift[0]), float(shift[1]))
    along = float((weights * (a * b).sum(axis=1)).sum()) / size
    across = float((weights * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])).sum()) / size
    turned = np.array([[along, -across], [across, along]]) @ mean_a
    return similarity(along, across, float(mean_b[0] - turned[0]), float(mean_b[1] - turned[1]))

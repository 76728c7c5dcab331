"""Small maps of the plane: similarities and homographies as 3 x 3 matrices, on points."""

from __future__ import annotations

import cv2
import numpy as np

from landfast.model.arrays import Bool, Complex128, Float, Float64
from landfast.vision.statistics.robust import MAD_TO_SIGMA, geman_mcclure
from landfast.vision.statistics.windows import quantile

Map = Float64[np.ndarray, "3 3"]
Points = Float64[np.ndarray, "point 2"]
Complex = Complex128[np.ndarray, " point"]
"""Points as x + iy."""

_ROUNDS = 8
_PAIRS = 80
_LEAST_APART_PX = 4.0
"""Two points closer than this tell no turn."""
_SETTLED_PX = 1e-5
"""Change at any point below which a fit has settled."""


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
    before: Points, after: Points, *, finest_px: float
) -> tuple[Map, Bool[np.ndarray, " point"], float] | None:
    """The similarity that most points follow: least median of squares, then
    Geman-McClure weights.

    Args:
        before: Points.
        after: Where they went.
        finest_px: No point is expected to be better than this.

    Returns:
        The map, who follows it, and the standard error of its shift; None below two points.
    """
    if len(before) < 2:
        return None
    here, there = (points[:, 0] + 1j * points[:, 1] for points in (before, after))
    turn, shift = _sampled(here, there)
    left = np.abs(turn * here + shift - there)
    reach = float(np.abs(here - here.mean()).max())
    for _ in range(_ROUNDS):
        scale = max(MAD_TO_SIGMA * quantile(left, 0.5), finest_px)
        weights = geman_mcclure(left, 2 * scale)
        last = turn, shift
        turn, shift = _weighted(here, there, weights)
        left = np.abs(turn * here + shift - there)
        change = abs((turn - last[0]) * here[0] + shift - last[1])
        if change + 2 * reach * abs(turn - last[0]) < _SETTLED_PX:
            break
    scale = max(MAD_TO_SIGMA * quantile(left, 0.5), finest_px)
    follows = np.asarray(left < 3 * scale)
    error = scale / float(np.sqrt(max(1, int(follows.sum()))))
    return similarity(turn.real, turn.imag, shift.real, shift.imag), follows, error


def _sampled(here: Complex, there: Complex) -> tuple[complex, complex]:
    """Best of a fixed set of pairs of points by the median of what is left: turn, then shift."""
    off = there - here
    aside = complex(quantile(off.real, 0.5), quantile(off.imag, 0.5))
    if len(here) < 3:
        return 1 + 0j, aside
    first, second = np.random.default_rng(3).integers(0, len(here), (2, _PAIRS))
    apart = here[second] - here[first]
    wide = np.abs(apart) >= _LEAST_APART_PX
    if not wide.any():
        return 1 + 0j, aside
    first, second, apart = first[wide], second[wide], apart[wide]
    turned = (there[second] - there[first]) / apart
    moves = there[first] - turned * here[first]
    left = np.abs(turned[:, None] * here + moves[:, None] - there)
    middle = len(here) // 2
    medians = np.partition(left, middle, axis=1)[:, middle]
    best = int(medians.argmin())
    if medians[best] >= np.partition(np.abs(off - aside), middle)[middle]:
        return 1 + 0j, aside
    return complex(turned[best]), complex(moves[best])


def _weighted(
    here: Complex, there: Complex, weights: Float64[np.ndarray, " point"]
) -> tuple[complex, complex]:
    """Weighted least squares (Umeyama, PAMI 1991, for the plane): turn, then shift."""
    total = weights.sum()
    mean_a, mean_b = complex(weights @ here / total), complex(weights @ there / total)
    a = here - mean_a
    pull = np.conj(a) * weights
    size = float((pull @ a).real)
    if size < 1e-9:
        return 1 + 0j, mean_b - mean_a
    turn = complex(pull @ (there - mean_b)) / size
    return turn, mean_b - turn * mean_a

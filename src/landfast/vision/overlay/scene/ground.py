"""The plane's homography bent to the ground around and under the overlay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landfast.model.arrays import Float32, Float64
from landfast.vision.motion.pairs import carry
from landfast.vision.overlay.maps import Map, unit
from landfast.vision.overlay.scene.near import Box
from landfast.vision.statistics.robust import MAD_TO_SIGMA, geman_mcclure

_REACH = 0.12
"""Share of the box's diagonal over which the weight of a point falls off around its middle."""
_LEAST_REACH_PX = 12.0
_FEWEST = 12.0
"""Weight of points below which the reach is widened."""
_WIDER, _TIMES = 1.5, 8
_FINEST_PX = 0.08
_LOOSE_PX = (200.0, 30.0, 30.0)
"""How far the ground may depart from the plane: shift, and slopes over half the diagonal."""
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Bent:
    """The ground at the overlay."""

    map: Map
    """From the anchor to the frame."""
    points: int
    bend_px: float
    """Departure from the plane at the overlay's middle."""
    error_px: float
    """Standard error there."""
    noise_px: float
    """Standard error over the overlay's box."""


def bend(
    plane: Float64[np.ndarray, "3 3"],
    start: Float32[np.ndarray, "point 2"],
    arrived: Float32[np.ndarray, "point 2"],
    anchor_box: Box,
    box: Box,
    *,
    loose_px: tuple[float, float, float] = _LOOSE_PX,
    wide: float = _REACH,
) -> Bent | None:
    """Affine correction after the plane, from the points near the overlay by robust weights.

    Where nothing is near, None. Departures have to be shown: each parameter is held by a weak
    spring at zero.
    """
    reach = max(_LEAST_REACH_PX, wide * float(np.hypot(box[2] - box[0], box[3] - box[1])))
    for _ in range(_TIMES):
        closeness = _closeness(start, anchor_box, reach)
        if closeness.sum() >= _FEWEST:
            break
        reach *= _WIDER
    else:
        return None
    near = closeness > 0.02
    expected = carry(plane, start[near]).astype(np.float64)
    off = arrived[near].astype(np.float64) - expected
    middle = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    radius = max(8.0, float(np.hypot(box[2] - box[0], box[3] - box[1])) / 2)
    basis = np.column_stack([np.ones(len(off)), (expected - middle) / radius])
    values, scale, covariance = _solve(basis, off, closeness[near], loose_px)
    slopes = values[1:].T / radius
    affine = np.eye(3)
    affine[:2, :2] += slopes
    affine[:2, 2] = values[0] - slopes @ middle
    variances = np.diag(covariance)
    error = scale * float(np.sqrt(variances[0]))
    noise = scale * float(np.sqrt(variances[0] + variances[1:].mean()))
    return Bent(unit(affine @ plane), int(near.sum()), float(np.hypot(*values[0])), error, noise)


def _solve(
    basis: Float64[np.ndarray, "point 3"],
    off: Float64[np.ndarray, "point 2"],
    closeness: Float64[np.ndarray, " point"],
    loose_px: tuple[float, float, float],
) -> tuple[Float64[np.ndarray, "3 2"], float, Float64[np.ndarray, "3 3"]]:
    weights, scale = closeness, 1.0
    values = np.zeros((3, 2))
    covariance = np.eye(3)
    for _ in range(_ROUNDS):
        ridge = np.diag([(scale / loose) ** 2 for loose in loose_px])
        normal = basis.T @ (weights[:, None] * basis) + ridge
        covariance = np.linalg.inv(normal)
        values = covariance @ basis.T @ (weights[:, None] * off)
        left = np.linalg.norm(off - basis @ values, axis=1)
        scale = max(MAD_TO_SIGMA * _weighted_median(left, closeness), _FINEST_PX)
        weights = geman_mcclure(left, 2 * scale, closeness)
    return values, scale, covariance


def _weighted_median(
    values: Float64[np.ndarray, " point"], weights: Float64[np.ndarray, " point"]
) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(total, total[-1] / 2)]])


def _closeness(
    points: Float32[np.ndarray, "point 2"], box: Box, reach: float
) -> Float64[np.ndarray, " point"]:
    """1 at the box's middle, falling off around it."""
    x = points[:, 0].astype(np.float64) - (box[0] + box[2]) / 2
    y = points[:, 1].astype(np.float64) - (box[1] + box[3]) / 2
    return np.asarray(np.exp(-(x * x + y * y) / (2 * reach**2)), np.float64)

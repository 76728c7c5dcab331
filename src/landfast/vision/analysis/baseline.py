"""Turning or travelling? What two views some frames apart say that neighbours cannot.

Between neighbouring frames parallax is a fraction of a pixel. Over a baseline of up to a second
three models are fitted to the same tracks: a camera that turns and zooms, a homography, and
(for what the homography leaves over) one epipolar geometry.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from landfast.media.grid import Grid
from landfast.model.arrays import Float64
from landfast.vision.motion.pairs import carry, fit_homography
from landfast.vision.motion.tracks import Points
from landfast.vision.statistics.medians import median, medians
from landfast.vision.statistics.robust import cauchy
from landfast.vision.statistics.windows import quantile

_LEAST_TRACKS = 24
_FOCALS = (0.5, 0.7, 1.0, 1.5, 2.5, 5.0)
"""Focal lengths tried, in picture widths: 90 to 11 degrees of view."""
_ROUNDS = 6
_TOLERANCE_PX = 1.0
_SPREAD_QUANTILE = 0.9
_MISFIT_QUANTILE = 0.8


class Baseline(NamedTuple):
    """Two views some frames apart; source pixels, over the whole baseline."""

    motion_px: float
    """Median displacement."""
    parallax_px: float
    """90th percentile of the distance to the homography."""
    rotation_misfit_px: float
    """80th percentile of the distance to the best turning and zooming camera."""
    epipolar_gain: float
    """Share of points that an epipolar geometry explains and the homography does not."""


def compare(before: Points, after: Points, grid: Grid) -> Baseline | None:
    """Relate two views by the same points in both (working pixels); None with too few of them."""
    if len(before) < _LEAST_TRACKS:
        return None
    fit = fit_homography(before, after, tolerance_px=_TOLERANCE_PX)
    if fit is None:
        return None
    off_plane = np.linalg.norm(carry(fit.homography, before) - after, axis=1)
    misfit = rotation_misfit(before.astype(np.float64), after.astype(np.float64), grid.size)
    moved = np.linalg.norm(after - before, axis=1)
    return Baseline(
        motion_px=median(moved) * grid.scale_x,
        parallax_px=quantile(off_plane, _SPREAD_QUANTILE) * grid.scale_x,
        rotation_misfit_px=quantile(misfit, _MISFIT_QUANTILE) * grid.scale_x,
        epipolar_gain=_epipolar_gain(before, after, off_plane > 2 * _TOLERANCE_PX),
    )


def _epipolar_gain(before: Points, after: Points, off_plane: np.ndarray) -> float:
    """Share of points off the homography that agree with one moving camera."""
    if off_plane.sum() < 8:
        return 0.0
    options = cv2.UsacParams()
    options.threshold = _TOLERANCE_PX
    options.maxIterations = 1000
    options.confidence = 0.999
    options.isParallel = False
    options.randomGeneratorState = 7
    try:
        F, mask = cv2.findFundamentalMat(before, after, options)
    except cv2.error:  # raised where no sample of points gives a model
        return 0.0
    if F is None or mask is None:
        return 0.0
    return float((mask.ravel().astype(bool) & off_plane).mean())


def rotation_misfit(
    before: Float64[np.ndarray, "point 2"],
    after: Float64[np.ndarray, "point 2"],
    size: tuple[int, int],
) -> Float64[np.ndarray, " point"]:
    """Distance of each point to the best turning and zooming pinhole camera, pixels.

    The model is x' = K(f z) R K(f)^-1 x with three angles, a zoom z and a focal length f out of a
    few; Gauss-Newton with Cauchy weights for all focal lengths at once, the best median wins.
    """
    width, height = size
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    focal = np.array(_FOCALS) * width
    start, goal = before - centre, after - centre
    state = np.zeros((len(focal), 4))
    for _ in range(_ROUNDS):
        state = state + _improvement(state, focal, start, goal)
    left = np.linalg.norm(_turned(state, focal, start) - goal, axis=-1)
    return np.asarray(left[medians(left.T).argmin()])


def _turned(
    state: Float64[np.ndarray, "focal 4"],
    focal: Float64[np.ndarray, " focal"],
    points: Float64[np.ndarray, "point 2"],
) -> Float64[np.ndarray, "focal point 2"]:
    """Centred points seen by the turned and zoomed camera, for every focal length."""
    homogeneous = np.concatenate(
        [points[None] / focal[:, None, None], np.ones((len(focal), len(points), 1))], axis=2
    )
    turns = np.stack([cv2.Rodrigues(angles)[0] for angles in state[:, :3]])
    rays = homogeneous @ turns.swapaxes(1, 2)
    depth = np.maximum(rays[..., 2:], 0.05)
    return np.asarray(rays[..., :2] / depth * (focal * np.exp(state[:, 3]))[:, None, None])


def _improvement(
    state: Float64[np.ndarray, "focal 4"],
    focal: Float64[np.ndarray, " focal"],
    start: Float64[np.ndarray, "point 2"],
    goal: Float64[np.ndarray, "point 2"],
) -> Float64[np.ndarray, "focal 4"]:
    """One weighted Gauss-Newton step; slopes by forward differences."""
    small = 1e-5
    tried = state + small * np.concatenate([np.zeros((1, 4)), np.eye(4)])[:, None]
    seen = _turned(tried.reshape(-1, 4), np.tile(focal, len(tried)), start)
    now, *moved = seen.reshape(len(tried), len(state), *start.shape)
    slopes = [(there - now) / small for there in moved]
    jacobian = np.stack(slopes, axis=-1)
    left = goal - now
    distance = np.linalg.norm(left, axis=-1)
    sigma = np.maximum(0.3, 1.5 * medians(distance.T))[:, None]
    weight = cauchy(distance, sigma)[..., None]
    rows = jacobian.reshape(len(state), -1, 4)
    weighted = (jacobian * weight[..., None]).reshape(rows.shape).swapaxes(1, 2)
    pull = weighted @ left.reshape(len(state), -1, 1)
    return np.asarray(np.linalg.solve(weighted @ rows + 1e-6 * np.eye(4), pull)[..., 0])

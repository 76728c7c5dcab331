"""The pose of one more camera from points whose place is known."""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.depth.rigid import exponential, skew
from landfast.vision.statistics.robust import geman_mcclure

_ROUNDS: Final = 12

Rotation = Float64[np.ndarray, "3 3"]
Shift = Float64[np.ndarray, " 3"]


def resect(
    points: Float64[np.ndarray, "point 4"],
    rays: Float64[np.ndarray, "point 2"],
    R: Rotation,
    t: Shift,
    *,
    noise: float,
) -> tuple[Rotation, Shift, Float64[np.ndarray, " point"]]:
    """Gauss-Newton from a guess, with Geman-McClure weights that tighten to `noise`.

    Args:
        points: Homogeneous points of the scene.
        rays: Where the camera sees them, normalised coordinates.
        R, t: Guess, world to camera: the pose of the frame before.
        noise: Error of a good observation, normalised units.

    Returns:
        Pose and distance of every observation to its projection.
    """
    R, t = R.copy(), t.copy()
    for _ in range(_ROUNDS):
        local = points[:, :3] @ R.T
        turned = local.copy()
        local += points[:, 3:] * t
        z = np.where(local[:, 2] > 1e-9, local[:, 2], np.inf)
        flat = local[:, :2] / z[:, None]
        miss = rays - flat
        away = np.linalg.norm(miss, axis=1)
        scale = max(2 * float(np.median(away)), noise)
        weight = np.where(np.isfinite(z), geman_mcclure(away, scale), 0.0)
        A = np.zeros((len(points), 2, 3))
        A[:, 0, 0] = A[:, 1, 1] = 1 / z
        A[:, :, 2] = -flat / z[:, None]
        J = np.concatenate([-(A @ skew(turned)), A * points[:, 3, None, None]], axis=2)
        J = J.reshape(-1, 6)
        weighted = J * np.repeat(weight, 2)[:, None]
        left, right = weighted.T @ J, weighted.T @ miss.ravel()
        step = np.linalg.solve(left + 1e-10 * np.trace(left) * np.eye(6), right)
        R = exponential(step[None, :3])[0] @ R
        t = t + step[3:]
        if float(np.abs(step).max()) < 1e-8:
            break
    return R, t, away

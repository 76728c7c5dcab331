"""Rotations, cameras and homogeneous points as plain arrays.

A camera takes the homogeneous point X (4) to `R X[:3] + t X[3]`; points at infinity have
X[3] = 0, so that far scenery needs no special case.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from landfast.model.arrays import Float64


@dataclass(frozen=True, slots=True)
class Cameras:
    """Cameras of a span: world to camera."""

    R: Float64[np.ndarray, "camera 3 3"]
    t: Float64[np.ndarray, "camera 3"]

    @property
    def centres(self) -> Float64[np.ndarray, "camera 3"]:
        """Where the cameras stand."""
        return np.asarray(-np.einsum("kji,kj->ki", self.R, self.t))

    def take(self, index: np.ndarray | slice | list[int]) -> Cameras:
        """Some of them."""
        return Cameras(self.R[index], self.t[index])


def exponential(turn: Float64[np.ndarray, "camera 3"]) -> Float64[np.ndarray, "camera 3 3"]:
    """Rotation matrices of rotation vectors (Rodrigues)."""
    angle = np.linalg.norm(turn, axis=1)[:, None, None]
    K = skew(turn)
    small = angle < 1e-8
    safe = np.where(small, 1.0, angle)
    a = np.where(small, 1.0, np.sin(safe) / safe)
    b = np.where(small, 0.5, (1 - np.cos(safe)) / safe**2)
    return np.asarray(np.eye(3) + a * K + b * (K @ K))


def skew(v: Float64[np.ndarray, "camera 3"]) -> Float64[np.ndarray, "camera 3 3"]:
    """Cross product matrices."""
    zero = np.zeros(len(v))
    x, y, z = v.T
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)


def turn_of(R: Float64[np.ndarray, "3 3"]) -> Float64[np.ndarray, " 3"]:
    """Rotation vector of a matrix."""
    return np.asarray(cv2.Rodrigues(R)[0], np.float64).ravel()


def quaternion(R: Float64[np.ndarray, "3 3"]) -> tuple[float, float, float, float]:
    """Unit quaternion (w, x, y, z) of a rotation matrix, w not negative."""
    turn = turn_of(R)
    angle = float(np.linalg.norm(turn))
    axis = turn / angle if angle > 1e-12 else np.zeros(3)
    x, y, z = (axis * np.sin(angle / 2)).tolist()
    return float(np.cos(angle / 2)), x, y, z


def triangulate(
    cameras: Cameras, rays: Float64[np.ndarray, "camera point 2"]
) -> Float64[np.ndarray, "point 4"]:
    """Homogeneous points of unit length from normalised image points; NaN rays are not seen.

    Linear triangulation (Hartley & Zisserman 12.2); in front of the camera that sees them first.
    """
    P = np.concatenate([cameras.R, cameras.t[:, :, None]], axis=2)
    seen = np.isfinite(rays[..., 0])
    at = np.nan_to_num(rays)
    rows = at[..., None] * P[:, None, None, 2] - P[:, None, :2]
    rows = rows * seen[..., None, None]
    normal = np.einsum("kpri,kprj->pij", rows, rows)
    _, vectors = np.linalg.eigh(normal)
    points = vectors[:, :, 0]
    ahead = np.einsum("ki,pi->kp", P[:, 2], points)
    first = ahead[seen.argmax(axis=0), np.arange(len(points))]
    return np.asarray(points * np.where(first < 0, -1.0, 1.0)[:, None])

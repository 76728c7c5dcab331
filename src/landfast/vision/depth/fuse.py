"""Agreement of the frames' depths: what neighbours confirm is kept, and averaged with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64

Plane = Float32[np.ndarray, "height width"]
Grid = Float32[np.ndarray, "height width 2"]


@dataclass(frozen=True, slots=True)
class Layer:
    """Depth of one frame as it was matched, and its camera."""

    inverse: Plane
    """NaN nowhere."""
    trust: Plane
    """0 to 1."""
    R: Float64[np.ndarray, "3 3"]
    t: Float64[np.ndarray, " 3"]


@dataclass(frozen=True, slots=True)
class Fused:
    """Depth that neighbours agree on."""

    inverse: Plane
    support: Plane
    """Weight of the frames that agree, this one included."""
    asked: Plane
    """Number of frames that see the pixel."""


_CLOSE: Final = 1.5
"""Depths within this many steps of the finest level agree."""


def fuse(layer: Layer, others: Sequence[Layer], rays: Grid, K: np.ndarray, step: float) -> Fused:
    """Average a frame's inverse depth with what the other frames say of the same points.

    Every pixel goes to the other frame with its own depth; the depth found there comes back.
    Where the two agree within a step and a half the other's counts too (the consistency check
    of multi-view stereo; Schoenberger et al., ECCV 2016).

    Args:
        rays: (x, y) of every pixel at depth 1.
        K: Intrinsic matrix of the maps.
        step: Inverse depth between two levels.
    """
    total = layer.trust * layer.inverse
    weight = layer.trust.copy()
    asked = np.ones_like(weight)
    for other in others:
        back, trust, inside = _from(layer, other, rays, K)
        away = np.abs(back - layer.inverse) / np.float32(step)
        agree = np.where(inside, trust / (1 + (away / np.float32(_CLOSE)) ** 4), 0)
        total += agree * np.nan_to_num(back)
        weight += agree
        asked += inside
    fused = np.where(weight > 1e-3, total / np.maximum(weight, 1e-6), layer.inverse)
    return Fused(fused.astype(np.float32), weight.astype(np.float32), asked.astype(np.float32))


def _from(
    layer: Layer, other: Layer, rays: Grid, K: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What another frame says of this one's inverse depth, its trust, and where it sees it."""
    R = (other.R @ layer.R.T).astype(np.float32)
    t = (other.t - R @ layer.t).astype(np.float32)
    x, y, w = rays[..., 0], rays[..., 1], layer.inverse
    px = R[0, 0] * x + R[0, 1] * y + R[0, 2] + w * t[0]
    py = R[1, 0] * x + R[1, 1] * y + R[1, 2] + w * t[1]
    pz = np.maximum(R[2, 0] * x + R[2, 1] * y + R[2, 2] + w * t[2], 1e-3)
    focal = np.float32(K[0, 0])
    at = np.dstack([focal * px / pz + np.float32(K[0, 2]), focal * py / pz + np.float32(K[1, 2])])
    found = cv2.remap(other.inverse, at, None, cv2.INTER_LINEAR)
    trust = cv2.remap(other.trust, at, None, cv2.INTER_LINEAR)
    height, width = w.shape
    inside = (
        (at[..., 0] >= 0)
        & (at[..., 0] <= width - 1)
        & (at[..., 1] >= 0)
        & (at[..., 1] <= height - 1)
    )
    # Depth there = pz / w, so here: 1/w' = (depth found - translation) undone along the ray.
    # With q = (ray there) / found and X = R^T (q - t), the inverse depth here is 1 / X_z; written
    # with inverse depths only, so that infinitely far stays finite.
    qx, qy = px / pz, py / pz
    ahead = (
        R[0, 2] * (qx - t[0] * found) + R[1, 2] * (qy - t[1] * found) + R[2, 2] * (1 - t[2] * found)
    )
    back = found / np.maximum(ahead, 1e-3)
    return back, trust, inside

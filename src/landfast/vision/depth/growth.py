"""A structure that grows: cameras of key frames one after the other, and the points they see."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.depth.bundle import Bundle, adjust
from landfast.vision.depth.resection import resect
from landfast.vision.depth.rigid import Cameras, triangulate

Pixels = Float64[np.ndarray, "frame point 2"]
Posed = dict[int, tuple[np.ndarray, np.ndarray]]
"""Rotation and translation of key frames, by their place."""

NOISE: Final = 1 / 640
"""Error of a good observation, share of the width."""
LEAST_POINTS: Final = 20
_ADJUST_EVERY: Final = 3
"""Key frames between two adjustments while the bundle grows."""


def grown(posed: Posed, observed: Pixels, focal: float, width: int) -> Bundle | None:
    """A bundle over all key frames, from the pair outwards."""
    noise = NOISE * width / focal
    bundle = bundle_of(posed, observed, focal, width)
    bundle, posed = adjusted(bundle, posed, observed, rounds=8)
    last = len(posed)
    while len(posed) < len(observed):
        index = min(
            (k for k in range(len(observed)) if k not in posed),
            key=lambda k: (min(abs(k - done) for done in posed), k),
        )
        pose = placed(index, bundle, posed, observed, noise)
        if pose is None:
            return None
        posed = {**posed, index: pose}
        bundle = bundle_of(posed, observed, focal, width)
        if len(posed) >= last + _ADJUST_EVERY or len(posed) == len(observed):
            bundle, posed = adjusted(bundle, posed, observed, rounds=5)
            bundle = bundle_of(posed, observed, focal, width)
            last = len(posed)
    return bundle


def placed(
    index: int, bundle: Bundle, posed: Posed, observed: Pixels, noise: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """The pose of one more key frame, from the nearest that has one; None where none fits."""
    near = min(posed, key=lambda done: (abs(done - index), done))
    known = np.isfinite(observed[index, :, 0]) & np.isfinite(bundle.points[:, 0])
    if known.sum() < LEAST_POINTS:
        return None
    rays = observed[index, known] / bundle.focal_px
    R, t, away = resect(bundle.points[known], rays, *posed[near], noise=noise)
    return None if float(np.median(away)) > 6 * noise else (R, t)


def bundle_of(posed: Posed, observed: Pixels, focal: float, width: int) -> Bundle:
    """Points triangulated from the posed frames; NaN where they are not fixed."""
    order = sorted(posed)
    cameras = Cameras(
        np.stack([posed[k][0] for k in order]), np.stack([posed[k][1] for k in order])
    )
    part = observed[order]
    seen = np.isfinite(part[..., 0]).sum(axis=0) >= 2
    points = np.full((part.shape[1], 4), np.nan)
    points[seen] = triangulate(cameras, part[:, seen] / focal)
    local = np.einsum("kij,pj->kpi", cameras.R, points[:, :3])
    local += points[None, :, 3:] * cameras.t[:, None]
    z = np.where(local[..., 2] > 1e-9, local[..., 2], np.nan)
    errors = np.linalg.norm(focal * local[..., :2] / z[..., None] - part, axis=-1)
    bad = (np.isfinite(part[..., 0]) & ~(errors < 6 * NOISE * width)).sum(axis=0)
    total = np.isfinite(part[..., 0]).sum(axis=0)
    points[bad > 0.34 * total] = np.nan
    return Bundle(cameras, points, focal, 0.0, errors)


def adjusted(
    bundle: Bundle,
    posed: Posed,
    observed: Pixels,
    *,
    rounds: int,
) -> tuple[Bundle, Posed]:
    """Cameras and points moved together; points that are not fixed stay so."""
    order = sorted(posed)
    known = np.isfinite(bundle.points[:, 0])
    if not known.any():
        return bundle, posed
    part = observed[order][:, known]
    small = replace(bundle, points=bundle.points[known], errors_px=np.zeros(part.shape[:2]))
    done = adjust(small, part, rounds=rounds)
    points = np.full_like(bundle.points, np.nan)
    points[known] = done.points
    errors = np.full((len(order), len(points)), np.nan)
    errors[:, known] = done.errors_px
    poses = {k: (done.cameras.R[n], done.cameras.t[n]) for n, k in enumerate(order)}
    return replace(done, points=points, errors_px=errors), poses

"""Bundle adjustment: cameras, points and the lens, moved together until they fit what was seen.

Levenberg-Marquardt with analytic Jacobians; the points are eliminated first, so that only the
cameras' system is solved (Schur complement; Triggs et al. 2000). Points are homogeneous and
move on the unit sphere (Hartley & Zisserman A6.9.3), which keeps far scenery well conditioned.
Reweighting by Cauchy's loss takes false tracks out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.depth.rigid import Cameras, exponential, skew

LensFit = Literal["fixed", "focal", "focal and k1"]

_LEAST_SCALE_PX: Final = 0.3
"""Errors below this are noise and count fully."""
_NEAR: Final = 1e-4
_CLOSE_ENOUGH: Final = 1e-5
"""Relative fall of the cost that ends the search."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Cameras, points and lens that explain a span."""

    cameras: Cameras
    points: Float64[np.ndarray, "point 4"]
    """Homogeneous, unit length."""
    focal_px: float
    k1: float
    errors_px: Float64[np.ndarray, "camera point"]
    """Distance of every observation to its projection; NaN where a point is not seen."""
    focal_spread: float = float("inf")
    """Standard deviation of the focal length over its value; infinite where it was not fitted."""

    @property
    def error_px(self) -> float:
        """Median distance."""
        known = self.errors_px[np.isfinite(self.errors_px)]
        return float(np.median(known)) if len(known) else float("inf")


@dataclass(frozen=True, slots=True)
class _System:
    """Normal equations: cameras and lens (C), points (P)."""

    cc: np.ndarray
    """C x C"""
    pc: np.ndarray
    """P x 3 x C"""
    pp: np.ndarray
    """P x 3 x 3"""
    c: np.ndarray
    p: np.ndarray


def adjust(
    bundle: Bundle,
    pixels: Float64[np.ndarray, "camera point 2"],
    *,
    fit: LensFit = "fixed",
    rounds: int = 12,
) -> Bundle:
    """Move everything to the least robust reprojection error; the first camera stays.

    Args:
        bundle: Where to start.
        pixels: Observations from the principal point, in pixels; NaN where a point is not seen.
        fit: Which of the lens is free.
        rounds: Most steps.
    """
    damping = 1e-6
    bundle, scale = _measured(bundle, pixels)
    cost = _cost(bundle, scale)
    for _ in range(rounds):
        system, basis = _system(bundle, pixels, scale, fit)
        improved = False
        for _ in range(9):
            step = _solve(system, damping)
            moved, following = _measured(_moved(bundle, step, basis, fit), pixels)
            trial = _cost(moved, scale)
            if trial < cost:
                improved = True
                break
            damping *= 10
        if not improved:
            break
        damping = max(damping / 10, 1e-10)
        gain = (cost - trial) / max(cost, 1e-12)
        bundle, scale = moved, following
        cost = _cost(bundle, scale)
        if gain < _CLOSE_ENOUGH:
            break
    return bundle if fit == "fixed" else _with_spread(bundle, pixels, fit)


def project(bundle: Bundle) -> tuple[np.ndarray, np.ndarray]:
    """Pixels from the principal point (camera x point x 2) and depth of the unit vectors."""
    local = _local(bundle)
    z = np.maximum(local[..., 2], _NEAR * np.abs(local).max())
    flat = local[..., :2] / z[..., None]
    bend = 1 + bundle.k1 * (flat**2).sum(axis=-1, keepdims=True)
    return bundle.focal_px * bend * flat, local[..., 2]


def _local(bundle: Bundle) -> np.ndarray:
    """Points in the cameras' axes, camera x point x 3."""
    turned = np.matmul(bundle.points[:, :3], bundle.cameras.R.transpose(0, 2, 1))
    out: np.ndarray = turned + bundle.points[None, :, 3:] * bundle.cameras.t[:, None]
    return out


def _measured(bundle: Bundle, pixels: np.ndarray) -> tuple[Bundle, float]:
    """The bundle with its errors, and the scale at which an error counts half."""
    at, depth = project(bundle)
    errors = np.linalg.norm(at - pixels, axis=-1)
    errors[(depth <= 0) & np.isfinite(errors)] = 1e3
    bundle = replace(bundle, errors_px=errors)
    return bundle, max(_LEAST_SCALE_PX, 2 * bundle.error_px)


def _cost(bundle: Bundle, scale: float) -> float:
    return float(np.nansum(np.log1p((bundle.errors_px / scale) ** 2)))


def _tangents(points: np.ndarray) -> np.ndarray:
    """Three directions in which unit vectors can move (Householder), point x 4 x 3."""
    v = points.copy()
    sign = np.where(v[:, 3] < 0, -1.0, 1.0)
    v[:, 3] += sign
    mirror = np.eye(4) - 2 * v[:, :, None] * v[:, None, :] / (v**2).sum(axis=1)[:, None, None]
    return np.asarray(mirror[:, :, :3])


def _system(
    bundle: Bundle, pixels: np.ndarray, scale: float, fit: LensFit
) -> tuple[_System, np.ndarray]:
    """Normal equations, from the observations alone, and the tangents of the points."""
    view, name = np.nonzero(np.isfinite(pixels[..., 0]))
    X, R, t = bundle.points[name], bundle.cameras.R[view], bundle.cameras.t[view]
    turned = (R @ X[:, :3, None])[..., 0]
    local = turned + X[:, 3:] * t
    z = np.maximum(local[:, 2], _NEAR * np.abs(local).max())
    flat = local[:, :2] / z[:, None]
    squared = (flat**2).sum(axis=1)
    bend = 1 + bundle.k1 * squared
    at = bundle.focal_px * bend[:, None] * flat
    A = np.zeros((len(view), 2, 3))
    A[:, 0, 0] = A[:, 1, 1] = 1 / z
    A[:, :, 2] = -flat / z[:, None]
    if bundle.k1:
        pull = 2 * bundle.k1 * flat[:, :, None] * flat[:, None, :]
        pull += bend[:, None, None] * np.eye(2)
        A = pull @ A
    A *= bundle.focal_px
    basis = _tangents(bundle.points)
    P = np.concatenate([R, t[:, :, None]], axis=2)
    columns = {"fixed": 0, "focal": 1, "focal and k1": 2}[fit]
    # Weights go half to either factor of every product.
    root = 1 / np.sqrt(1 + (bundle.errors_px[view, name] / scale) ** 2)
    lens = np.stack([at, bundle.focal_px * squared[:, None] * flat], axis=-1)[..., :columns]
    sights = _Sights(
        view,
        name,
        root[:, None, None]
        * np.concatenate([-(A @ skew(turned)), A * X[:, 3, None, None]], axis=2),
        root[:, None, None] * (A @ (P @ basis[name])),
        root[:, None, None] * lens,
        root[:, None] * (pixels[view, name] - at),
    )
    return _assemble(sights, len(bundle.cameras.R), len(bundle.points)), basis


@dataclass(frozen=True, slots=True)
class _Sights:
    """Weighted derivatives of every observation, in order of cameras."""

    view: np.ndarray
    name: np.ndarray
    camera: np.ndarray
    """sight x 2 x 6"""
    point: np.ndarray
    """sight x 2 x 3"""
    lens: np.ndarray
    """sight x 2 x free lens parameters"""
    miss: np.ndarray
    """sight x 2"""


def _summed(values: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """Sum of the values of each group; groups ascend."""
    out = np.zeros((count, *values.shape[1:]))
    if len(groups):
        starts = np.flatnonzero(np.diff(groups, prepend=-1))
        out[groups[starts]] = np.add.reduceat(values, starts, axis=0)
    return out


def _assemble(sights: _Sights, count: int, points: int) -> _System:
    view, name = sights.view, sights.name
    flip = sights.camera.transpose(0, 2, 1)
    down = sights.point.transpose(0, 2, 1)
    miss = sights.miss[:, :, None]
    extra = sights.lens.shape[2]
    size, lens = 6 * count + extra, slice(6 * count, 6 * count + extra)
    cc = np.zeros((size, size))
    mixed = _summed(flip @ sights.lens, view, count).reshape(6 * count, extra)
    for k, own in enumerate(_summed(flip @ sights.camera, view, count)):
        cc[6 * k : 6 * k + 6, 6 * k : 6 * k + 6] = own
    cc[: 6 * count, lens], cc[lens, : 6 * count] = mixed, mixed.T
    inner = (sights.lens.transpose(0, 2, 1) @ np.concatenate([sights.lens, miss], axis=2)).sum(0)
    cc[lens, lens] = inner[:, :extra]
    order = np.argsort(name, kind="stable")
    sorted_names = name[order]
    cross = np.zeros((points, 3, count, 6))
    cross[name, :, view] = down @ sights.camera
    bent = _summed((down @ sights.lens)[order], sorted_names, points)
    pc = np.concatenate([cross.reshape(points, 3, 6 * count), bent], axis=2)
    pp = _summed((down @ sights.point)[order], sorted_names, points)
    p = _summed((down @ miss)[order, :, 0], sorted_names, points)
    c = np.concatenate([_summed((flip @ miss)[..., 0], view, count).ravel(), inner[:, extra]])
    return _System(cc, pc, pp, c, p)


def _reduced(system: _System, damping: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cameras' system without the points: matrix, right side, and V^-1 W."""
    pp = system.pp.copy()
    diagonal = np.einsum("pii->pi", pp)
    floor = 1e-9 * max(float(diagonal.max(initial=0)), 1e-12)
    diagonal += damping * diagonal + floor
    inverse = np.linalg.inv(pp)
    points, _, size = system.pc.shape
    flat = system.pc.reshape(points * 3, size)
    solved = (inverse @ system.pc).reshape(points * 3, size)
    cc = system.cc - flat.T @ solved
    right = system.c - solved.T @ system.p.ravel()
    return cc, right, inverse


def _solve(system: _System, damping: float) -> tuple[np.ndarray, np.ndarray]:
    """Steps of cameras with lens, and of points."""
    cc, right, inverse = _reduced(system, damping)
    base = np.diagonal(system.cc)
    cc[np.diag_indices_from(cc)] += damping * base + 1e-12 * base.max()
    free = np.arange(6, len(cc))
    step = np.zeros(len(cc))
    step[free] = np.linalg.solve(cc[np.ix_(free, free)], right[free])
    rest = system.p - system.pc @ step
    return step, np.einsum("pij,pj->pi", inverse, rest)


def _moved(
    bundle: Bundle, step: tuple[np.ndarray, np.ndarray], basis: np.ndarray, fit: LensFit
) -> Bundle:
    count = len(bundle.cameras.R)
    own = step[0][: 6 * count].reshape(count, 6)
    R = exponential(own[:, :3]) @ bundle.cameras.R
    t = bundle.cameras.t + own[:, 3:]
    points = bundle.points + np.einsum("pij,pj->pi", basis, step[1])
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    focal, k1 = bundle.focal_px, bundle.k1
    if fit != "fixed":
        focal *= float(np.exp(np.clip(step[0][6 * count], -0.3, 0.3)))
    if fit == "focal and k1":
        k1 += float(np.clip(step[0][6 * count + 1], -0.2, 0.2))
    return replace(bundle, cameras=Cameras(R, t), points=points, focal_px=focal, k1=k1)


def _with_spread(bundle: Bundle, pixels: np.ndarray, fit: LensFit) -> Bundle:
    """The focal length's standard deviation from the curvature of the cost at its end."""
    bundle, scale = _measured(bundle, pixels)
    system, _ = _system(bundle, pixels, scale, fit)
    cc, _, _ = _reduced(system, 0.0)
    free = np.arange(6, len(cc))
    inner = cc[np.ix_(free, free)]
    # The unit of length is free: a little weight holds it without touching the rest.
    inner[np.diag_indices_from(inner)] += 1e-9 * np.diagonal(system.cc).max()
    at = 6 * len(bundle.cameras.R) - 6
    variance = float(np.linalg.pinv(inner, hermitian=True)[at, at]) * bundle.error_px**2
    spread = float(np.sqrt(variance)) if variance > 0 else float("inf")
    return replace(bundle, focal_spread=spread)

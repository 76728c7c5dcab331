"""Plane plus parallax: what of a motion field one rigid scene can explain.

One reference picture, several neighbours. Per neighbour a homography and a translation, per
point ONE inverse depth shared by all neighbours (Irani and Anandan, planar parallax from multiple
frames). A planar scene, a turning and a hovering camera are the case "no parallax" of the same
model, so no switch between homography and epipolar geometry is needed, and motion along the
epipolar line that the camera did not make is seen as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from jaxtyping import Bool, Float64

Model = Literal["plane", "parallax"]

_NOISE_PX: Final = 0.15
"""Least scale of the robust weights: what tracking loses on textured, compressed footage
(0.1 to 0.2 px median on real clips, 0.02 px on rendered scenes)."""
_MOST_FITTED: Final = 800
"""Points that the camera is fitted to. More do not change it; and matrix products of this size
stay below the size at which OpenBLAS starts threads, so sums do not depend on their number."""
_FEWEST_FITTED: Final = 30
"""Points below which depth is not asked for."""
_PLANE_ROUNDS: Final = 4
_PARALLAX_ROUNDS: Final = 7
_RIDGE: Final = 1e-7
"""Keeps the normal equations solvable where motion leaves a parameter undetermined."""
_NUISANCE_RIDGE: Final = 1e-3
"""Lens and shutter terms have to earn their keep: about 1 px at the picture's edge each."""
_DAMPING: Final = 1e-4
"""Holds the step along the gauge (scale and plane of the depths), which nothing determines."""
_CELLS: Final = (8, 5)
_BROAD: Final = 0.2
"""Share of the picture's cells whose fit must gain before parallax is believed. A local fault of
up to a fifth of the picture would otherwise pass as a nearer object."""
_HOMOGRAPHY: Final = 8
_PLANE: Final = 13
"""Parameters without translation: eight of the homography, four of the rolling shutter (second
and third power of the row, in x and in y), one of radial distortion."""
_ALL: Final = 16


@dataclass(frozen=True, slots=True)
class RigidFit:
    """How well one rigid scene explains the motions from a reference to its neighbours."""

    model: Model
    residual: Float64[np.ndarray, "neighbours points 2"]
    """Measured minus explained motion, px; finite everywhere."""
    inverse_depth: Float64[np.ndarray, " points"]
    """Relative inverse depth against the fitted plane; zero for "plane"."""
    parallax_px: Float64[np.ndarray, " points"]
    """Greatest motion over the neighbours that the plane does not explain but depth does."""


def fit_rigid(
    points: Float64[np.ndarray, "points 2"],
    moved: Float64[np.ndarray, "neighbours points 2"],
    seen: Bool[np.ndarray, "neighbours points"],
    *,
    width: int,
    height: int,
) -> RigidFit:
    """Fit plane plus parallax robustly.

    Args:
        points: Where the points stand in the reference, px.
        moved: Where each neighbour shows them, px.
        seen: Whether that measurement may be used for the camera.
        width: Width of the pictures, px.
        height: Height of the pictures, px.

    Returns:
        The fit. Points that a neighbour does not show still get a residual there.
    """
    unit = width / 2
    field = _field(points, moved, seen, width, height)
    some = _spread(seen)
    part = field.only(some)
    plane = _fit_plane(part)
    flat = field.residual(plane)
    if len(some) < _FEWEST_FITTED:
        zero = np.zeros(len(points))
        return RigidFit("plane", flat.transpose(0, 2, 1) * unit, zero, zero)
    camera = _bundle(part, plane)
    depth, bent = _deepen(field, camera)
    if not _is_broad(flat, bent, seen, _cells(points, width, height)):
        zero = np.zeros(len(points))
        return RigidFit("plane", flat.transpose(0, 2, 1) * unit, zero, zero)
    push = np.hypot(*field.push(camera).transpose(1, 0, 2)).max(axis=0)
    return RigidFit("parallax", bent.transpose(0, 2, 1) * unit, depth, np.abs(depth) * push * unit)


@dataclass(frozen=True, slots=True)
class _Field:
    """Points and motions in units of half the width, with the linear model's columns.

    The projective equations multiplied out, so that large motion bends nothing:
    x' = (h1 x + h2 y + h3 + d tx) / (h7 x + h8 y + 1 + d tz), d the inverse depth.
    """

    at: np.ndarray
    """2 x points."""
    to: np.ndarray
    """neighbours x 2 x points."""
    columns: np.ndarray
    """neighbours x 2 x points x 16; the last three wait for a factor d."""
    seen: np.ndarray
    """neighbours x points."""
    unit: float

    def only(self, some: np.ndarray) -> _Field:
        """The field of some points."""
        parts = (self.at[:, some], self.to[..., some], self.columns[:, :, some])
        return _Field(*parts, self.seen[:, some], self.unit)

    def push(self, camera: np.ndarray) -> np.ndarray:
        """Motion per unit of inverse depth, neighbours x 2 x points."""
        moved: np.ndarray = (self.columns[..., _PLANE:] * camera[:, None, None, _PLANE:]).sum(
            axis=3
        )
        return moved

    def residual(self, camera: np.ndarray, depth: np.ndarray | None = None) -> np.ndarray:
        """Measured minus explained, neighbours x 2 x points."""
        plane = (self.columns[..., :_PLANE] * camera[:, None, None, :_PLANE]).sum(axis=3)
        left: np.ndarray = self.to - plane
        return left if depth is None else left - depth * self.push(camera)

    def weights(self, residual: np.ndarray) -> np.ndarray:
        """Robust weights, neighbours x points; their scale comes from the median."""
        size = np.hypot(residual[:, 0], residual[:, 1]) * self.unit
        middle = float(np.median(size[self.seen])) if self.seen.any() else 0.0
        scale = max(_NOISE_PX, 1.48 * middle)
        weights: np.ndarray = self.seen / (1 + (size / (2 * scale)) ** 2) ** 2
        return weights


def _field(
    points: np.ndarray, moved: np.ndarray, seen: np.ndarray, width: int, height: int
) -> _Field:
    """Normalised coordinates and columns."""
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    at = ((points - middle) / (width / 2)).T
    to = ((moved - middle) / (width / 2)).transpose(0, 2, 1)
    x, y = at
    columns = np.zeros((*to.shape, _ALL))
    columns[:, 0, :, :3] = columns[:, 1, :, 3:6] = np.stack([x, y, np.ones_like(x)], axis=1)
    columns[..., 6], columns[..., 7] = -to * x, -to * y
    columns[:, 0, :, 8], columns[:, 0, :, 9] = y**2, y**3
    columns[:, 1, :, 10], columns[:, 1, :, 11] = y**2, y**3
    columns[..., 12] = at * (x * x + y * y)
    columns[:, 0, :, 13] = columns[:, 1, :, 14] = 1.0
    columns[..., 15] = -to
    return _Field(at, to, columns, seen, width / 2)


def _ridge(weights: np.ndarray, size: int) -> np.ndarray:
    """Diagonal ridges, neighbours x size x size, in proportion to the weights' sum."""
    ridge = np.full(size, _RIDGE)
    ridge[_HOMOGRAPHY:_PLANE] = _NUISANCE_RIDGE
    total = np.maximum(weights.sum(axis=1), 1.0)
    diagonal: np.ndarray = np.eye(size) * (total[:, None] * ridge)[:, None, :]
    return diagonal


def _normal(columns: np.ndarray, weights: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Sum over points and both coordinates of columns x weight x other, per neighbour."""
    flipped = columns.swapaxes(2, 3)
    scaled = other * weights[:, None, :, None]
    total: np.ndarray = flipped[:, 0] @ scaled[:, 0] + flipped[:, 1] @ scaled[:, 1]
    return total


def _fit_camera(field: _Field, columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted least squares of every neighbour's parameters, neighbours x 16."""
    size = columns.shape[3]
    normal = _normal(columns, weights, columns) + _ridge(weights, size)
    right = _normal(columns, weights, field.to[..., None])
    camera = np.zeros((len(field.to), _ALL))
    camera[:, :size] = np.linalg.solve(normal, right)[..., 0]
    return camera


def _fit_plane(field: _Field) -> np.ndarray:
    """Homography (and lens terms) of every neighbour, translations zero."""
    weights = field.seen.astype(float)
    camera = _fit_camera(field, field.columns[..., :_PLANE], weights)
    for _ in range(_PLANE_ROUNDS - 1):
        weights = field.weights(field.residual(camera))
        camera = _fit_camera(field, field.columns[..., :_PLANE], weights)
    return camera


def _bundle(field: _Field, plane: np.ndarray) -> np.ndarray:
    """Cameras of all neighbours by a small bundle adjustment with one depth a point."""
    depth = _levelled(_first_depth(field, field.residual(plane)), field)
    camera = _fit_camera(field, _with_depth(field, depth), field.seen.astype(float))
    for _ in range(_PARALLAX_ROUNDS):
        weights = field.weights(field.residual(camera, depth))
        camera, depth = _adjusted(field, camera, depth, weights)
    return camera


def _with_depth(field: _Field, depth: np.ndarray) -> np.ndarray:
    """The columns with the depths put in."""
    columns = field.columns.copy()
    columns[..., _PLANE:] *= depth[:, None]
    return columns


def _adjusted(
    field: _Field, camera: np.ndarray, depth: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One Gauss-Newton step on cameras and depths together, depths eliminated (Schur)."""
    count = len(camera)
    columns, push = _with_depth(field, depth), field.push(camera)
    left = field.residual(camera, depth)
    ridge = _ridge(weights, _ALL)
    point = (weights[:, None] * push * push).sum(axis=(0, 1))
    point = point + _DAMPING * np.median(point) + 1e-12
    pull = (weights[:, None] * push * left).sum(axis=(0, 1))
    mixed = (columns * (weights[:, None] * push)[..., None]).sum(axis=1)
    own = _normal(columns, weights, columns) + ridge
    right = _normal(columns, weights, left[..., None]) - ridge @ camera[..., None]
    right = right[..., 0] - (mixed * (pull / point)[:, None]).sum(axis=1)
    system = np.zeros((count, _ALL, count, _ALL))
    for k in range(count):
        for other in range(count):
            system[k, :, other] = -mixed[k].T @ (mixed[other] / point[:, None])
        system[k, :, k] += own[k]
    square = system.reshape(count * _ALL, count * _ALL)
    held = square + np.diag(_DAMPING * own.diagonal(axis1=1, axis2=2).ravel() + 1e-9)
    step = np.linalg.solve(held, right.reshape(-1, 1)).reshape(count, _ALL)
    deeper = (pull - (mixed * step[:, None]).sum(axis=(0, 2))) / point
    return camera + step, depth + deeper


def _first_depth(field: _Field, flat: np.ndarray) -> np.ndarray:
    """Inverse depths from the widest neighbour's epipole; from the commonest profile without.

    Starting from the plane alone, the robust fit can settle on the far ground and call what is
    near an outlier; the fundamental matrix sees both.
    """
    far = int(np.argmax((np.hypot(flat[:, 0], flat[:, 1]) * field.seen).sum(axis=1)))
    found = _epipole(field, far)
    if found is None:
        rows = (flat * field.seen[:, None]).reshape(-1, flat.shape[2])
        _, vectors = np.linalg.eigh(rows @ rows.T)
        profile: np.ndarray = (rows * vectors[:, -1:]).sum(axis=0)
        return profile
    toward, inlier = found
    away = toward[:2, None] - field.to[far] * toward[2]
    long = np.maximum(np.hypot(*away), 1e-9)
    across = np.stack([-away[1], away[0]]) / long
    sideways = field.only(np.arange(flat.shape[2])).columns[far, :, :, :_PLANE]
    slanted = (sideways * across[..., None]).sum(axis=0)
    goal = (field.to[far] * across).sum(axis=0)
    use = inlier.astype(float)[:, None]
    normal = slanted.T @ (slanted * use) + _ridge(use.T, _PLANE)[0]
    plane = np.linalg.solve(normal, slanted.T @ (goal[:, None] * use))[:, 0]
    depth = ((field.to[far] - (sideways * plane).sum(axis=2)) * away).sum(axis=0) / long**2
    bound = 9 * float(np.median(np.abs(depth[inlier]))) + 1e-12
    return np.asarray(np.clip(depth, -bound, bound))


def _epipole(field: _Field, k: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Homogeneous epipole in neighbour k and which points obey it; None where undetermined."""
    use = field.seen[k]
    if use.sum() < 30:
        return None
    here = np.ascontiguousarray(field.at.T[use] * field.unit)
    there = np.ascontiguousarray(field.to[k].T[use] * field.unit)
    cv2.setRNGSeed(1)
    try:
        matrix, mask = cv2.findFundamentalMat(here, there, cv2.USAC_MAGSAC, 0.5, 0.999, 2000)
    except cv2.error:
        # OpenCV 5.0 asserts when no sample gives a model: points that did not move.
        return None
    if matrix is None or matrix.shape != (3, 3) or not np.isfinite(matrix).all():
        return None
    _, _, rows = np.linalg.svd(matrix.T)
    toward = rows[-1] / [field.unit, field.unit, 1.0]
    inlier = np.zeros(field.at.shape[1], bool)
    inlier[use] = mask.ravel() > 0
    return (toward / np.linalg.norm(toward), inlier) if inlier.sum() >= 30 else None


def _levelled(depth: np.ndarray, field: _Field) -> np.ndarray:
    """Depths without the part that belongs to the plane (the gauge), root mean square 1."""
    base = np.stack([*field.at, np.ones(len(depth))], axis=1)
    plane = np.linalg.solve(base.T @ base + 1e-9 * np.eye(3), base.T @ depth[:, None])
    level: np.ndarray = depth - (base * plane[:, 0]).sum(axis=1)
    return level / max(float(np.sqrt(np.mean(level**2))), 1e-12)


def _deepen(field: _Field, camera: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depth of every point, given the cameras, and what is left: neighbours x 2 x points."""
    push, plain = field.push(camera), field.residual(camera)
    weights = field.seen.astype(float)
    depth = np.zeros(plain.shape[2])
    length = (push * push).sum(axis=1)
    # Noise must not make depth where the camera hardly moved the point.
    ridge = 0.02 * float(np.median(length)) + 1e-12
    for _ in range(3):
        above = (weights[:, None] * push * plain).sum(axis=(0, 1))
        depth = above / np.maximum((weights * (length + ridge)).sum(axis=0), 1e-15)
        weights = np.maximum(field.weights(plain - depth * push), 1e-3 * field.seen)
    return depth, plain - depth * push


def _is_broad(flat: np.ndarray, bent: np.ndarray, seen: np.ndarray, cells: np.ndarray) -> bool:
    """Whether depth explains more than the plane in a good share of the picture's cells."""
    shown = seen.any(axis=0)
    if not shown.any():
        return False
    before, after = (np.median(np.hypot(r[:, 0], r[:, 1]), axis=0) for r in (flat, bent))
    floor = float(np.median(after[shown]))
    gains = []
    for cell in np.unique(cells[shown]):
        inside = shown & (cells == cell)
        gains.append(np.median(before[inside]) > 1.5 * np.median(after[inside]) + 0.5 * floor)
    return bool(sum(gains) >= _BROAD * len(gains))


def _cells(points: np.ndarray, width: int, height: int) -> np.ndarray:
    """Number of the coarse cell that each point stands in."""
    across, down = _CELLS
    cell = (points / [width / across, height / down]).astype(int)
    cell = np.clip(cell, 0, [across - 1, down - 1])
    numbers: np.ndarray = cell[:, 1] * across + cell[:, 0]
    return numbers


def _spread(seen: np.ndarray) -> np.ndarray:
    """Indices of up to _MOST_FITTED points, evenly spread over those that any neighbour shows."""
    shown = np.flatnonzero(seen.any(axis=0))
    if len(shown) <= _MOST_FITTED:
        return shown
    return np.asarray(shown[np.linspace(0, len(shown) - 1, _MOST_FITTED).round().astype(int)])

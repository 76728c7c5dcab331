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

import numpy as np

from landfast.model.arrays import Bool, Float64
from landfast.vision.geometry import magsac
from landfast.vision.geometry.breadth import cells_of, is_broad
from landfast.vision.geometry.rigidfield import ALL, FLAT, HOMOGRAPHY, OF, PLANE, Field, field_of
from landfast.vision.statistics.medians import median

Model = Literal["plane", "parallax"]

_MOST_FITTED: Final = 800
"""Points that the camera is fitted to. More do not change it; and matrix products of this size
stay below the size at which OpenBLAS starts threads, so sums do not depend on their number."""
_FEWEST_FITTED: Final = 30
"""Points below which depth is not asked for."""
_PLANE_ROUNDS: Final = 4
_PARALLAX_ROUNDS: Final = 5
_RIDGE: Final = 1e-7
"""Keeps the normal equations solvable where motion leaves a parameter undetermined."""
_NUISANCE_RIDGE: Final = 1e-3
"""Lens and shutter terms have to earn their keep: about 1 px at the picture's edge each."""
_DAMPING: Final = 1e-4
"""Holds the step along the gauge (scale and plane of the depths), which nothing determines."""


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
    push: Float64[np.ndarray, "neighbours points 2"]
    """Motion that one unit of inverse depth adds, px: along the epipolar lines; 0 for "plane"."""


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
    field = field_of(points, moved, seen, width=width, height=height)
    some = _spread(seen)
    part = field.only(some)
    plane = _fit_plane(part)
    flat = field.residual(plane)
    if len(some) < _FEWEST_FITTED:
        return _planar(flat, unit)
    camera = _bundle(part, plane)
    depth, bent = _deepen(field, camera)
    if not is_broad(flat, bent, seen, cells_of(points, width, height)):
        return _planar(flat, unit)
    push = field.push(camera)
    shift = np.abs(depth) * np.hypot(*push.transpose(1, 0, 2)).max(axis=0) * unit
    left, push = bent.transpose(0, 2, 1) * unit, push.transpose(0, 2, 1) * unit
    return RigidFit("parallax", left, depth, shift, push)


def _planar(flat: np.ndarray, unit: float) -> RigidFit:
    """A scene that is a plane, as far as its motion tells."""
    left, zero = flat.transpose(0, 2, 1) * unit, np.zeros(flat.shape[2])
    return RigidFit("plane", left, zero, zero, np.zeros_like(left))


def _ridge(weights: np.ndarray, size: int) -> np.ndarray:
    """Diagonal ridges, neighbours x size x size, in proportion to the weights' sum."""
    ridge = np.full(size, _RIDGE)
    ridge[HOMOGRAPHY:PLANE] = _NUISANCE_RIDGE
    total = np.maximum(weights.sum(axis=1), 1.0)
    diagonal: np.ndarray = np.eye(size) * (total[:, None] * ridge)[:, None, :]
    return diagonal


def _normal(
    columns: np.ndarray, weights: np.ndarray, goal: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Normal equations of every neighbour, of its parameters to a goal: matrices and right-hand
    sides, summed over points and both coordinates.

    Args:
        columns: Those of the field, neighbours x 2 x (8 or 10) x points.
        weights: Neighbours x points.
        goal: Neighbours x 2 x points.
    """
    count, size = len(columns), PLANE if columns.shape[2] == FLAT else ALL
    scaled = columns * weights[:, None, None]
    products = scaled @ columns.swapaxes(2, 3)
    goals = np.einsum("kxcp,kxp->kxc", scaled, goal)
    matrix, right = np.zeros((count, size, size)), np.zeros((count, size))
    for row, which in enumerate(OF[:, : columns.shape[2]]):
        matrix[:, which[:, None], which] += products[:, row]
        right[:, which] += goals[:, row]
    return matrix, right


def _fit_camera(field: Field, columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted least squares of every neighbour's parameters, neighbours x 16."""
    normal, right = _normal(columns, weights, field.to)
    size = right.shape[1]
    camera = np.zeros((len(field.to), ALL))
    camera[:, :size] = np.linalg.solve(normal + _ridge(weights, size), right[..., None])[..., 0]
    return camera


def _fit_plane(field: Field) -> np.ndarray:
    """Homography (and lens terms) of every neighbour, translations zero."""
    weights, columns = field.seen.astype(float), field.columns[:, :, :FLAT]
    camera = _fit_camera(field, columns, weights)
    for _ in range(_PLANE_ROUNDS - 1):
        camera = _fit_camera(field, columns, field.weights(field.residual(camera)))
    return camera


def _bundle(field: Field, plane: np.ndarray) -> np.ndarray:
    """Cameras of all neighbours by a small bundle adjustment with one depth a point."""
    depth = _levelled(_first_depth(field, field.residual(plane)), field)
    columns = field.columns.copy()
    columns[:, :, FLAT:] *= depth
    camera = _fit_camera(field, columns, field.seen.astype(float))
    for _ in range(_PARALLAX_ROUNDS):
        np.multiply(field.columns[:, :, FLAT:], depth, out=columns[:, :, FLAT:])
        left = field.residual(camera, depth)
        step, deeper = _step(field, camera, columns, left)
        camera, depth = camera + step, depth + deeper
    return _regauged(field, camera, depth)


def _regauged(field: Field, camera: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """The same cameras with the plane of the depths (which nothing determines) moved into the
    homographies, so that depths are small and their ridge costs little."""
    slope = field.plane_of(depth)
    moved = camera.copy()
    moved[:, 0:3] += camera[:, 13, None] * slope
    moved[:, 3:6] += camera[:, 14, None] * slope
    moved[:, 6:8] += camera[:, 15, None] * slope[:2]
    return np.asarray(moved / (1 + camera[:, 15, None] * slope[2]))


def _step(
    field: Field, camera: np.ndarray, columns: np.ndarray, left: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One Gauss-Newton step on cameras and depths together, depths eliminated (Schur).

    Args:
        field: The points.
        camera: Parameters so far.
        columns: The field's, depths put in.
        left: What cameras and depths leave of the motions.
    """
    count, weights, push = len(camera), field.weights(left), field.push(camera)
    ridge = _ridge(weights, ALL)
    pushed = weights[:, None] * push
    point = (pushed * push).sum(axis=(0, 1))
    point += _DAMPING * median(point) + 1e-12
    pull = (pushed * left).sum(axis=(0, 1))
    mixed = np.zeros((count, ALL, len(point)))
    for row, which in enumerate(OF):
        mixed[:, which] += columns[:, row] * pushed[:, row, None]
    own, right = _normal(columns, weights, left)
    own += ridge
    right -= (ridge @ camera[..., None])[..., 0] + np.einsum("kcp,p->kc", mixed, pull / point)
    system = np.zeros((count, ALL, count, ALL))
    for other in range(count):
        system[:, :, other] = -(mixed @ (mixed[other] / point).T)
        system[other, :, other] += own[other]
    square = system.reshape(count * ALL, count * ALL)
    held = square + np.diag(_DAMPING * own.diagonal(axis1=1, axis2=2).ravel() + 1e-9)
    step = np.linalg.solve(held, right.reshape(-1, 1)).reshape(count, ALL)
    return step, (pull - np.einsum("kcp,kc->p", mixed, step)) / point


def _first_depth(field: Field, flat: np.ndarray) -> np.ndarray:
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
    slanted = np.zeros((PLANE, len(long)))
    for row, which in enumerate(OF[:, :FLAT]):
        slanted[which] += field.columns[far, row, :FLAT] * across[row]
    goal = (field.to[far] * across).sum(axis=0)
    use = inlier.astype(float)
    normal = slanted @ (slanted * use).T + _ridge(use[None], PLANE)[0]
    plane = np.zeros((1, ALL))
    plane[0, :PLANE] = np.linalg.solve(normal, slanted @ (goal * use)[:, None])[:, 0]
    depth = (field.residual(plane)[far] * away).sum(axis=0) / long**2
    bound = 9 * median(np.abs(depth[inlier])) + 1e-12
    return np.asarray(np.clip(depth, -bound, bound))


def _epipole(field: Field, k: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Homogeneous epipole in neighbour k and which points obey it; None where undetermined."""
    use = field.seen[k]
    if use.sum() < 30:
        return None
    here = np.ascontiguousarray(field.at.T[use] * field.unit)
    there = np.ascontiguousarray(field.to[k].T[use] * field.unit)
    found = magsac.fundamental(here, there, 0.5)
    if found is None:
        return None
    _, _, rows = np.linalg.svd(found.matrix.T)
    toward = rows[-1] / [field.unit, field.unit, 1.0]
    inlier = np.zeros(field.at.shape[1], bool)
    inlier[use] = found.follows
    return (toward / np.linalg.norm(toward), inlier) if inlier.sum() >= 30 else None


def _levelled(depth: np.ndarray, field: Field) -> np.ndarray:
    """Depths without the part that belongs to the plane (the gauge), root mean square 1."""
    x, y = field.at
    slope = field.plane_of(depth)
    level: np.ndarray = depth - (slope[0] * x + slope[1] * y + slope[2])
    return level / max(float(np.sqrt(np.mean(level**2))), 1e-12)


def _deepen(field: Field, camera: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depth of every point, given the cameras, and what is left: neighbours x 2 x points."""
    push, plain = field.push(camera), field.residual(camera)
    weights = field.seen.astype(float)
    depth = np.zeros(plain.shape[2])
    length = (push * push).sum(axis=1)
    # Noise must not make depth where the camera hardly moved the point.
    ridge = 0.02 * median(length) + 1e-12
    for _ in range(3):
        above = (weights[:, None] * push * plain).sum(axis=(0, 1))
        depth = above / np.maximum((weights * (length + ridge)).sum(axis=0), 1e-15)
        weights = np.maximum(field.weights(plain - depth * push), 1e-3 * field.seen)
    return depth, plain - depth * push


def _spread(seen: np.ndarray) -> np.ndarray:
    """Indices of up to _MOST_FITTED points, evenly spread over those that any neighbour shows."""
    shown = np.flatnonzero(seen.any(axis=0))
    if len(shown) <= _MOST_FITTED:
        return shown
    return np.asarray(shown[np.linspace(0, len(shown) - 1, _MOST_FITTED).round().astype(int)])

"""Plane and parallax: how points at different depths move, from their tracks alone.

In every frame a point x of the anchor frame lies at H x + g e: H carries one plane of the scene,
e is where the cameras see each other, and g, the same in all frames, is how far the point's
inverse depth is from the plane's (Sawhney, CVPR 1994; Irani and Anandan, ECCV 1996). No focal
length is needed, and it may change. H, e and g are found in turns, each by weighted linear
equations (resection and intersection), beginning with the epipolar geometry of the widest pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.geometry import magsac
from landfast.vision.overlay.maps import Map
from landfast.vision.statistics.medians import known_medians
from landfast.vision.statistics.robust import MAD_TO_SIGMA, geman_mcclure

Seen = Float64[np.ndarray, "frame point 2"]
Views = Float64[np.ndarray, "frame 3 4"]

_LEAST_POINTS = 40
_LEAST_SHARE = 0.6
"""Points of the pair to begin with, beside the frame that sees most."""
_LEAST_PARALLAX_PX = 0.6
"""Distance from the best homography (80th percentile) below which nothing has depth."""
_ROUNDS, _SETTLING = 6, 3
_FINEST_PX = 0.1
_WORST_PX = 1.5
"""Median error above which the points do not lie in one rigid scene."""


@dataclass(frozen=True, slots=True)
class Parallax:
    """A stretch of frames held against one anchor; all in the anchor's and frames' pixels."""

    views: Views
    """H and e side by side, a frame; NaN where not known."""
    depths: Float64[np.ndarray, " point"]
    """g of each point; NaN where no frames tell it."""
    errors_px: Float64[np.ndarray, " point"]
    """Median distance of a point from where it should be; NaN where never seen."""
    scale_px: float
    """Standard deviation of one sight of a point that belongs to the scene."""

    def plane(self, frame: int, depth: Float64[np.ndarray, "3"]) -> Map | None:
        """The homography of another plane, whose g is `depth` times (x, y, 1)."""
        view = self.views[frame]
        if not np.isfinite(view).all():
            return None
        found = view[:, :3] + np.outer(view[:, 3], depth)
        return np.asarray(found / found[2, 2]) if abs(found[2, 2]) > 1e-9 else None


def project(
    views: Views, points: Float64[np.ndarray, "point 2"], depths: Float64[np.ndarray, " point"]
) -> Seen:
    """Where points of the anchor lie in each frame."""
    solid = _solid(points, depths)
    there = np.einsum("fij,pj->fpi", views, solid)
    return np.asarray(there[..., :2] / there[..., 2:])


def slopes(
    views: Views, points: Float64[np.ndarray, "point 2"], depths: Float64[np.ndarray, " point"]
) -> Float64[np.ndarray, "frame point"]:
    """Pixels by which a point moves in each frame for one unit of its g."""
    there = np.einsum("fij,pj->fpi", views, _solid(points, depths))
    e, w = views[:, None, :, 3], there[..., 2:]
    return np.asarray(np.linalg.norm((e[..., :2] - there[..., :2] / w * e[..., 2:]) / w, axis=-1))


def solve_parallax(points: Float64[np.ndarray, "point 2"], seen: Seen) -> Parallax | None:
    """Motion and depth of points, or None where no parallax or no rigid scene is to be seen.

    Args:
        points: In the anchor frame, pixels.
        seen: The same in each later frame; NaN where a point is lost.
    """
    if len(points) < _LEAST_POINTS or not len(seen):
        return None
    unit = _unit(points)
    here, there = _scaled(points, unit), _scaled(seen, unit)
    pair = _widest(here, there, unit[0, 0])
    if pair is None:
        return None
    depths = _begun(here, there[pair], unit[0, 0])
    if depths is None:
        return None
    finest = _FINEST_PX * unit[0, 0]
    known = np.isfinite(there[..., 0])
    weights = np.where(known & np.isfinite(depths), 1.0, 0.0)
    views = np.full((len(seen), 3, 4), np.nan)
    for turn in range(_ROUNDS):
        for _ in range(_SETTLING if turn else 2 * _SETTLING):
            views = _resected(here, there, depths, weights)
            off = _off(views, here, there, depths)
            weights = _weights(off, known, finest)
        depths = _intersected(views, here, there, np.where(known, weights, 0.0), depths)
        weights = _weights(_off(views, here, there, depths), known, finest)
    off = _off(views, here, there, depths)
    if not np.isfinite(off).any():
        return None
    errors = known_medians(off) / unit[0, 0]
    scale = MAD_TO_SIGMA * float(np.nanmedian(off)) / unit[0, 0]
    if not np.isfinite(scale) or scale > _WORST_PX:
        return None
    spread = float(np.nanmedian(np.abs(depths))) or 1.0
    lift = np.diag([1.0, 1.0, 1.0, spread])
    back = np.linalg.inv(unit)
    forth = np.eye(4)
    forth[:3, :3] = unit
    pixels = back @ (views @ lift) @ forth
    return Parallax(pixels, depths / spread, errors, max(scale, _FINEST_PX))


def _solid(
    points: Float64[np.ndarray, "point 2"], depths: Float64[np.ndarray, " point"]
) -> Float64[np.ndarray, "point 4"]:
    return np.column_stack([points, np.ones(len(points)), depths])


def _unit(points: Float64[np.ndarray, "point 2"]) -> Map:
    """To coordinates of about 1 around 0, in which linear equations are well weighed."""
    middle = points.mean(axis=0)
    size = 1 / max(float(np.abs(points - middle).mean()), 1e-6)
    return np.array([[size, 0, -size * middle[0]], [0, size, -size * middle[1]], [0, 0, 1.0]])


def _scaled(points: np.ndarray, unit: Map) -> np.ndarray:
    return np.asarray(points * unit[0, 0] + unit[:2, 2])


def _widest(here: Float64[np.ndarray, "point 2"], there: Seen, pixel: float) -> int | None:
    """The frame that departs most from one homography while enough points last."""
    counts = np.isfinite(there[..., 0]).sum(axis=1)
    best, most = None, _LEAST_PARALLAX_PX * pixel
    for frame in range(len(there)):
        if counts[frame] < max(_LEAST_POINTS, _LEAST_SHARE * counts.max()):
            continue
        known = np.isfinite(there[frame, :, 0])
        found, _ = cv2.findHomography(here[known], there[frame, known], 0)
        if found is None:
            continue
        off = cv2.perspectiveTransform(here[None, known], found)[0] - there[frame, known]
        width = float(np.quantile(np.linalg.norm(off, axis=1), 0.8))
        if width > most:
            best, most = frame, width
    return best


def _begun(
    here: Float64[np.ndarray, "point 2"], there: Float64[np.ndarray, "point 2"], pixel: float
) -> Float64[np.ndarray, " point"] | None:
    """g of the points of one pair, the plane being the one that most of them lie near."""
    known = np.flatnonzero(np.isfinite(there[:, 0]))
    found = magsac.fundamental(here[known] / pixel, there[known] / pixel, 1.0)
    if found is None or found.follows.sum() < _LEAST_POINTS:
        return None
    square = np.diag([1 / pixel, 1 / pixel, 1.0])
    fundamental = square @ found.matrix @ square
    epipole = np.linalg.svd(fundamental.T)[2][-1]
    e = epipole / np.linalg.norm(epipole)
    cross = np.array([[0, -e[2], e[1]], [e[2], 0, -e[0]], [-e[1], e[0], 0]])
    base = cross @ fundamental
    base /= np.linalg.norm(base)
    inside = known[found.follows]
    x = np.column_stack([here[inside], np.ones(len(inside))])
    y = np.column_stack([there[inside], np.ones(len(inside))])
    fixed, along = np.cross(y, x @ base.T), np.cross(y, e[None])
    needed = -(fixed * along).sum(axis=1) / np.maximum((along * along).sum(axis=1), 1e-12)
    plane = _robust_plane(x, needed)
    depths = np.full(len(here), np.nan)
    depths[inside] = needed - x @ plane
    return depths


def _robust_plane(
    x: Float64[np.ndarray, "point 3"], values: Float64[np.ndarray, " point"]
) -> Float64[np.ndarray, "3"]:
    weights = np.ones(len(x))
    plane = np.zeros(3)
    for _ in range(12):
        normal = x.T @ (weights[:, None] * x) + 1e-9 * np.eye(3)
        plane = np.linalg.solve(normal, x.T @ (weights * values))
        off = np.abs(values - x @ plane)
        weights = geman_mcclure(off, max(2 * float(np.median(off)), 1e-9))
    return plane


def _resected(
    here: Float64[np.ndarray, "point 2"],
    there: Seen,
    depths: Float64[np.ndarray, " point"],
    weights: Float64[np.ndarray, "frame point"],
) -> Views:
    """H and e of every frame from points whose g is known: the least eigenvector (DLT)."""
    solid = _solid(here, np.nan_to_num(depths))
    use = np.where(np.isfinite(depths), weights, 0.0)
    y = np.nan_to_num(there)
    blocks = np.einsum("fp,pi,pj->fij", use, solid, solid)
    across, down = (
        np.einsum("fp,fp,pi,pj->fij", use, y[..., axis], solid, solid, optimize=True)
        for axis in (0, 1)
    )
    both = np.einsum("fp,fp,pi,pj->fij", use, np.square(y).sum(axis=2), solid, solid, optimize=True)
    normal = np.zeros((len(there), 12, 12))
    normal[:, :4, :4] = normal[:, 4:8, 4:8] = blocks
    normal[:, :4, 8:] = normal[:, 8:, :4] = -across
    normal[:, 4:8, 8:] = normal[:, 8:, 4:8] = -down
    normal[:, 8:, 8:] = both
    found = np.linalg.eigh(normal)[1][:, :, 0].reshape(-1, 3, 4)
    found = found / np.where(np.abs(found[:, 2:, 2:3]) > 1e-12, found[:, 2:, 2:3], np.nan)
    found[(use > 0.05).sum(axis=1) < _LEAST_POINTS / 2] = np.nan
    return np.asarray(found)


def _intersected(
    views: Views,
    here: Float64[np.ndarray, "point 2"],
    there: Seen,
    weights: Float64[np.ndarray, "frame point"],
    depths: Float64[np.ndarray, " point"],
) -> Float64[np.ndarray, " point"]:
    """g of every point from frames that are known."""
    known = np.isfinite(views).all(axis=(1, 2))
    views, y, use = views[known], np.nan_to_num(there[known]), weights[known].copy()
    fresh = ~np.isfinite(depths)
    use[:, fresh] = np.isfinite(there[known][:, fresh, 0])
    fixed = np.einsum("fij,pj->fpi", views[..., :3], np.column_stack([here, np.ones(len(here))]))
    e = views[:, None, :, 3]
    result = np.nan_to_num(depths)
    for _ in range(3):
        w = np.maximum(np.abs(fixed[..., 2] + result * e[..., 2]), 1e-6)
        constant = (fixed[..., :2] - y * fixed[..., 2:]) / w[..., None]
        slope = (e[..., :2] - y * e[..., 2:]) / w[..., None]
        strength = (use[..., None] * slope * slope).sum(axis=(0, 2))
        pull = -(use[..., None] * slope * constant).sum(axis=(0, 2))
        result = pull / np.maximum(strength, 1e-12)
    return np.where(strength > 1e-9, result, np.nan)


def _off(
    views: Views,
    here: Float64[np.ndarray, "point 2"],
    there: Seen,
    depths: Float64[np.ndarray, " point"],
) -> Float64[np.ndarray, "frame point"]:
    return np.asarray(np.linalg.norm(project(views, here, depths) - there, axis=2))


def _weights(
    off: Float64[np.ndarray, "frame point"], known: np.ndarray, finest: float
) -> Float64[np.ndarray, "frame point"]:
    """Robust, and less for points that are off in most frames: what moves by itself."""
    scale = (
        max(MAD_TO_SIGMA * float(np.nanmedian(off)), finest) if np.isfinite(off).any() else finest
    )
    whole = np.maximum(np.nan_to_num(off, nan=0.0), np.nan_to_num(known_medians(off))[None])
    weights = geman_mcclure(whole, 2 * scale)
    return np.where(known & np.isfinite(off), weights, 0.0)

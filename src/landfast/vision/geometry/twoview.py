"""Two-view geometry: which rigid relation, if any, explains the matches of two pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64, UInt8
from landfast.vision.geometry import magsac
from landfast.vision.geometry.features import Matches, match

Model = Literal["homography", "epipolar", "none"]

_NOISE_PX: Final = 1.0
"""Standard deviation assumed for a matched point, in pixels of the pictures."""
_INLIER_PX: Final = 2.5
"""A match within this distance of its model is an inlier."""
_CONFIDENCE: Final = 0.9999
_ITERATIONS: Final = 4000
_RADIUS: Final = 1 / 14
"""A matched point covers a disc of this share of the diagonal."""


@dataclass(frozen=True, slots=True)
class TwoView:
    """How two pictures are related; distances in pixels of the pictures.

    Attributes:
        model: What the evidence supports.
        homography: Maps points of `a` to `b` (the dominant plane or far scene where the model is
            epipolar), scaled to 1 at the lower right; None where there is none.
        fundamental: `b' F a = 0`; only where the model is epipolar.
        points_a, points_b: Matches that the model explains.
        matches, inliers: Their numbers before and after.
        features: The smaller number of features found in either picture.
        overlap: Share of the picture near matched structure, the smaller of both pictures; None
            where nothing could be matched.
        motion_px: Median displacement of inliers.
        parallax_px: 90th percentile of what the homography leaves unexplained on inliers.
        reason: The evidence in a sentence.
    """

    model: Model
    homography: Float64[np.ndarray, "3 3"] | None
    fundamental: Float64[np.ndarray, "3 3"] | None
    points_a: Float32[np.ndarray, "inliers 2"]
    points_b: Float32[np.ndarray, "inliers 2"]
    matches: int
    inliers: int
    features: int
    overlap: float | None
    motion_px: float | None
    parallax_px: float | None
    reason: str


def relate(a: UInt8[np.ndarray, "height width"], b: UInt8[np.ndarray, "height width"]) -> TwoView:
    """Relation of two grey pictures of one size, in their own pixels.

    Homography and fundamental matrix are fitted by MAGSAC++ (Barath et al., CVPR 2020) and the
    simpler is kept unless GRIC (Torr, 1998) says that the scene's depth shows. A relation counts
    only where it explains more matches than chance would (Brown & Lowe, IJCV 2007).
    """
    height, width = a.shape
    return relate_matches(match(a, b), width=width, height=height)


def relate_matches(found: Matches, *, width: int, height: int) -> TwoView:
    """`relate` for points that are already matched."""
    a, b = found.points_a.astype(np.float64), found.points_b.astype(np.float64)
    homography, fundamental = _fit_homography(a, b), _fit_fundamental(a, b)
    flat = None if homography is None else transfer_error(homography, a, b)
    deep = None if fundamental is None else sampson_error(fundamental, a, b)
    model, errors = _choose(flat, deep)
    kept = np.zeros(len(a), bool) if errors is None else errors < _INLIER_PX
    if not _beyond_chance(int(kept.sum()), len(a)):
        return _unrelated(found)
    moved = np.linalg.norm(b - a, axis=1)[kept]
    known = np.empty(0) if flat is None else flat[kept & np.isfinite(flat)]
    points_a, points_b = found.points_a[kept], found.points_b[kept]
    covered = min(coverage(p, width=width, height=height) for p in (points_a, points_b))
    return TwoView(
        model=model,
        homography=homography,
        fundamental=fundamental if model == "epipolar" else None,
        points_a=points_a,
        points_b=points_b,
        matches=len(a),
        inliers=int(kept.sum()),
        features=min(found.features_a, found.features_b),
        overlap=covered,
        motion_px=float(np.median(moved)),
        parallax_px=float(np.percentile(known, 90)) if len(known) else None,
        reason=f"a {model} relation explains {int(kept.sum())} of {len(a)} matches",
    )


def transfer_error(
    homography: Float64[np.ndarray, "3 3"],
    a: Float64[np.ndarray, "n 2"],
    b: Float64[np.ndarray, "n 2"],
) -> Float64[np.ndarray, " n"]:
    """Distance between points of `b` and where the homography takes those of `a`; inf behind."""
    moved = np.column_stack([a, np.ones(len(a))]) @ homography.T
    ahead = moved[:, 2] > 1e-9
    at = moved[:, :2] / np.where(ahead, moved[:, 2], 1.0)[:, None]
    return np.asarray(np.where(ahead, np.linalg.norm(at - b, axis=1), np.inf))


def sampson_error(
    fundamental: Float64[np.ndarray, "3 3"],
    a: Float64[np.ndarray, "n 2"],
    b: Float64[np.ndarray, "n 2"],
) -> Float64[np.ndarray, " n"]:
    """First-order distance of matches to the epipolar relation (Hartley & Zisserman 11.4.3)."""
    ah, bh = np.column_stack([a, np.ones(len(a))]), np.column_stack([b, np.ones(len(b))])
    line_b, line_a = ah @ fundamental.T, bh @ fundamental
    scale = (line_b[:, :2] ** 2).sum(axis=1) + (line_a[:, :2] ** 2).sum(axis=1)
    return np.asarray(np.abs((bh * line_b).sum(axis=1)) / np.sqrt(np.maximum(scale, 1e-18)))


def coverage(points: Float32[np.ndarray, "n 2"], *, width: int, height: int) -> float:
    """Share of the picture within a fourteenth of its diagonal of a point."""
    scale = 160 / max(width, height)
    small = np.full((max(1, round(height * scale)), max(1, round(width * scale))), 255, np.uint8)
    at = np.clip((points * scale).astype(int), 0, np.array(small.shape[::-1]) - 1)
    small[at[:, 1], at[:, 0]] = 0
    away: np.ndarray = cv2.distanceTransform(small, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    near = away <= _RADIUS * float(np.hypot(*small.shape))
    return float(near.mean()) if len(points) else 0.0


def gric(errors: Float64[np.ndarray, " n"], *, dimension: int, parameters: int) -> float:
    """Geometric robust information criterion (Torr 1998); the smaller, the better the model.

    Args:
        errors: Distance of every match to the model, pixels.
        dimension: Of the manifold the matches lie on: 2 for a homography, 3 for epipolar.
        parameters: Of the model: 8 and 7.
    """
    count = max(len(errors), 1)
    cost = np.minimum((errors / _NOISE_PX) ** 2, 2.0 * (4 - dimension))
    return float(cost.sum() + np.log(4) * dimension * count + np.log(4 * count) * parameters)


def _fit_homography(
    a: Float64[np.ndarray, "n 2"], b: Float64[np.ndarray, "n 2"]
) -> Float64[np.ndarray, "3 3"] | None:
    if len(a) < 8:
        return None
    found = magsac.homography(a, b, _INLIER_PX, confidence=_CONFIDENCE, rounds=_ITERATIONS)
    return None if found is None else found.matrix


def _fit_fundamental(
    a: Float64[np.ndarray, "n 2"], b: Float64[np.ndarray, "n 2"]
) -> Float64[np.ndarray, "3 3"] | None:
    if len(a) < 16:
        return None
    found = magsac.fundamental(a, b, 1.0, confidence=_CONFIDENCE, rounds=_ITERATIONS)
    return None if found is None else found.matrix


def _choose(flat: np.ndarray | None, deep: np.ndarray | None) -> tuple[Model, np.ndarray | None]:
    if flat is None:
        return ("none", None) if deep is None else ("epipolar", deep)
    if deep is None:
        return "homography", flat
    plane = gric(flat, dimension=2, parameters=8)
    depth = gric(deep, dimension=3, parameters=7)
    return ("homography", flat) if plane <= depth else ("epipolar", deep)


def _beyond_chance(inliers: int, matches: int) -> bool:
    return inliers > 8 + 0.3 * matches


def _unrelated(found: Matches) -> TwoView:
    nothing = np.zeros((0, 2), np.float32)
    few = min(found.features_a, found.features_b)
    return TwoView(
        model="none",
        homography=None,
        fundamental=None,
        points_a=nothing,
        points_b=nothing,
        matches=len(found.points_a),
        inliers=0,
        features=few,
        overlap=None,
        motion_px=None,
        parallax_px=None,
        reason=f"no rigid relation explains the {len(found.points_a)} matches of {few} features",
    )

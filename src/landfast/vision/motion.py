"""Camera motion from one frame to the next: a homography and a similarity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from landfast.media.grid import Grid
from landfast.model.arrays import Bool, Float, Float64, UInt8
from landfast.vision.tracks import LEVELS, NEAR_LEVELS, Followed, Points, follow, shift_between
from landfast.vision.windows import quantile

Gray = UInt8[np.ndarray, "height width"]

_TOLERANCE_PX = 1.0
"""Reprojection error at working width up to which a point follows the model."""
_POLISHING = 3
_FINEST_PX = 0.15
"""No point is expected to be better than this, working pixels."""
_LEAST_INLIERS = 10
_LEAST_SHARE = 0.25
_GOOD_SHARE = 0.6
_SURE_SHARE = 0.8
"""Share of points that must agree for the quick search to do."""


class PairMotion(NamedTuple):
    """Motion between two frames in source pixels, as in the table's columns."""

    dx: float
    dy: float
    rotation_deg: float
    scale: float
    inliers: float
    motion_px: float


NO_MOTION = PairMotion(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Fit:
    """A homography and who follows it, all in working pixels."""

    homography: Float64[np.ndarray, "3 3"]
    inliers: Bool[np.ndarray, " point"]


def fit_homography(
    before: Points, after: Points, *, tolerance_px: float = _TOLERANCE_PX
) -> Fit | None:
    """Homography that most points follow; None where too few do.

    MAGSAC++ (Barath et al., CVPR 2020) as in OpenCV's USAC, with a fixed seed.
    """
    if len(before) < _LEAST_INLIERS:
        return None
    options = cv2.UsacParams()
    options.score = cv2.SCORE_METHOD_MAGSAC
    options.loMethod = cv2.LOCAL_OPTIM_SIGMA
    options.threshold = tolerance_px
    options.maxIterations = 500
    options.confidence = 0.999
    options.isParallel = False
    options.randomGeneratorState = 7
    try:
        H, mask = cv2.findHomography(before, after, options)
    except cv2.error:  # raised where no sample of points gives a model
        return None
    if H is None or not mask.any():
        return None
    return _settled(H, before, after, tolerance_px)


def _fit_near(
    expected: Float64[np.ndarray, "3 3"], foretold: Points, before: Points, after: Points
) -> Fit | None:
    """Homography close to the expected one, without a search; None where few points follow it.

    Args:
        foretold: `before` under `expected`.
    """
    if len(before) < _LEAST_INLIERS:
        return None
    off = after - foretold
    shift = np.eye(3)
    shift[:2, 2] = quantile(off[:, 0], 0.5), quantile(off[:, 1], 0.5)
    fit = _settled(shift @ expected, before, after, _TOLERANCE_PX)
    return fit if fit is not None and _mean(fit.inliers) >= _SURE_SHARE else None


def _mean(flags: Bool[np.ndarray, " point"]) -> float:
    return np.count_nonzero(flags) / len(flags)


def _settled(
    H: Float64[np.ndarray, "3 3"], before: Points, after: Points, tolerance_px: float
) -> Fit | None:
    """Least squares over the points that agree, judged ever more strictly by their own spread.

    Points that slide along an edge are off by half a pixel where others are off by a twentieth.
    Computed from -1 to 1, where the normal equations are well conditioned.
    """
    half = _half_of(before)
    to_unit, unit = _units(half)
    start, goal = np.ones((3, len(before))), after.T.astype(np.float64) / half - 1
    start[:2] = before.T.astype(np.float64) / half - 1
    h = to_unit @ H @ unit
    seen = _Landed.of(h, start, goal, half)
    last: Bool[np.ndarray, " point"] | None = None
    for _ in range(_POLISHING):
        keep = None if seen is None else seen.believed(tolerance_px)
        if seen is None or keep is None:
            return None
        if np.count_nonzero(keep) < _LEAST_INLIERS or (
            last is not None and np.array_equal(keep, last)
        ):
            break
        last, step = keep, seen.step(keep)
        if step is None:
            break
        h = h / h[2, 2] + step
        seen = _Landed.of(h, start, goal, half)
    if seen is None:
        return None
    H, inliers = unit @ h @ to_unit, seen.distance < tolerance_px
    return Fit(H / H[2, 2], inliers) if np.count_nonzero(inliers) >= _LEAST_INLIERS else None


def _half_of(points: Points) -> float:
    """Half of a picture that holds the points, a power of two: few pictures, few units."""
    return float(2 ** max(0, math.ceil(math.log2(max(float(points.max()), 1.0))) - 1))


@lru_cache(maxsize=16)
def _units(half: float) -> tuple[Float64[np.ndarray, "3 3"], Float64[np.ndarray, "3 3"]]:
    """From pixels to -1 to 1, and back."""
    return (
        np.array([[1 / half, 0, -1], [0, 1 / half, -1], [0, 0, 1]]),
        np.array([[half, 0, half], [0, half, half], [0, 0, 1]]),
    )


@dataclass(frozen=True, slots=True)
class _Landed:
    """Where a homography carries points, -1 to 1, and what is left to where they were found."""

    parts: Float64[np.ndarray, "7 point"]
    """The points over their depth (3), where they land (2), what is left (2)."""
    distance: Float64[np.ndarray, " point"]
    """Length of what is left, pixels."""

    @classmethod
    def of(
        cls,
        h: Float64[np.ndarray, "3 3"],
        start: Float64[np.ndarray, "3 point"],
        goal: Float64[np.ndarray, "2 point"],
        half: float,
    ) -> _Landed | None:
        """None where the homography is none, or a point lies at infinity."""
        if not np.isfinite(h).all() or abs(h[2, 2]) < 1e-9:
            return None
        h = h / h[2, 2]
        depth = h[2] @ start
        if np.abs(depth).min() < 1e-6:
            return None
        parts = np.empty((7, len(depth)))
        rays, now, left = parts[:3], parts[3:5], parts[5:]
        np.divide(start, depth, out=rays)
        np.matmul(h[:2], rays, out=now)
        np.subtract(goal, now, out=left)
        return cls(parts, np.hypot(left[0], left[1]) * half)

    def believed(self, tolerance_px: float) -> Bool[np.ndarray, " point"] | None:
        """The points that agree by the spread of those within tolerance; None with too few."""
        near = self.distance[self.distance < tolerance_px]
        if len(near) < _LEAST_INLIERS:
            return None
        return self.distance < min(max(3 * quantile(near, 0.5), _FINEST_PX), tolerance_px)

    def step(self, keep: Bool[np.ndarray, " point"]) -> Float64[np.ndarray, "3 3"] | None:
        """A Gauss-Newton step towards the least squared distance; from nearby, all of it.

        The slope of a carried point (u, v) is (p, 0, -u x, -u y) in u and (0, p, -v x, -v y) in v:
        all sums that the normal equations need are products of nine rows.
        """
        kept = self.parts.compress(keep, axis=1)
        rows = np.empty((9, kept.shape[1]))
        rows[:3], rows[7:] = kept[:3], kept[5:]
        np.multiply(kept[:2], kept[3], out=rows[3:5])
        np.multiply(kept[:2], kept[4], out=rows[5:7])
        sums = rows @ rows.T
        normal = np.zeros((8, 8))
        normal[:3, :3] = normal[3:6, 3:6] = sums[:3, :3]
        normal[:3, 6:], normal[3:6, 6:] = -sums[:3, 3:5], -sums[:3, 5:7]
        normal[6:, :6] = normal[:6, 6:].T
        normal[6:, 6:] = sums[3:5, 3:5] + sums[5:7, 5:7]
        pull = np.concatenate([sums[:3, 7], sums[:3, 8], -sums[3:5, 7] - sums[5:7, 8]])
        try:
            solved = np.linalg.solve(normal, pull)
        except np.linalg.LinAlgError:
            return None
        step = np.zeros(9)
        step[:8] = solved
        return step.reshape(3, 3)


def carry(H: Float64[np.ndarray, "3 3"], points: Float[np.ndarray, "point 2"]) -> Points:
    """Points under a homography."""
    moved = cv2.perspectiveTransform(points.reshape(-1, 1, 2).astype(np.float64), H)
    return np.asarray(moved, dtype=np.float32).reshape(-1, 2)


def lengths(vectors: Float[np.ndarray, "point 2"]) -> Float[np.ndarray, " point"]:
    """Of each vector; a quarter of what `np.linalg.norm` takes."""
    return np.asarray(np.hypot(vectors[:, 0], vectors[:, 1]))


@dataclass(frozen=True, slots=True)
class Step:
    """Points followed over one pair of frames, and the model that they support."""

    followed: Followed
    fit: Fit | None
    """Over all points, lost ones counted as outliers; None where the motion is not measured."""


def step(
    before: Gray, after: Gray, points: Points, *, expected: Float64[np.ndarray, "3 3"] | None
) -> Step:
    """Follow points into the next frame.

    Tried first where the last motion leads, and close to there. Where few points agree, farther
    away; then with the light of the two frames matched, from their old place, and from the
    displacement that phase correlation finds.
    """
    guess = None if expected is None else carry(expected, points)
    if guess is not None:
        quick = _attempt(before, after, points, guess, levels=NEAR_LEVELS, near=expected)
        if _share(quick) >= _SURE_SHARE:
            return quick
    best = _attempt(before, after, points, guess)
    if _share(best) >= _GOOD_SHARE or len(points) < _LEAST_INLIERS:
        return best
    lit = relit(before, after)
    for start in (guess, None) if lit is not before else (None,):
        best = max(best, _attempt(lit, after, points, start), key=_share)
    shift = shift_between(lit, after) if _share(best) < _GOOD_SHARE else None
    if shift is not None:
        best = max(
            best, _attempt(lit, after, points, points + np.array(shift, np.float32)), key=_share
        )
    return best


def relit(picture: Gray, like: Gray) -> Gray:
    """The picture brought to the mean and spread of another: following points assumes one light."""
    (mean,), (spread,) = (value.ravel() for value in cv2.meanStdDev(picture))
    (wanted_mean,), (wanted_spread,) = (value.ravel() for value in cv2.meanStdDev(like))
    if spread < 1 or wanted_spread < 1:
        return picture
    gain = min(max(wanted_spread / spread, 0.25), 4.0)
    if abs(wanted_mean - mean) < 2 and abs(gain - 1) < 0.05:
        return picture
    levels = (np.arange(256) - mean) * gain + wanted_mean
    return np.asarray(cv2.LUT(picture, np.clip(np.rint(levels), 0, 255).astype(np.uint8)))


def _attempt(
    before: Gray,
    after: Gray,
    points: Points,
    guess: Points | None,
    *,
    levels: int = LEVELS,
    near: Float64[np.ndarray, "3 3"] | None = None,
) -> Step:
    followed = follow(before, after, points, guess=guess, levels=levels)
    pairs = points[followed.found], followed.points[followed.found]
    fit = None
    if near is not None and guess is not None:
        fit = _fit_near(near, guess[followed.found], *pairs)
    fit = fit or fit_homography(*pairs)
    if fit is None or fit.inliers.sum() < _LEAST_SHARE * len(points):
        return Step(followed, None)
    everyone = np.zeros(len(points), bool)
    everyone[np.flatnonzero(followed.found)[fit.inliers]] = True
    return Step(followed, Fit(fit.homography, everyone))


def _share(attempt: Step) -> float:
    fit = attempt.fit
    return 0.0 if fit is None else _mean(fit.inliers)


def pair_motion(points: Points, step: Step, grid: Grid) -> PairMotion:
    """The table's motion columns of one pair; all NaN where no model holds."""
    if step.fit is None:
        return NO_MOTION
    before, after = points[step.followed.found], step.followed.points[step.followed.found]
    moved = lengths((after - before) * (grid.scale_x, grid.scale_y))
    shift, factor, turn = at_centre(grid.homography_to_source(step.fit.homography), grid)
    return PairMotion(
        dx=float(shift[0]),
        dy=float(shift[1]),
        rotation_deg=math.degrees(turn),
        scale=factor,
        inliers=_mean(step.fit.inliers),
        motion_px=quantile(moved, 0.5),
    )


def at_centre(
    H: Float64[np.ndarray, "3 3"], grid: Grid
) -> tuple[Float64[np.ndarray, "2"], float, float]:
    """Shift, scale and clockwise turn (radians) of a homography at the picture's centre."""
    x, y = (grid.source_width - 1) / 2, (grid.source_height - 1) / 2
    u, v, w = H @ np.array([x, y, 1.0])
    moved = np.array([u, v]) / w
    slope = (H[:2, :2] - np.outer(moved, H[2, :2])) / w
    along, across = slope[0, 0] + slope[1, 1], slope[1, 0] - slope[0, 1]
    return moved - (x, y), math.hypot(along, across) / 2, math.atan2(across, along)

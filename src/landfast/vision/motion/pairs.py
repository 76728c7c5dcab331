"""Camera motion from one frame to the next: a homography and a similarity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from landfast.media.grid import Grid
from landfast.model.arrays import Bool, Float, Float64, UInt8
from landfast.vision.motion.settling import settle
from landfast.vision.motion.tracks import (
    LEVELS,
    NEAR_LEVELS,
    Followed,
    Points,
    follow,
    shift_between,
)
from landfast.vision.statistics.windows import quantile

Gray = UInt8[np.ndarray, "height width"]

_TOLERANCE_PX = 1.0
"""Reprojection error at working width up to which a point follows the model."""
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
    found = settle(H, before, after, tolerance_px=tolerance_px, least=_LEAST_INLIERS)
    return None if found is None else Fit(*found)


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

"""Where a structure starts: the pair of frames whose cameras foretell the frames between best.

Two views of near-flat or far scenery allow several motions: the two of a plane, and relief that
is turned inside out together with the turn (Szeliski & Kang, PAMI 1997). Points that had no part
in finding a start tell them apart: set into the pair alone, they must show up where the frames
between saw them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from landfast.vision.depth.growth import (
    LEAST_POINTS,
    NOISE,
    Pixels,
    Posed,
    adjusted,
    bundle_of,
    placed,
)
from landfast.vision.depth.parallax import Parallax
from landfast.vision.depth.rigid import exponential, turn_of
from landfast.vision.geometry import magsac

_PAIRS: Final = 4
"""Pairs tried."""
_ENOUGH_PX: Final = 25 / 640
"""Parallax beyond which a pair is no better, share of the width."""
_CLOSE: Final = 2
"""Pairs whose ends are both within this many key frames of another's count as the same."""
_BETWEEN: Final = 3
_POINTS: Final = 600
_ROUNDS: Final = 6
_LEAST_INVERSE: Final = 0.05
_FLOOR: Final = 0.05
"""Misses below this share of the noise are all as good."""


def starts(
    found: list[Parallax], keys: list[int], observed: Pixels, focal: float, width: int
) -> list[tuple[float, Posed]]:
    """Poses of some key frames to grow from, and how far each is trusted, the most first.

    Args:
        found: Pairs of frames.
        keys: Frames that `observed` is of.
        observed: Points from the principal point; NaN where not seen.
    """
    some = np.linspace(0, observed.shape[1] - 1, min(observed.shape[1], _POINTS)).astype(np.intp)
    used, kept = observed[:, some[::2]], observed[:, some[1::2]]
    scored: list[tuple[float, Posed]] = []
    for i, j, worth in _apart(found, keys, width):
        pair = relative(observed[i] / focal, observed[j] / focal, NOISE * width / focal)
        if pair is None:
            continue
        posed = {i: (np.eye(3), np.zeros(3)), j: pair}
        for one in (posed, _inside_out(posed, i, j, used, focal, width)):
            local = _local(one, i, j, used, focal, width)
            sure = _foretold(local, i, j, kept, focal, width)
            scored.append((sure * worth, local))
    scored.sort(key=lambda each: -each[0])
    return scored


def _apart(found: list[Parallax], keys: list[int], width: int) -> list[tuple[int, int, float]]:
    """Places of the pairs with much parallax and many points, each from another stretch.

    The worth of a pair is its parallax up to what is enough, times the root of its points.
    """
    cap = _ENOUGH_PX * width
    worths = [min(pair.rest_px, cap) * float(np.sqrt(pair.common)) for pair in found]
    picked: list[tuple[int, int, float]] = []
    for place in np.argsort(-np.array(worths), kind="stable").tolist():
        i, j = keys.index(found[place].first), keys.index(found[place].last)
        if all(max(abs(i - a), abs(j - b)) > _CLOSE for a, b, _ in picked):
            picked.append((i, j, worths[place]))
        if len(picked) == _PAIRS:
            break
    return picked


def relative(a: np.ndarray, b: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Rotation and unit translation from one view to another.

    Essential matrix by MAGSAC++ (Barath et al. 2020), then the motion with the points ahead.
    """
    both = np.isfinite(a[:, 0] + b[:, 0])
    a, b = np.ascontiguousarray(a[both]), np.ascontiguousarray(b[both])
    if len(a) < LEAST_POINTS:
        return None
    found = magsac.essential(a, b, 1.5 * noise, rounds=3000)
    if found is None:
        return None
    agreeing = int(found.follows.sum())
    # Far points count as ahead.
    ahead, R, t = cv2.recoverPose(
        found.matrix, a, b, np.eye(3), distanceThresh=1e9, mask=found.follows.astype(np.uint8)
    )[:3]
    if agreeing < LEAST_POINTS or ahead < 0.6 * agreeing:
        return None
    return np.asarray(R), np.asarray(t).ravel()


def _inside_out(posed: Posed, i: int, j: int, observed: Pixels, focal: float, width: int) -> Posed:
    """The motion that shows nearly the same two pictures with all relief turned inside out."""
    R, t = posed[j]
    bundle = bundle_of(posed, observed, focal, width)
    inverse = bundle.points[:, 3] / bundle.points[:, 2]
    known = np.isfinite(inverse)
    if known.sum() < LEAST_POINTS:
        return posed
    middle = max(float(np.median(inverse[known])), 1e-6)
    x, y, z = turn_of(R)
    turned = exponential(np.array([[-x, -y, z]]))[0]
    centre = np.array([0.0, 0.0, 1 / middle])
    guess = {**posed, j: (turned, R @ centre + t - turned @ centre)}
    mirrored = np.maximum(2 * middle - inverse, _LEAST_INVERSE * middle)
    rays = np.concatenate([observed[i] / focal, np.ones((len(inverse), 1))], axis=1)
    points = np.column_stack([rays, mirrored])
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    points[~known] = np.nan
    pose = placed(j, replace(bundle, points=points), guess, observed, NOISE * width / focal)
    return guess if pose is None else {**posed, j: pose}


def _local(posed: Posed, i: int, j: int, observed: Pixels, focal: float, width: int) -> Posed:
    """The pair with some of the key frames between, adjusted together."""
    bundle, posed = adjusted(
        bundle_of(posed, observed, focal, width), posed, observed, rounds=_ROUNDS
    )
    for index in _between(i, j):
        pose = placed(index, bundle, posed, observed, NOISE * width / focal)
        if pose is not None:
            posed = {**posed, index: pose}
    return adjusted(bundle_of(posed, observed, focal, width), posed, observed, rounds=_ROUNDS)[1]


def _between(i: int, j: int) -> list[int]:
    inner = np.linspace(i, j, _BETWEEN + 2)[1:-1]
    return sorted({round(float(k)) for k in inner} - {i, j})


def _foretold(posed: Posed, i: int, j: int, kept: Pixels, focal: float, width: int) -> float:
    """How well the pair's cameras foretell points that had no part in finding them.

    The share of these points that are met to two pixels at 640 wide, over the median miss: sight
    for sight where the frames between saw them, or in the pair itself where there are none.
    """
    ends = {i: posed[i], j: posed[j]}
    points = bundle_of(ends, kept, focal, width).points
    misses = []
    for k in sorted(set(posed) - set(ends)) or [i, j]:
        R, t = posed[k]
        local = points[:, :3] @ R.T + points[:, 3:] * t
        z = np.where(local[:, 2] > 1e-9, local[:, 2], np.nan)
        miss = np.linalg.norm(focal * local[:, :2] / z[:, None] - kept[k], axis=1)
        seen = np.isfinite(kept[k, :, 0] + kept[i, :, 0] + kept[j, :, 0])
        misses.append(np.nan_to_num(miss[seen], nan=np.inf))
    every = np.concatenate(misses)
    if len(every) < LEAST_POINTS:
        return 0.0
    met = every < 2 * NOISE * width
    return float(met.mean() / (np.median(every) + _FLOOR * NOISE * width))

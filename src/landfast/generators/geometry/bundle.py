"""All cameras, the lens and the points' depths fitted together to where corners were followed.

Bundle adjustment (Triggs et al., 2000): Gauss-Newton with Levenberg's damping and Geman-McClure
weights; a point has one unknown, its nearness, which the Schur complement takes out of the system.
Two views alone leave turn and shift hard to tell apart; the real frames beside the anchors, and a
lens that is not guessed, settle it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from landfast.generators.geometry.camera import Lens, Motion
from landfast.model.arrays import Float32, Float64

_ROUNDS: Final = 20
_NOISE_PX: Final = 0.15
"""Least scale of the weights, pixels."""
_LENS_STEP: Final = 1e-4
_LENS_SIGMA: Final = np.array([0.3, 0.2])
"""How far the lens is expected to be from the guess: log focal length, bend."""
_PRIOR_PX: Final = 0.5
_CONVERGED: Final = 1e-4

Pixels = Float32[np.ndarray, "points 2"]
Misses = list[Float64[np.ndarray, "points 2"]]
Weights = list[Float64[np.ndarray, " points"]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Cameras of one scene.

    Attributes:
        lens: The lens that all frames were seen through.
        motions: From the first anchor to each of the other frames; the first has length 1 where
            it moves at all.
        nearness: Of each point, in units of that length.
        missed: Share of what was seen that is missed, softly: half of a point a pixel off.
    """

    lens: Lens
    motions: tuple[Motion, ...]
    nearness: Float64[np.ndarray, " points"]
    missed: float = 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the points are in one other frame.

    Attributes:
        pixels: Working pixels.
        weight: 0 to 1 for each point: how surely it is there.
    """

    pixels: Float32[np.ndarray, "points 2"]
    weight: Float32[np.ndarray, " points"]


def adjust(bundle: Bundle, points: Pixels, frames: Sequence[Seen]) -> Bundle:
    """The cameras, lens and nearness that explain best where the points are.

    Args:
        bundle: Where to start from; a motion for each frame.
        points: Pixels of the first anchor.
        frames: Where they are in the other frames.
    """
    misses = _misses(bundle, points, frames)
    weights = _weights(misses, frames)
    damping, cost = 1e-3, _cost(bundle, misses, weights)
    for _ in range(_ROUNDS):
        tried = _normalised(_step(bundle, points, frames, misses, weights, damping))
        missed = _misses(tried, points, frames)
        reached = _cost(tried, missed, weights)
        if reached >= cost:
            damping *= 8
            if damping > 1e3:
                break
            continue
        done = reached > (1 - _CONVERGED) * cost
        bundle, misses, damping = tried, missed, max(damping / 4, 1e-7)
        weights = _weights(misses, frames)
        cost = _cost(bundle, misses, weights)
        if done:
            break
    return replace(bundle, missed=_missed(misses, frames))


def _missed(misses: Misses, frames: Sequence[Seen]) -> float:
    total = count = 0.0
    for miss, frame in zip(misses, frames, strict=True):
        far = (miss * miss).sum(axis=1)
        total += float((frame.weight * far / (1 + far)).sum())
        count += float(frame.weight.sum())
    return total / max(count, 1.0)


def _misses(bundle: Bundle, points: Pixels, frames: Sequence[Seen]) -> Misses:
    """Residuals in every frame."""
    return [_miss(bundle, points, frame, k) for k, frame in enumerate(frames)]


def _miss(bundle: Bundle, points: Pixels, frame: Seen, k: int) -> Float64[np.ndarray, "points 2"]:
    """Residuals in pixels: where the model has a point, less where it was found."""
    lens = bundle.lens
    at = bundle.motions[k].project(lens.normalise(points), bundle.nearness.astype(np.float32))
    found = lens.normalise(frame.pixels)
    scale = lens.focal / lens.shrinking(frame.pixels)
    return np.asarray((at - found).astype(np.float64) * scale[:, None])


def _weights(misses: Misses, frames: Sequence[Seen]) -> Weights:
    """Of every point in every frame."""
    return [_weight(miss, frame) for miss, frame in zip(misses, frames, strict=True)]


def _weight(miss: Float64[np.ndarray, "points 2"], frame: Seen) -> Float64[np.ndarray, " points"]:
    far = np.hypot(miss[:, 0], miss[:, 1])
    sure = frame.weight > 0
    scale = max(1.5 * float(np.median(far[sure])) if sure.any() else 0.0, _NOISE_PX)
    return np.asarray(frame.weight / (1 + (far / scale) ** 2) ** 2 * (_NOISE_PX / scale) ** 2)


def _cost(bundle: Bundle, misses: Misses, weights: Weights) -> float:
    total = 0.0
    for miss, weight in zip(misses, weights, strict=True):
        total += float((weight * (miss * miss).sum(axis=1)).sum())
    return total + float((_PRIOR_PX * bundle.lens.terms / _LENS_SIGMA) ** 2 @ np.ones(2))


def _step(
    bundle: Bundle,
    points: Pixels,
    frames: Sequence[Seen],
    misses: Misses,
    weights: Weights,
    damping: float,
) -> Bundle:
    count, n = 6 * len(frames) + 2, len(points)
    left, right = np.zeros((count, count)), np.zeros(count)
    cross, own, pull = np.zeros((n, count)), np.zeros(n), np.zeros(n)
    bent = [_moved(bundle, np.eye(2)[j] * _LENS_STEP) for j in range(2)]
    for k, (frame, miss, weight) in enumerate(zip(frames, misses, weights, strict=True)):
        moving, near = _slopes(bundle, points, frame, k)
        lens = np.stack([(_miss(b, points, frame, k) - miss) / _LENS_STEP for b in bent], axis=-1)
        at = np.r_[6 * k : 6 * k + 6, count - 2, count - 1]
        slopes = np.concatenate([moving, lens], axis=-1)
        weighed = slopes * weight[:, None, None]
        left[np.ix_(at, at)] += np.einsum("nai,naj->ij", weighed, slopes)
        right[at] -= np.einsum("nai,na->i", weighed, miss)
        cross[:, at] += np.einsum("nai,na->ni", weighed, near)
        own += weight * (near * near).sum(axis=1)
        pull -= weight * (near * miss).sum(axis=1)
    prior = (_PRIOR_PX / _LENS_SIGMA) ** 2
    left[-2:, -2:] += np.diag(prior)
    right[-2:] -= prior * bundle.lens.terms
    left += damping * np.diag(np.diag(left)) + 1e-12 * np.trace(left) * np.eye(count)
    own = own * (1 + damping) + 1e-9 * own.max() + 1e-12
    reduced = left - np.einsum("ni,nj,n->ij", cross, cross, 1 / own)
    step = np.linalg.solve(reduced, right - np.einsum("ni,n->i", cross, pull / own))
    nearness = bundle.nearness + (pull - np.einsum("ni,i->n", cross, step)) / own
    motions = tuple(
        Motion(step[6 * k : 6 * k + 3], step[6 * k + 3 : 6 * k + 6]).after(one)
        for k, one in enumerate(bundle.motions)
    )
    return Bundle(_moved(bundle, step[-2:]).lens, motions, np.maximum(nearness, 0))


def _slopes(
    bundle: Bundle, points: Pixels, frame: Seen, k: int
) -> tuple[Float64[np.ndarray, "points 2 6"], Float64[np.ndarray, "points 2"]]:
    """How residuals change with a small motion after frame k's, and with nearness."""
    lens, motion = bundle.lens, bundle.motions[k]
    first, nearness = lens.normalise(points), bundle.nearness.astype(np.float32)
    at = motion.project(first, nearness).astype(np.float64)
    ratio = motion.depth_ratio(first, nearness).astype(np.float64)
    x, y, near, zero = at[:, 0], at[:, 1], bundle.nearness / ratio, np.zeros(len(at))
    across = np.stack([-x * y, 1 + x * x, -y, near, zero, -near * x], axis=1)
    down = np.stack([-(1 + y * y), x * y, x, zero, near, -near * y], axis=1)
    scale = (lens.focal / lens.shrinking(frame.pixels)).astype(np.float64)
    moving = np.stack([across, down], axis=1) * scale[:, None, None]
    t = motion.shift
    toward = np.stack([t[0] - x * t[2], t[1] - y * t[2]], axis=1) / ratio[:, None]
    return moving, toward * scale[:, None]


def _moved(bundle: Bundle, terms: np.ndarray) -> Bundle:
    """The same with another lens."""
    return Bundle(bundle.lens.changed(terms), bundle.motions, bundle.nearness)


def _normalised(bundle: Bundle) -> Bundle:
    """The first motion of length 1."""
    length = float(np.linalg.norm(bundle.motions[0].shift))
    if length < 1e-9:
        return bundle
    motions = tuple(Motion(one.turn, one.shift / length) for one in bundle.motions)
    return Bundle(bundle.lens, motions, bundle.nearness * length)

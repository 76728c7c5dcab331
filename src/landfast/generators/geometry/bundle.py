"""All cameras, the lens and the points' depths fitted together to where corners were followed.

Bundle adjustment (Triggs et al., 2000): Gauss-Newton with Levenberg's damping and Geman-McClure
weights; a point has one unknown, its nearness, which the Schur complement takes out of the system.
Two views alone leave turn and shift hard to tell apart; the real frames beside the anchors, and a
lens that is not guessed, settle it.

Arrays run over frames first and points last, so that a round is few operations on all frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

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
_CAMERA: Final = 6
"""Unknowns of a frame: a small turn and a small shift after its motion."""
_BEHIND: Final = 0.05
"""Depths are held in front of the camera; see `Motion.project`."""

Pixels = Float32[np.ndarray, "points 2"]
Misses = Float64[np.ndarray, "frames 2 points"]
Weights = Float64[np.ndarray, "frames points"]


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


class _Sights(NamedTuple):
    """The first anchor's points, and where all other frames show them."""

    points: Float64[np.ndarray, "points 2"]
    pixels: Float64[np.ndarray, "frames points 2"]
    weight: Float64[np.ndarray, "frames points"]


class _Reached(NamedTuple):
    """Where the model has the points in every frame.

    Attributes:
        x: Normalised.
        y: Normalised.
        ratio: Depth there by depth in the first anchor.
    """

    x: Float64[np.ndarray, "frames points"]
    y: Float64[np.ndarray, "frames points"]
    ratio: Float64[np.ndarray, "frames points"]


def adjust(bundle: Bundle, points: Pixels, frames: Sequence[Seen]) -> Bundle:
    """The cameras, lens and nearness that explain best where the points are.

    Args:
        bundle: Where to start from; a motion for each frame.
        points: Pixels of the first anchor.
        frames: Where they are in the other frames.
    """
    sights = _Sights(
        points.astype(np.float64),
        np.stack([one.pixels for one in frames], dtype=np.float64),
        np.stack([one.weight for one in frames], dtype=np.float64),
    )
    misses = _misses(bundle, sights)
    weights = _weights(misses, sights)
    damping, cost = 1e-3, _cost(bundle, misses, weights)
    for _ in range(_ROUNDS):
        tried = _normalised(_step(bundle, sights, misses, weights, damping))
        missed = _misses(tried, sights)
        reached = _cost(tried, missed, weights)
        if reached >= cost:
            damping *= 8
            if damping > 1e3:
                break
            continue
        done = reached > (1 - _CONVERGED) * cost
        bundle, misses, damping = tried, missed, max(damping / 4, 1e-7)
        weights = _weights(misses, sights)
        cost = _cost(bundle, misses, weights)
        if done:
            break
    return replace(bundle, missed=_missed(misses, sights))


def _missed(misses: Misses, sights: _Sights) -> float:
    far = (misses * misses).sum(axis=1)
    return float((sights.weight * far / (1 + far)).sum() / max(sights.weight.sum(), 1.0))


def _reached(bundle: Bundle, sights: _Sights) -> _Reached:
    first = bundle.lens.normalise(sights.points)
    one = np.stack([first[:, 0], first[:, 1], np.ones(len(first)), bundle.nearness])
    cameras = np.stack([np.column_stack([each.rotation, each.shift]) for each in bundle.motions])
    x, y, ratio = np.moveaxis(cameras @ one, 1, 0)
    ratio = np.maximum(ratio, _BEHIND)
    return _Reached(x / ratio, y / ratio, ratio)


def _misses(bundle: Bundle, sights: _Sights) -> Misses:
    """Residuals in pixels: where the model has the points, less where they were found."""
    at = _reached(bundle, sights)
    found = bundle.lens.normalise(sights.pixels)
    off = np.stack([at.x - found[..., 0], at.y - found[..., 1]], axis=1)
    return np.asarray(off * _scale(bundle.lens, sights)[:, None])


def _scale(lens: Lens, sights: _Sights) -> Float64[np.ndarray, "frames points"]:
    """Pixels of a normalised unit where the points were found."""
    return np.asarray(lens.focal / lens.shrinking(sights.pixels))


def _weights(misses: Misses, sights: _Sights) -> Weights:
    """Of every point in every frame, by what half of the sure ones miss there."""
    far = np.hypot(misses[:, 0], misses[:, 1])
    scale = np.maximum(1.5 * _medians(far, sights.weight > 0), _NOISE_PX)[:, None]
    return np.asarray(sights.weight / (1 + (far / scale) ** 2) ** 2 * (_NOISE_PX / scale) ** 2)


def _medians(
    values: Float64[np.ndarray, "frames points"], counted: np.ndarray
) -> Float64[np.ndarray, " frames"]:
    """Each frame's median of the values that count; 0 where none do."""
    count = counted.sum(axis=1)
    ranked = np.sort(np.where(counted, values, np.inf), axis=1)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, values.shape[1] - 1)
    each = np.arange(len(values))
    return np.asarray(np.where(count > 0, (ranked[each, low] + ranked[each, high]) / 2, 0.0))


def _cost(bundle: Bundle, misses: Misses, weights: Weights) -> float:
    total = float((weights * (misses * misses).sum(axis=1)).sum())
    return total + float((_PRIOR_PX * bundle.lens.terms / _LENS_SIGMA) ** 2 @ np.ones(2))


def _step(
    bundle: Bundle, sights: _Sights, misses: Misses, weights: Weights, damping: float
) -> Bundle:
    frames, n = weights.shape
    moving = _CAMERA * frames
    slopes, near = _slopes(bundle, sights, misses)
    weighed = slopes * weights[:, None, None]
    flat, tall = (each.reshape(frames, _CAMERA + 2, 2 * n) for each in (slopes, weighed))
    square = tall @ flat.transpose(0, 2, 1)
    pull = -(tall @ misses.reshape(frames, 2 * n, 1))[..., 0]
    joint = (weighed * near[:, None]).sum(axis=2)
    left, right = np.zeros((moving + 2, moving + 2)), np.zeros(moving + 2)
    for k in range(frames):
        own = np.r_[_CAMERA * k : _CAMERA * (k + 1), moving, moving + 1]
        left[np.ix_(own, own)] += square[k]
        right[own] += pull[k]
    cross = np.concatenate([joint[:, :_CAMERA].reshape(moving, n), joint[:, _CAMERA:].sum(axis=0)])
    prior = (_PRIOR_PX / _LENS_SIGMA) ** 2
    left[-2:, -2:] += np.diag(prior)
    right[-2:] -= prior * bundle.lens.terms
    left += damping * np.diag(np.diag(left)) + 1e-12 * np.trace(left) * np.eye(len(left))
    depth = (weights[:, None] * near * near).sum(axis=(0, 1))
    depth = depth * (1 + damping) + 1e-9 * depth.max() + 1e-12
    drawn = -(weights[:, None] * near * misses).sum(axis=(0, 1))
    over = cross / depth
    step = np.linalg.solve(left - over @ cross.T, right - over @ drawn)
    nearness = bundle.nearness + (drawn - step @ cross) / depth
    motions = tuple(
        Motion(step[at : at + 3], step[at + 3 : at + _CAMERA]).after(one)
        for at, one in zip(range(0, moving, _CAMERA), bundle.motions, strict=True)
    )
    return Bundle(bundle.lens.changed(step[-2:]), motions, np.maximum(nearness, 0))


def _slopes(
    bundle: Bundle, sights: _Sights, misses: Misses
) -> tuple[Float64[np.ndarray, "frames unknowns 2 points"], Float64[np.ndarray, "frames 2 points"]]:
    """How residuals change with every frame's camera and the lens, and with nearness."""
    x, y, ratio = _reached(bundle, sights)
    near = bundle.nearness / ratio
    slopes = np.zeros((len(x), _CAMERA + 2, 2, x.shape[1]))
    across, down = slopes[:, :, 0], slopes[:, :, 1]
    across[:, 0], across[:, 1], across[:, 2] = -x * y, 1 + x * x, -y
    across[:, 3], across[:, 5] = near, -near * x
    down[:, 0], down[:, 1], down[:, 2] = -(1 + y * y), x * y, x
    down[:, 4], down[:, 5] = near, -near * y
    scale = _scale(bundle.lens, sights)[:, None]
    slopes[:, :_CAMERA] *= scale[:, None]
    for j, change in enumerate(np.eye(2) * _LENS_STEP):
        bent = replace(bundle, lens=bundle.lens.changed(change))
        slopes[:, _CAMERA + j] = (_misses(bent, sights) - misses) / _LENS_STEP
    shift = np.stack([one.shift for one in bundle.motions])[..., None]
    toward = np.stack([shift[:, 0] - x * shift[:, 2], shift[:, 1] - y * shift[:, 2]], axis=1)
    return slopes, toward / ratio[:, None] * scale


def _normalised(bundle: Bundle) -> Bundle:
    """The first motion of length 1."""
    length = float(np.linalg.norm(bundle.motions[0].shift))
    if length < 1e-9:
        return bundle
    motions = tuple(Motion(one.turn, one.shift / length) for one in bundle.motions)
    return Bundle(bundle.lens, motions, bundle.nearness * length)

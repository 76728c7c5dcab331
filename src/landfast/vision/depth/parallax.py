"""Does the camera travel at all? What a turn of the camera leaves unexplained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.depth.rigid import exponential
from landfast.vision.statistics.robust import cauchy

_KEY_FRAMES: Final = 64
_FEWEST_KEYS: Final = 9
_KEY_STEP: Final = 0.012
"""Least motion between key frames, share of the width."""
_FOCALS: Final = (0.55, 0.75, 1.0, 1.35, 1.9, 3.0)
"""Focal lengths tried, in picture widths: a turn seen through a wrong one looks like travel."""
_LEAST_COMMON: Final = 24
_ROUNDS: Final = 6
_SAMPLE: Final = 150
"""Points that a pair is judged by at first."""
_DOUBTED: Final = 3
_MOST_DOUBTED: Final = 24
_FOCAL_REACH: Final = 1.4
_FOCAL_PRIOR: Final = 0.3
"""Logarithm of the focal length: it shows in a turn at second order only."""
_FLOOR_PX: Final = 0.3
"""Errors below this are noise."""


@dataclass(frozen=True, slots=True)
class Parallax:
    """Motion between two frames that no turn explains, in pixels."""

    first: int
    last: int
    common: int
    """Points seen in both."""
    motion_px: float
    """Median displacement."""
    rest_px: float
    """80th percentile of what the best turn leaves."""


def key_frames(pixels: Float64[np.ndarray, "frame point 2"], width: int) -> list[int]:
    """First and last frame and those between at equal steps of motion."""
    count = len(pixels)
    if count < 3:
        return list(range(count))
    steps = np.linalg.norm(np.diff(pixels, axis=0), axis=2)
    moved = np.array([_upper(step) for step in steps])
    way = np.concatenate([[0.0], np.cumsum(moved)])
    fewest = min(_FEWEST_KEYS, count) - 1
    wanted = int(np.clip(way[-1] / (_KEY_STEP * width), fewest, _KEY_FRAMES - 1))
    marks = np.linspace(0, way[-1], wanted + 1)
    picked = {int(np.abs(way - mark).argmin()) for mark in marks}
    return sorted(picked | {0, count - 1})


def _upper(values: np.ndarray) -> float:
    """Motion of the faster quarter: far scenery and sky hardly move."""
    known = values[np.isfinite(values)]
    return float(np.percentile(known, 75)) if len(known) else 0.0


def survey(
    pixels: Float64[np.ndarray, "frame point 2"], frames: list[int], width: int, focal: float
) -> list[Parallax]:
    """Parallax between pairs of frames that share enough points, the most first.

    Points count from the principal point; NaN where not seen. The turn is looked for from one
    focal length for all pairs, and from several for those that seem to show the most.
    """
    found = []
    for place, first in enumerate(frames):
        found += _from_first(pixels, first, frames[place + 1 :], focal)
    found.sort(key=_most_first)
    for done in range(0, min(len(found), _MOST_DOUBTED), _DOUBTED):
        doubted = [_doubted(pair, pixels, width) for pair in found[done : done + _DOUBTED]]
        found[done : done + _DOUBTED] = doubted
        sure, rest = found[: done + _DOUBTED], found[done + _DOUBTED :]
        if not rest or max(pair.rest_px for pair in sure) >= rest[0].rest_px:
            break
    return sorted(found, key=_most_first)


def _most_first(pair: Parallax) -> tuple[float, int, int]:
    return -pair.rest_px, pair.first, pair.last


def _from_first(
    pixels: Float64[np.ndarray, "frame point 2"], first: int, others: list[int], focal: float
) -> list[Parallax]:
    """A frame with the later ones, up to where too few points last."""
    samples, pairs = [], []
    for last in others:
        both = np.flatnonzero(np.isfinite(pixels[first, :, 0] + pixels[last, :, 0]))
        if len(both) < _LEAST_COMMON:
            break
        moved = np.linalg.norm((pixels[last] - pixels[first])[both], axis=1)
        pairs.append(Parallax(first, last, len(both), float(np.median(moved)), 0.0))
        samples.append(both[np.linspace(0, len(both) - 1, _SAMPLE).astype(np.intp)])
    if not pairs:
        return []
    a, b = (
        pixels[first][np.stack(samples)],
        np.stack([pixels[pair.last][some] for pair, some in zip(pairs, samples, strict=True)]),
    )
    rest = _rest(a, b, np.full(len(pairs), float(focal)))
    return [replace(pair, rest_px=float(px)) for pair, px in zip(pairs, rest, strict=True)]


def _doubted(pair: Parallax, pixels: Float64[np.ndarray, "frame point 2"], width: int) -> Parallax:
    """The pair with the best of several focal lengths and all its points."""
    a, b = pixels[pair.first], pixels[pair.last]
    both = np.isfinite(a[:, 0] + b[:, 0])
    focals = width * np.array(_FOCALS)
    a, b = (np.repeat(each[None, both], len(focals), axis=0) for each in (a, b))
    return replace(pair, rest_px=min(pair.rest_px, float(_rest(a, b, focals).min())))


def _rest(
    a: Float64[np.ndarray, "pair point 2"],
    b: Float64[np.ndarray, "pair point 2"],
    focal: Float64[np.ndarray, " pair"],
) -> Float64[np.ndarray, " pair"]:
    """80th percentile of the distances, pixels, between `b` and where the best turn takes `a`.

    Gauss-Newton over the turn and the focal length of every pair, the latter within limits; the
    best step counts.
    """
    R = np.repeat(np.eye(3)[None], len(a), axis=0)
    low, high = focal / _FOCAL_REACH, focal * _FOCAL_REACH
    best, rest = np.full(len(a), np.inf), np.full(len(a), np.inf)
    for _ in range(_ROUNDS):
        away, miss, J = _turned(R, a, b, focal)
        middle, upper = np.percentile(away, (50, 80), axis=1)
        better = middle < best
        best, rest = np.where(better, middle, best), np.where(better, upper, rest)
        scale = np.maximum(middle, _FLOOR_PX)[:, None]
        weight = cauchy(away, scale)
        weighted = J * weight[..., None, None]
        left = np.einsum("pnij,pnik->pjk", weighted, J)
        right = np.einsum("pnij,pni->pj", weighted, miss)
        left[:, 3, 3] += (scale[:, 0] / _FOCAL_PRIOR) ** 2
        step = _bounded(left, right, np.log(low / focal), np.log(high / focal))
        R = exponential(step[:, :3]) @ R
        focal = focal * np.exp(step[:, 3])
    return rest


def _turned(
    R: np.ndarray, a: np.ndarray, b: np.ndarray, focal: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distances after a turn, the errors, and their slopes by turn and logarithm of focal."""
    focal = focal[:, None]
    rays = np.concatenate([a / focal[..., None], np.ones((*a.shape[:2], 1))], axis=2)
    turned = rays @ R.transpose(0, 2, 1)
    z = np.maximum(turned[..., 2], 0.05)
    x, y = turned[..., 0] / z, turned[..., 1] / z
    miss = b - focal[..., None] * np.stack([x, y], axis=-1)
    inner = turned - R[:, None, :, 2]
    to_x = x - (inner[..., 0] - x * inner[..., 2]) / z
    to_y = y - (inner[..., 1] - y * inner[..., 2]) / z
    J = np.stack([-x * y, 1 + x * x, -y, to_x, -(1 + y * y), x * y, x, to_y], axis=-1)
    J = focal[..., None, None] * J.reshape(*a.shape[:2], 2, 4)
    return np.linalg.norm(miss, axis=-1), miss, J


def _bounded(left: np.ndarray, right: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The step whose last part stays within limits; the turn follows what is left of it."""
    ridge = 1e-9 * np.trace(left, axis1=1, axis2=2)
    left = left + ridge[:, None, None] * np.eye(4)
    last = np.linalg.solve(left, right[..., None])[:, 3, 0]
    last = np.clip(last, np.maximum(low, -0.1), np.minimum(high, 0.1))
    turn = np.linalg.solve(
        left[:, :3, :3], (right[:, :3] - left[:, :3, 3] * last[:, None])[..., None]
    )
    return np.concatenate([turn[..., 0], last[:, None]], axis=1)

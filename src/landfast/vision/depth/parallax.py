"""Does the camera travel at all? What a turn of the camera leaves unexplained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float64

from landfast.vision.depth.rigid import exponential

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

    Points count from the principal point; NaN where not seen. The turn is looked for at one
    focal length for all pairs, and at several for those that seem to show the most.
    """
    found = []
    for place, first in enumerate(frames):
        for last in frames[place + 1 :]:
            a, b = pixels[first], pixels[last]
            both = np.flatnonzero(np.isfinite(a[:, 0] + b[:, 0]))
            if len(both) < _LEAST_COMMON:
                break
            moved = float(np.median(np.linalg.norm((b - a)[both], axis=1)))
            some = both[:: max(1, len(both) // _SAMPLE)]
            rest = _rest(a[some], b[some], focal)
            found.append(Parallax(first, last, len(both), moved, rest))
    found.sort(key=lambda pair: (-pair.rest_px, pair.first, pair.last))
    sure = [_doubted(pair, pixels, width) for pair in found[:_DOUBTED]]
    return sorted(sure + found[_DOUBTED:], key=lambda pair: (-pair.rest_px, pair.first, pair.last))


def _doubted(pair: Parallax, pixels: Float64[np.ndarray, "frame point 2"], width: int) -> Parallax:
    """The pair with the best of several focal lengths and all its points."""
    a, b = pixels[pair.first], pixels[pair.last]
    both = np.isfinite(a[:, 0] + b[:, 0])
    tried = [_rest(a[both], b[both], width * share) for share in _FOCALS]
    return replace(pair, rest_px=min(pair.rest_px, *tried))


def _rest(a: np.ndarray, b: np.ndarray, focal: float) -> float:
    return float(np.percentile(_turn_misses(a, b, focal), 80))


def _turn_misses(a: np.ndarray, b: np.ndarray, focal: float) -> np.ndarray:
    """Distances, pixels, between points of `b` and where the best turn takes those of `a`.

    Gauss-Newton over the turn and the focal length, from a given one.
    """
    R, away = np.eye(3), np.zeros(len(a))
    low, high = focal / 1.4, focal * 1.4
    for _ in range(_ROUNDS):
        rays = np.column_stack([a / focal, np.ones(len(a))])
        turned = rays @ R.T
        z = np.maximum(turned[:, 2], 0.05)
        x, y = (turned[:, :2] / z[:, None]).T
        miss = b - focal * np.stack([x, y], axis=1)
        away = np.linalg.norm(miss, axis=1)
        scale = max(float(np.median(away)), 0.3)
        weight = 1 / (1 + (away / scale) ** 2)
        inner = turned - R[:, 2]
        to_x, to_y = (
            x - (inner[:, 0] - x * inner[:, 2]) / z,
            y - (inner[:, 1] - y * inner[:, 2]) / z,
        )
        J = focal * np.stack(
            [
                np.stack([-x * y, 1 + x * x, -y, to_x], 1),
                np.stack([-(1 + y * y), x * y, x, to_y], 1),
            ],
            axis=1,
        )
        J = J.reshape(-1, 4)
        weighted = J * np.repeat(weight, 2)[:, None]
        left, right = weighted.T @ J, weighted.T @ miss.ravel()
        # The focal length shows in a turn at second order only: without a turn it must stay.
        left[3, 3] += 0.02 * len(a) * (0.02 * focal) ** 2 * 1e-2
        step = np.linalg.solve(left + 1e-9 * np.trace(left) * np.eye(4), right)
        R = exponential(step[None, :3])[0] @ R
        focal = float(np.clip(focal * np.exp(np.clip(step[3], -0.1, 0.1)), low, high))
    return away

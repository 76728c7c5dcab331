"""Shake: how far the picture departs from its own smooth path."""

from __future__ import annotations

import numpy as np

from landfast.model.arrays import Bool, Float, Float32, Float64
from landfast.vision.statistics.windows import stretches

_WINDOW_S = 0.15
"""Standard deviation of the smoothing window, seconds: what is slower than one and a half cycles a
second is meant, what is faster is shake."""


def find_shake(
    *,
    dx: Float32[np.ndarray, " frame"],
    dy: Float32[np.ndarray, " frame"],
    rotation_deg: Float32[np.ndarray, " frame"],
    is_cut: Bool[np.ndarray, " frame"],
    time_s: Float64[np.ndarray, " frame"],
    size: tuple[int, int],
) -> Float32[np.ndarray, " frame"]:
    """Root mean square over the corners of the departure from the smooth path, source pixels.

    The path is the sum of the frame to frame motion of the centre and the turn, from cut to cut;
    its smooth version is a local parabola under a Gaussian window (Savitzky and Golay, 1964, with
    weights), which follows steady speed and acceleration exactly. NaN where the motion on either
    side of a frame was not measured.
    """
    shake = np.full(len(dx), np.nan, np.float32)
    steps = np.stack([dx, dy, np.radians(rotation_deg)], axis=1).astype(np.float64)
    radius_squared = (size[0] ** 2 + size[1] ** 2) / 4
    for start, stop in stretches(is_cut):
        for first, last in _measured(steps[:, 0], start, stop):
            path = np.concatenate([np.zeros((1, 3)), np.cumsum(steps[first : last - 1], axis=0)])
            off = path - smooth(path, time_s[first:last])
            squared = off[:, 0] ** 2 + off[:, 1] ** 2 + off[:, 2] ** 2 * radius_squared
            shake[first:last] = np.sqrt(squared)
    return shake


def _measured(step: Float64[np.ndarray, " frame"], start: int, stop: int) -> list[tuple[int, int]]:
    """Half-open stretches of at least three frames joined by measured motion."""
    known = ~np.isnan(step[start:stop])
    found, first = [], start
    for at in range(start, stop):
        if at == stop - 1 or not known[at - start]:
            if at + 1 - first >= 3:
                found.append((first, at + 1))
            first = at + 1
    return found


def smooth(
    path: Float[np.ndarray, "frame value"], time_s: Float64[np.ndarray, " frame"]
) -> Float64[np.ndarray, "frame value"]:
    """Local parabola under a Gaussian window, evaluated at each frame."""
    result = np.empty(path.shape)
    for start in range(0, len(path), _CHUNK):
        stop = min(start + _CHUNK, len(path))
        low, high = np.searchsorted(
            time_s, [time_s[start] - 4 * _WINDOW_S, time_s[stop - 1] + 4 * _WINDOW_S]
        )
        result[start:stop] = _local_fit(path[low:high], time_s[low:high], time_s[start:stop])
    return result


_CHUNK = 256


def _local_fit(
    path: Float[np.ndarray, "frame value"],
    time_s: Float64[np.ndarray, " frame"],
    at: Float64[np.ndarray, " wanted"],
) -> Float64[np.ndarray, "wanted value"]:
    away = (time_s[None] - at[:, None]) / _WINDOW_S
    weight = np.exp(-0.5 * away**2)
    basis = np.stack([np.ones_like(away), away, away**2], axis=-1)
    weighted = basis * weight[..., None]
    normal = weighted.swapaxes(1, 2) @ basis + 1e-9 * np.eye(3)
    goal = weighted.swapaxes(1, 2) @ path[None]
    return np.asarray(np.linalg.solve(normal, goal)[:, 0])

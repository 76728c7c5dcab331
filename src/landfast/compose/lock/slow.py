"""The slow part of a path: what an overlay does on purpose, where only jitter is to go."""

from __future__ import annotations

import numpy as np

from landfast.model.arrays import Float64

Values = Float64[np.ndarray, "frame 4"]

_WINDOWS_S = (0.25, 0.35, 0.5, 0.7, 1.0)
"""Seconds, standard deviations: under the least of them, what comes and goes twice a second is
jitter, and what takes two seconds is kept."""
_REACH = 3.0


def slow(values: Values, *, fps: float, radius: float) -> Values:
    """In each frame the parabola through its surroundings, weighed by a Gaussian.

    A parabola, so that a move keeps its pace and its bends to the very ends, where a mean would lag
    behind it. How wide the window is the path itself says: the one by which each frame is foretold
    best from the others (leaving one out; Craven and Wahba 1979).

    Args:
        values: Scale and turn as a + ib, shift x and y.
        fps: Frames a second.
        radius: By which a and b move the overlay's outline, pixels.
    """
    scale = np.array([radius, radius, 1.0, 1.0])
    best, least = values, np.inf
    for seconds in _WINDOWS_S:
        smooth, own = _parabolas(values, max(1.0, seconds * fps))
        missed = (values - smooth) * scale / np.maximum(1 - own, 1e-3)[:, None]
        score = float(np.square(missed).mean())
        if score < least:
            best, least = smooth, score
    return best


def _parabolas(values: Values, sigma: float) -> tuple[Values, Float64[np.ndarray, " frame"]]:
    """Smoothed values, and how much of each frame is its own."""
    result, own = np.empty_like(values), np.empty(len(values))
    for frame in range(len(values)):
        low = max(0, int(frame - _REACH * sigma))
        high = min(len(values), int(frame + _REACH * sigma) + 1)
        t = (np.arange(low, high) - frame) / sigma
        basis = np.vander(t, min(3, high - low), increasing=True)
        heavy = basis * np.exp(-0.5 * np.square(t))[:, None]
        gain = np.linalg.solve(heavy.T @ basis, heavy.T)[0]
        result[frame], own[frame] = gain @ values[low:high], gain[frame - low]
    return result, own

"""What a frame shows against the middle between its neighbours before and after."""

from __future__ import annotations

from typing import Final

import numpy as np

_PAIRED: Final = 0.5
"""Least weight that such a mean is divided by: near neighbours alone tell little of what is slow,
and their noise must not be blown up."""


def sway(shared: np.ndarray, away: list[int]) -> np.ndarray:
    """Least squares of what the means of opposite neighbours show, taken to grow with the square
    of their distance as whatever comes and goes slowly does."""
    place = {k: n for n, k in enumerate(away)}
    total, weight = np.zeros(shared.shape[1:]), np.zeros(shared.shape[2:])
    pairs = [k for k in away if k > 0 and -k in place]
    for k in pairs:
        share = (k / max(pairs)) ** 2
        mean = (shared[place[k]] + shared[place[-k]]) / 2
        known = np.isfinite(mean[0])
        total += share * np.where(known, mean, 0.0)
        weight += share**2 * known
    return np.where(weight > 0, total / np.maximum(weight, _PAIRED), np.nan).astype(np.float32)


def uneven(moves: np.ndarray, seen: np.ndarray, away: list[int]) -> float:
    """Median size of the mean of what points do towards the farthest opposite neighbours, px."""
    far = max((k for k in away if k > 0 and -k in away), default=0)
    one, other = (away.index(k) for k in (far, -far)) if far else (0, 0)
    both = seen[one] & seen[other]
    if not far or not both.any():
        return 0.0
    return float(np.median(np.hypot(*(moves[one] + moves[other])[both].T))) / 2

"""Whether a followed horizon moved as the picture beside it did, or slid onto another edge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from landfast.model.arrays import Bool, Float64
from landfast.verify.measure.lattice import STEP
from landfast.verify.measure.links import Link
from landfast.vision.statistics.robust import geman_mcclure

_BESIDE: Final = 0.08
"""Share of the picture's height beside the horizon whose motion tells its own."""
_FEWEST: Final = 30
"""Cells that must be followed there."""
_OFF: Final = np.array((0.5, 0.015))
"""Degrees and share of the height that a line may differ by from where the motion leads it."""
_LONGER: Final = np.array((0.02, 0.0005))
"""And as much again for every frame that it was lost for."""
_ROUNDS: Final = 3


def kept(
    lines: Float64[np.ndarray, "frames 2"], links: Sequence[Link], height: int
) -> Bool[np.ndarray, " frames"]:
    """Frames in which the horizon stands where the motion beside it leads it from either end; none
    where the ends lead to no frame in common, since they saw two lines.

    Args:
        lines: Tilt in degrees and height as a share of the picture's; NaN where unseen.
        links: Motion from each frame to the next.
        height: Of the working picture, px.
    """
    steps = np.array([_step(line, one, height) for line, one in zip(lines, links, strict=False)])
    onward, back = _led(lines, steps), _led(lines[::-1], -steps[::-1])[::-1]
    return np.asarray((onward | back) & (onward & back).any())


def _led(at: Float64[np.ndarray, "frames 2"], steps: Float64[np.ndarray, "links 2"]) -> np.ndarray:
    """Frames whose line stands where that of the last such frame is led; bool."""
    way = np.vstack([np.zeros(2), np.cumsum(steps, axis=0)])
    out = np.zeros(len(at), bool)
    out[0], last = True, 0
    for t in range(1, len(at)):
        off = np.abs(at[t] - at[last] - (way[t] - way[last]))
        if np.all(off <= _OFF + (t - last - 1) * _LONGER):
            out[t], last = True, t
    return out


def _step(line: np.ndarray, one: Link, height: int) -> np.ndarray:
    """How a link turns and lifts the horizon: degrees and share of the height; zero where too
    little of it can be followed, as far ground hardly moves."""
    rows, columns = one.trusted.shape
    y, x = np.mgrid[:rows, :columns] + 0.5
    below = y - line[1] * rows
    use = one.trusted & (np.abs(below) <= max(1.0, _BESIDE * rows))
    if use.sum() < _FEWEST:
        return np.zeros(2)
    base = np.stack([np.ones(use.sum()), x[use] - columns / 2, below[use]], axis=1)
    moved = one.forward[..., 1][use].astype(np.float64)
    weights, found = np.ones(len(moved)), np.zeros(3)
    for _ in range(_ROUNDS):
        scaled = base * weights[:, None]
        normal = (scaled[:, :, None] * base[:, None]).sum(axis=0) + 1e-6 * np.eye(3)
        found = np.linalg.solve(normal, (scaled * moved[:, None]).sum(axis=0))
        left = moved - (base * found).sum(axis=1)
        weights = geman_mcclure(left, 2 * np.median(np.abs(left)) + 0.1)
    return np.array((math.degrees(math.atan(found[1] / STEP)), found[0] / height))

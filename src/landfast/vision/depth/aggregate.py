"""From costs to a smooth inverse depth: semi-global aggregation and the best level."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, UInt8

SMALL_JUMP: Final = 0.06
"""Price of a step of one level between neighbouring pixels, in costs of a pixel."""
LARGE_JUMP: Final = 0.6
"""Price of a larger step where the picture is plain; less across edges of the picture."""
_EDGE: Final = 12.0
"""Difference of grey levels that halves that price."""

Cube = Float32[np.ndarray, "height width level"]
Plane = Float32[np.ndarray, "height width"]


def aggregate(costs: Cube, gray: UInt8[np.ndarray, "height width"]) -> Cube:
    """Mean over four directions of the cheapest way to each level (Hirschmueller, PAMI 2008)."""
    image = gray.astype(np.float32)
    total = np.zeros_like(costs)
    for axis in (0, 1):
        lines = costs.swapaxes(0, axis)
        luma = image if axis == 0 else image.T
        out = total.swapaxes(0, axis)
        for step in (1, -1):
            _sweep_lines(lines[::step], luma[::step], out[::step])
    total *= np.float32(0.25)
    return total


def _sweep_lines(lines: np.ndarray, luma: np.ndarray, out: np.ndarray) -> None:
    """Add the path costs of one direction; line after line along the first axis."""
    count, breadth, levels = lines.shape
    path = np.full((breadth, levels + 2), np.inf, np.float32)
    inner = path[:, 1:-1]
    inner[:] = lines[0]
    out[0] += inner
    best = np.empty((breadth, levels), np.float32)
    small = np.float32(SMALL_JUMP)
    for index in range(1, count):
        jump = LARGE_JUMP / (1 + np.abs(luma[index] - luma[index - 1]) / _EDGE)
        jump = np.maximum(jump, 1.5 * SMALL_JUMP).astype(np.float32)
        least = inner.min(axis=1)
        np.minimum(path[:, :-2], path[:, 2:], out=best)
        best += small
        np.minimum(best, inner, out=best)
        np.minimum(best, (least + jump)[:, None], out=best)
        best -= least[:, None]
        best += lines[index]
        inner[:] = best
        out[index] += best


def choose_level(total: Cube) -> tuple[Plane, Plane]:
    """The cheapest level with its fraction, and how clearly it wins, 0 to 1.

    The fraction is where a parabola through three costs is lowest. The margin compares the
    cheapest cost with the cheapest that is more than two levels away.
    """
    levels = total.shape[2]
    best = total.argmin(axis=2)
    inner = np.clip(best, 1, levels - 2)
    low, mid, high = (
        np.take_along_axis(total, (inner + k)[..., None], axis=2)[..., 0] for k in (-1, 0, 1)
    )
    bend = low - 2 * mid + high
    shift = np.where(bend > 1e-6, 0.5 * (low - high) / np.maximum(bend, 1e-6), 0)
    fine = np.where(best == inner, best + np.clip(shift, -0.5, 0.5), best)
    least = np.take_along_axis(total, best[..., None], axis=2)[..., 0]
    away = np.abs(np.arange(levels) - best[..., None]) > 2
    rival = np.where(away, total, np.float32(np.inf)).min(axis=2)
    margin = np.clip((rival - least) / np.maximum(rival, 1e-6), 0, 1)
    return fine.astype(np.float32), margin.astype(np.float32)


def guided(guide: Plane, values: Plane, weight: Plane, *, radius: int, eps: float) -> Plane:
    """Weighted guided filter (He, Sun & Tang, ECCV 2010): smooth within edges of the guide.

    Args:
        guide: Luma, 0 to 1.
        values: What is smoothed; finite where the weight is not 0.
        weight: 0 for unknown pixels, which are filled from around them.
    """

    def box(plane: np.ndarray) -> np.ndarray:
        out: np.ndarray = cv2.boxFilter(plane, -1, (2 * radius + 1, 2 * radius + 1))
        return out

    weight = weight + np.float32(1e-6)
    total = box(weight)
    mean_g, mean_v = box(weight * guide) / total, box(weight * values) / total
    cross = box(weight * guide * values) / total - mean_g * mean_v
    spread = np.maximum(box(weight * guide * guide) / total - mean_g * mean_g, 0)
    slope = cross / (spread + np.float32(eps))
    offset = mean_v - slope * mean_g
    return np.asarray(box(slope) * guide + box(offset))

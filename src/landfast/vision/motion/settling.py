"""A homography from nearby to the one that the points tell, by Gauss-Newton steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from landfast.model.arrays import Bool, Float64
from landfast.vision.motion.tracks import Points
from landfast.vision.statistics.windows import quantile

_STEPS = 3
_FINEST_PX = 0.15
"""No point is expected to be better than this."""


def settle(
    H: Float64[np.ndarray, "3 3"],
    before: Points,
    after: Points,
    *,
    tolerance_px: float,
    least: int,
) -> tuple[Float64[np.ndarray, "3 3"], Bool[np.ndarray, " point"]] | None:
    """Least squares over the points that agree, judged ever more strictly by their own spread.

    Points that slide along an edge are off by half a pixel where others are off by a twentieth.
    Computed from -1 to 1, where the normal equations are well conditioned.

    Args:
        H: A homography nearby.
        before: Points of one picture.
        after: The same in the other.
        tolerance_px: Reprojection error up to which a point follows.
        least: Points that must follow.

    Returns:
        The homography, last element 1, and who follows it; None with too few of them.
    """
    half = _half_of(before)
    to_unit, unit = _units(half)
    start, goal = np.ones((3, len(before))), after.T.astype(np.float64) / half - 1
    start[:2] = before.T.astype(np.float64) / half - 1
    h = to_unit @ H @ unit
    seen = _Landed.of(h, start, goal, half)
    last: Bool[np.ndarray, " point"] | None = None
    for _ in range(_STEPS):
        keep = None if seen is None else seen.believed(tolerance_px, least)
        if seen is None or keep is None:
            return None
        if np.count_nonzero(keep) < least or (last is not None and np.array_equal(keep, last)):
            break
        last, step = keep, seen.step(keep)
        if step is None:
            break
        h = h / h[2, 2] + step
        seen = _Landed.of(h, start, goal, half)
    if seen is None:
        return None
    H, inliers = unit @ h @ to_unit, seen.distance < tolerance_px
    return (H / H[2, 2], inliers) if np.count_nonzero(inliers) >= least else None


def _half_of(points: Points) -> float:
    """Half of a picture that holds the points, a power of two: few pictures, few units."""
    return float(2 ** max(0, math.ceil(math.log2(max(float(points.max()), 1.0))) - 1))


@lru_cache(maxsize=16)
def _units(half: float) -> tuple[Float64[np.ndarray, "3 3"], Float64[np.ndarray, "3 3"]]:
    """From pixels to -1 to 1, and back."""
    return (
        np.array([[1 / half, 0, -1], [0, 1 / half, -1], [0, 0, 1]]),
        np.array([[half, 0, half], [0, half, half], [0, 0, 1]]),
    )


@dataclass(frozen=True, slots=True)
class _Landed:
    """Where a homography carries points, -1 to 1, and what is left to where they were found."""

    parts: Float64[np.ndarray, "7 point"]
    """The points over their depth (3), where they land (2), what is left (2)."""
    distance: Float64[np.ndarray, " point"]
    """Length of what is left, pixels."""

    @classmethod
    def of(
        cls,
        h: Float64[np.ndarray, "3 3"],
        start: Float64[np.ndarray, "3 point"],
        goal: Float64[np.ndarray, "2 point"],
        half: float,
    ) -> _Landed | None:
        """None where the homography is none, or a point lies at infinity."""
        if not np.isfinite(h).all() or abs(h[2, 2]) < 1e-9:
            return None
        h = h / h[2, 2]
        depth = h[2] @ start
        if np.abs(depth).min() < 1e-6:
            return None
        parts = np.empty((7, len(depth)))
        rays, now, left = parts[:3], parts[3:5], parts[5:]
        np.divide(start, depth, out=rays)
        np.matmul(h[:2], rays, out=now)
        np.subtract(goal, now, out=left)
        return cls(parts, np.hypot(left[0], left[1]) * half)

    def believed(self, tolerance_px: float, least: int) -> Bool[np.ndarray, " point"] | None:
        """The points that agree by the spread of those within tolerance; None with too few."""
        near = self.distance[self.distance < tolerance_px]
        if len(near) < least:
            return None
        return self.distance < min(max(3 * quantile(near, 0.5), _FINEST_PX), tolerance_px)

    def step(self, keep: Bool[np.ndarray, " point"]) -> Float64[np.ndarray, "3 3"] | None:
        """A Gauss-Newton step towards the least squared distance; from nearby, all of it.

        The slope of a carried point (u, v) is (p, 0, -u x, -u y) in u and (0, p, -v x, -v y) in v:
        all sums that the normal equations need are products of nine rows.
        """
        kept = self.parts.compress(keep, axis=1)
        rows = np.empty((9, kept.shape[1]))
        rows[:3], rows[7:] = kept[:3], kept[5:]
        np.multiply(kept[:2], kept[3], out=rows[3:5])
        np.multiply(kept[:2], kept[4], out=rows[5:7])
        sums = rows @ rows.T
        normal = np.zeros((8, 8))
        normal[:3, :3] = normal[3:6, 3:6] = sums[:3, :3]
        normal[:3, 6:], normal[3:6, 6:] = -sums[:3, 3:5], -sums[:3, 5:7]
        normal[6:, :6] = normal[:6, 6:].T
        normal[6:, 6:] = sums[3:5, 3:5] + sums[5:7, 5:7]
        pull = np.concatenate([sums[:3, 7], sums[:3, 8], -sums[3:5, 7] - sums[5:7, 8]])
        try:
            solved = np.linalg.solve(normal, pull)
        except np.linalg.LinAlgError:
            return None
        step = np.zeros(9)
        step[:8] = solved
        return step.reshape(3, 3)

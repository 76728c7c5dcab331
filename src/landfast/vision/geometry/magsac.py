"""Relations of two views that most matches follow.

MAGSAC++ (Barath et al., CVPR 2020) as in OpenCV's USAC, whose samples come from a fixed seed of
its own: the same matches give the same relation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float, Float64

Points = Float[np.ndarray, "match 2"]
_ROUNDS: Final = 2000


class Relation(NamedTuple):
    """What was fitted, and who follows it."""

    matrix: Float64[np.ndarray, "3 3"]
    follows: Bool[np.ndarray, " match"]


def homography(
    a: Points, b: Points, tolerance_px: float, *, confidence: float = 0.995, rounds: int = _ROUNDS
) -> Relation | None:
    """The homography from `a` to `b`; None where no sample of matches gives one.

    Args:
        a: Points of one picture, pixels.
        b: The same points in the other.
        tolerance_px: Distance up to which a match follows it.
        confidence: Chance, 0 to 1, at which the search for a better one ends.
        rounds: Most samples.
    """
    return _found(
        lambda: cv2.findHomography(
            a, b, cv2.USAC_MAGSAC, tolerance_px, maxIters=rounds, confidence=confidence
        )
    )


def fundamental(
    a: Points, b: Points, tolerance_px: float, *, confidence: float = 0.999, rounds: int = _ROUNDS
) -> Relation | None:
    """The fundamental matrix F with `b F a = 0`; arguments and None as in `homography`."""
    return _found(
        lambda: cv2.findFundamentalMat(a, b, cv2.USAC_MAGSAC, tolerance_px, confidence, rounds)
    )


def essential(a: Points, b: Points, tolerance: float, *, rounds: int = _ROUNDS) -> Relation | None:
    """The essential matrix of normalised points; arguments and None as in `homography`."""
    return _found(
        lambda: cv2.findEssentialMat(a, b, np.eye(3), cv2.USAC_MAGSAC, 0.9999, tolerance, rounds)
    )


def _found(search: Callable[[], tuple[np.ndarray | None, np.ndarray | None]]) -> Relation | None:
    try:
        matrix, mask = search()
    except cv2.error:
        # OpenCV 5.0 asserts where no sample gives a model: points that did not move, or too few.
        return None
    if matrix is None or mask is None or matrix.shape != (3, 3) or not np.isfinite(matrix).all():
        return None
    return Relation(np.asarray(matrix, np.float64), mask.ravel() > 0)

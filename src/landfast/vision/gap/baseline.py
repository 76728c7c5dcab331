"""How far the camera went, in units of the depth of what it looks at."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32
from landfast.vision.geometry.twoview import TwoView

USUAL_FOCAL: Final = 0.87
"""Focal length over the picture's longer side where none is known: 60 degrees, a drone's or a
wide camera's. The measure is about in inverse proportion to it."""
LEAST_PARALLAX: Final = 0.003
"""Share of the width that depth must move points before it can be told from noise."""
_LEAST_SHOWN: Final = 0.05
"""Of the motion that the translation gives a point of median depth, the share by which the
depths of other points must have changed it."""
_LEAST_POINTS: Final = 30
_LEAST_AHEAD: Final = 0.8


def baseline_over_depth(
    relation: TwoView, *, width: int, height: int, focal_px: float | None = None
) -> float | None:
    """Camera displacement over the median depth of matched points; None where unmeasurable.

    Essential matrix by MAGSAC++ with an assumed or given focal length, then the motion that has
    the points in front of both cameras, and their depths by triangulation (Hartley & Zisserman
    9.6 and 12.2). 0.1 means: a camera 100 m from the scene went 10 m.

    Args:
        relation: Of the two pictures, in their own pixels.
        width: Of the pictures.
        height: Of the pictures.
        focal_px: Focal length in pixels of the pictures, where it is known.
    """
    if relation.model != "epipolar" or (relation.parallax_px or 0.0) < LEAST_PARALLAX * width:
        return None
    focal = focal_px or USUAL_FOCAL * max(width, height)
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    a, b = ((points - middle) / focal for points in (relation.points_a, relation.points_b))
    depth = _depths(np.ascontiguousarray(a), np.ascontiguousarray(b), 1.0 / focal)
    if depth is None:
        return None
    ratio = float(1 / np.median(depth))
    # A translation that depth hardly shows is a rotation in disguise.
    return ratio if (relation.parallax_px or 0.0) >= _LEAST_SHOWN * ratio * focal else None


def _depths(a: np.ndarray, b: np.ndarray, noise: float) -> Float32[np.ndarray, " point"] | None:
    """Depths in units of the baseline of points that lie in front of both cameras."""
    if len(a) < _LEAST_POINTS:
        return None
    cv2.setRNGSeed(1)
    try:
        essential, kept = cv2.findEssentialMat(
            a, b, np.eye(3), cv2.USAC_MAGSAC, 0.9999, noise, 2000
        )
    except cv2.error:
        # OpenCV 5.0 asserts when no sample gives a model: points that did not move.
        return None
    if essential is None or essential.shape != (3, 3):
        return None
    fitting = int(kept.sum())
    ahead, _, _, kept, points = cv2.recoverPose(
        essential, a, b, np.eye(3), distanceThresh=1e4, mask=kept
    )
    if ahead < max(_LEAST_POINTS, _LEAST_AHEAD * fitting):
        return None
    far = points[2] / np.where(np.abs(points[3]) > 1e-12, points[3], np.nan)
    good = far[(kept.ravel() > 0) & np.isfinite(far) & (far > 0)]
    return np.asarray(good, np.float32) if len(good) >= _LEAST_POINTS else None

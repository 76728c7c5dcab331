"""Do the cameras come from points on water? It moves by itself, and a long swell nearly rigidly.

A camera above waves that run past as one would see the same as one that flies over a still plain.
But waves of different lengths run at different speeds, so what surrounds a point on them is another
picture half a second later, on water of any colour, where ground only shifts and leans.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float64, UInt8

Gray = UInt8[np.ndarray, "height width"]
Points = Float64[np.ndarray, "point 2"]

_WINDOW: Final = 1 / 60
"""Half the side of what surrounds a point, share of the width."""
_SLACK: Final = 8
"""Pixels beyond it that a fit may reach to."""
_LATER_S: Final = 0.55
"""Seconds after which surroundings are compared again."""
_LEAST_S: Final = 0.3
"""A shorter time counts as this: a fast orbit's first frames change as much as a sea's."""
_MOST_S: Final = 1.5
"""Frames further apart show other light and other sides of things."""
_PAIRS: Final = 3
_POINTS: Final = 50
_FEWEST: Final = 12
_UPPER: Final = 75
"""Percentile of the points: edges of near things hide what is behind them, on land as well."""
_CHANGED: Final = 0.06
"""Correlation that the surroundings lose a second. Measured: land, by hand, dark, out of focus or
under a cloud's shadow, up to 0.023, at 125 m/s 0.038; rendered seas 0.10 to 0.28."""
_CRITERIA: Final = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 15, 1e-3)


def is_afloat(
    images: Sequence[Gray],
    times: Sequence[Fraction],
    keys: Sequence[int],
    observed: Float64[np.ndarray, "key point 2"],
) -> bool:
    """True where what surrounds the points changes as on waves.

    Args:
        times: Of the frames, seconds.
        keys: Numbers of the frames in which the points were observed.
        observed: (x, y) in those frames, NaN where not seen.
    """
    at = [float(times[key]) for key in keys]
    frames = [images[key] for key in keys]
    return _lost(frames, at, observed) > _CHANGED


def _lost(
    frames: Sequence[Gray], at: Sequence[float], observed: Float64[np.ndarray, "key point 2"]
) -> float:
    """Correlation that points' surroundings lose a second beyond that of the next key frame.

    Noise and coding cost both the same.
    """
    last = len(at) - 1
    lost = []
    for a in np.linspace(0, last - 1, min(_PAIRS, last)).round().astype(int).tolist():
        b = next((n for n in range(a + 1, last) if at[n] >= at[a] + _LATER_S), last)
        if b == a + 1 or at[b] - at[a] > _MOST_S:
            continue
        soon, late = (_likeness(frames[a], frames[n], observed[a], observed[n]) for n in (a + 1, b))
        if min(len(soon), len(late)) >= _FEWEST:
            less = np.percentile(soon, _UPPER) - np.percentile(late, _UPPER)
            lost.append(float(less) / max(at[b] - at[a + 1], _LEAST_S))
    return float(np.median(lost)) if lost else 0.0


def _likeness(a: Gray, b: Gray, here: Points, there: Points) -> Float64[np.ndarray, " shared"]:
    """Correlation of points' surroundings in two frames after the best affine fit (ECC).

    Evangelidis & Psarakis, PAMI 2008. Points that no fit is found for count 0.
    """
    reach = max(4, round(a.shape[1] * _WINDOW))
    room = np.array([a.shape[1], a.shape[0]]) - reach - _SLACK
    inside = np.isfinite(here[:, 0]) & np.isfinite(there[:, 0])
    for points in (here, there):
        inside &= (np.nan_to_num(points) >= reach + _SLACK).all(axis=1)
        inside &= (np.nan_to_num(points) < room).all(axis=1)
    both = np.flatnonzero(inside)
    both = both[np.linspace(0, len(both) - 1, min(_POINTS, len(both))).astype(int)]
    return np.array([_fitted(a, b, here[k], there[k], reach) for k in both], np.float64)


def _fitted(
    a: Gray,
    b: Gray,
    here: Float64[np.ndarray, " 2"],
    there: Float64[np.ndarray, " 2"],
    reach: int,
) -> float:
    side, wide = 2 * reach + 1, 2 * (reach + _SLACK) + 1
    one = cv2.getRectSubPix(a, (side, side), here.tolist())
    other = cv2.getRectSubPix(b, (wide, wide), there.tolist())
    start = np.array([[1, 0, _SLACK], [0, 1, _SLACK]], np.float32)
    try:
        found, _ = cv2.findTransformECC(one, other, start, cv2.MOTION_AFFINE, _CRITERIA, None, 1)
    except cv2.error:
        return 0.0
    return float(found)

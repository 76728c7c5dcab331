"""Whether a line across the picture lies as far away as a horizon must.

The strip along the line is laid level in two frames shortly after each other, so that the camera's
rotation is gone, and points just below the line are followed from one to the other. Below a
horizon they are kilometres away and keep their place; below the edge of a roof or a ridge they
spread, shrink or slide as the camera travels. Clouds tracked above the line, where there are any,
tell a zoom from an approach: they take part in the one and not in the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float64, UInt8

from landfast.vision.windows import quantile

Gray = UInt8[np.ndarray, "height width"]
Strip = UInt8[np.ndarray, "row column"]
Columns = Bool[np.ndarray, " place"]
Line = tuple[float, float]

_EVERY: Final = 4
"""Frames from one comparison to the next."""
_ABOVE: Final = 40
_BELOW: Final = 20
"""Rows of the strip on either side of the line."""
_CLEAR: Final = 3
"""Rows next to the line where no points are taken: the edge itself slides along."""
_POINTS: Final = 40
_FEWEST: Final = 8
_LEAST_CORNER: Final = 2e-4
_WINDOW: Final = (11, 11)
_AGREES_PX: Final = 1.0
_LEAST_REACH: Final = 0.3
"""Share of the width over which points must be spread."""


class _Slide(NamedTuple):
    """How points along a line moved: along it at its middle, its stretch, and across it, px."""

    along: float
    stretch: float
    """Px at the picture's left and right edge."""
    across: float


@dataclass(slots=True)
class FarCheck:
    """Compares the surroundings of the line every few frames."""

    _strip: Strip | None = None
    _age: int = 0

    def see(self, gray: Gray, line: Line | None, carries: Columns) -> float:
        """Motion beside the line that a far one would not show, px; NaN where not measured.

        Args:
            gray: Luma of the next frame, working size.
            line: Steepness and height at the centre column, px; None where there is none.
            carries: Columns, evenly over the picture, in which the line is in sight. Where
                something stands before it, what is below is near in any case.
        """
        self._age += 1
        if line is None:
            self._strip = None
            return math.nan
        if self._strip is not None and self._age < _EVERY:
            return math.nan
        strip, before = _levelled(gray, line), self._strip
        self._strip, self._age = strip, 0
        return math.nan if before is None else _nearness(before, strip, carries)


def _levelled(gray: Gray, line: Line) -> Strip:
    """The picture along the line, `_ABOVE` rows over it and `_BELOW` under it."""
    angle = math.atan(line[0])
    c, s = math.cos(angle), math.sin(angle)
    width = gray.shape[1]
    middle = (width - 1) / 2
    # From strip coordinates, centred on the line's middle, to picture coordinates.
    back = np.array(
        [
            [c, -s, middle - c * middle + s * _ABOVE],
            [s, c, line[1] - s * middle - c * _ABOVE],
        ]
    )
    return np.asarray(
        cv2.warpAffine(
            gray,
            back,
            (width, _ABOVE + _BELOW),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def _nearness(before: Strip, after: Strip, carries: Columns) -> float:
    """Px of motion that contradicts infinity; NaN without points to follow."""
    wide = cv2.resize(carries[None].astype(np.uint8), (before.shape[1], 1))[0] > 0
    below = _slide(before, after, slice(_ABOVE + _CLEAR, _ABOVE + _BELOW), wide)
    if below is None:
        return math.nan
    above = _slide(before, after, slice(0, _ABOVE - 2 * _CLEAR), np.ones_like(wide))
    if above is None:
        return max(abs(below.stretch), abs(below.across))
    # Clouds drift and the ground far out slides a little: half of that is believed.
    apart = math.hypot(below.along - above.along, above.across) / 2
    return max(abs(below.stretch - above.stretch), abs(below.across) / 2, apart)


def _slide(before: Strip, after: Strip, rows: slice, columns: Columns) -> _Slide | None:
    """Motion of the points in some rows of the strip; None where they are too few."""
    mask = np.zeros_like(before)
    mask[rows] = np.where(columns, 255, 0)
    mask[:, :8] = mask[:, -8:] = 0
    points = cv2.goodFeaturesToTrack(before, _POINTS, 0.05, 8, mask=mask, blockSize=5)
    if points is None or len(points) < _FEWEST:
        return None
    moved, status, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, None, winSize=_WINDOW, maxLevel=2, minEigThreshold=_LEAST_CORNER
    )
    found = status.ravel() == 1
    at, to = points.reshape(-1, 2)[found].astype(float), moved.reshape(-1, 2)[found].astype(float)
    inside = (np.abs(to[:, 1] - at[:, 1]) < 6) & (to[:, 0] > 2) & (to[:, 0] < before.shape[1] - 3)
    return _fitted(at[inside], (to - at)[inside], before.shape[1])


def _fitted(
    at: Float64[np.ndarray, "point 2"], moved: Float64[np.ndarray, "point 2"], width: int
) -> _Slide | None:
    """Robust line through the motion along the strip; None where the points do not agree."""
    if len(at) < _FEWEST:
        return None
    x = (at[:, 0] - (width - 1) / 2) / (width / 2)
    u = moved[:, 0]
    weight = np.ones(len(x))
    middle, stretch = quantile(u, 0.5), 0.0
    for _ in range(8):
        weight = 1 / (1 + np.square((u - middle - stretch * x) / _AGREES_PX)) ** 2
        total, wx, wu = weight.sum(), (weight * x).sum(), (weight * u).sum()
        spread = (weight * x * x).sum() - wx * wx / total
        if spread < 1e-3:
            return None
        stretch = float(((weight * x * u).sum() - wx * wu / total) / spread)
        middle = float((wu - stretch * wx) / total)
    good = np.abs(u - middle - stretch * x) < _AGREES_PX
    if good.sum() < max(_FEWEST, len(x) / 2) or np.ptp(x[good]) < 2 * _LEAST_REACH:
        return None
    return _Slide(middle, stretch, quantile(moved[good, 1], 0.5))

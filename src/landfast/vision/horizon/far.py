"""Whether a line across the picture lies as far away as a horizon must.

The strip along the line is laid level in two frames shortly after each other, so that the camera's
rotation is gone, and points just below the line are followed from one to the other. Below a
horizon they are kilometres away and keep their place; below the edge of a roof or a ridge they
spread, shrink or slide as the camera travels. Clouds tracked above the line, where there are any,
tell a zoom from an approach: they take part in the one and not in the other.

Even a single frame tells something: the ground below a horizon is seen at a grazing angle, so its
texture lies in streaks along the line; a wall below its upper edge is seen from the front.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float64, UInt8
from landfast.vision.statistics.robust import geman_mcclure
from landfast.vision.statistics.windows import quantile

Gray = UInt8[np.ndarray, "height width"]
Strip = UInt8[np.ndarray, "row column"]
Columns = Bool[np.ndarray, " place"]
Line = tuple[float, float]

_OVER: Final = 4
"""Frames over which the strips are compared."""
_SOON: Final = 4
_LATER: Final = 12
"""Frames from one comparison to the next: the first few of a line, and after that."""
_FIRST: Final = 4
_STEP: Final = 2
"""Working pixels to one of the strip's."""
_ABOVE: Final = 32
_BELOW: Final = 14
"""Rows of the strip on either side of the line."""
_CLEAR: Final = 2
"""Rows next to the line where no points are taken: the edge itself slides along."""
_POINTS: Final = 40
_FEWEST: Final = 8
_LEAST_CORNER: Final = 2e-4
_WINDOW: Final = (7, 7)
_AGREES_PX: Final = 0.5
_HOLD: Final = 0.02
"""How much motion that grows away from the line must explain to be believed."""
_FAST: Final = 9.0
"""Strip pixels over four frames, beyond which points are no longer followed reliably."""
_LEAST_DETAIL: Final = 2.0
"""Grey levels between pixels two apart in the strip, from which there is texture to judge."""
_OVER_NOISE: Final = 1.5
"""What it must outdo the sky by."""
_LEAST_REACH: Final = 0.3
"""Share of the width over which points must be spread."""


class _Slide(NamedTuple):
    """How points along a line moved: along it at its middle, its stretch, and across it, px."""

    along: float
    stretch: float
    """Px at the picture's left and right edge."""
    across: float


class Beside(NamedTuple):
    """What the surroundings of a line say of its distance; NaN where not measured."""

    near_px: float = math.nan
    """Motion that a far line would not show, working pixels over four frames."""
    streaks: float = math.nan
    """Detail across the line over detail along it, just below: 1 on a wall, more on the ground."""


@dataclass(slots=True)
class FarCheck:
    """Compares the surroundings of the line every few frames."""

    _strip: Strip | None = None
    _age: int = 0
    _done: int = 0
    """Comparisons along the present line."""

    def see(self, gray: Gray, line: Line | None, carries: Columns) -> Beside:
        """Measure beside the line of the next frame, where it is time to.

        Args:
            gray: Luma of the next frame, working size.
            line: Steepness and height at the centre column, px; None where there is none.
            carries: Columns, evenly over the picture, in which the line is in sight. Where
                something stands before it, what is below is near in any case.
        """
        if line is None:
            self._strip, self._age, self._done = None, 0, 0
            return Beside()
        self._age += 1
        every = _SOON if self._done < _FIRST else _LATER
        if self._strip is None:
            if self._done > 0 and self._age < every - _OVER:
                return Beside()
            self._strip, self._age = _levelled(gray, line), 0
            return Beside(streaks=_streaks(self._strip, _widened(carries, self._strip)))
        if self._age < _OVER:
            return Beside()
        strip, before = _levelled(gray, line), self._strip
        self._done += 1
        self._strip, self._age = (strip if self._done < _FIRST else None), 0
        columns = _widened(carries, strip)
        return Beside(_nearness(before, strip, columns), _streaks(strip, columns))


def _widened(carries: Columns, strip: Strip) -> Bool[np.ndarray, " column"]:
    size = strip.shape[1], 1
    return np.asarray(cv2.resize(carries[None].astype(np.uint8), size)[0] > 0)


def _streaks(strip: Strip, columns: Columns) -> float:
    """Detail across the line over that along it, just below; NaN where there is but noise."""
    if not columns[1:-1].any():
        return math.nan
    below, beyond = _detail(strip[_ABOVE + _CLEAR :], columns), _detail(strip[:_BELOW], columns)
    if below.along < _LEAST_DETAIL + _OVER_NOISE * beyond.along:
        return math.nan
    return below.across / below.along


class _Detail(NamedTuple):
    along: float
    across: float


def _detail(rows: Strip, columns: Columns) -> _Detail:
    """Mean difference between pixels two apart, grey levels."""
    part = rows.astype(np.int16)
    along = np.abs(part[1:-1, 2:] - part[1:-1, :-2])[:, columns[1:-1]]
    across = np.abs(part[2:] - part[:-2])[:, columns]
    return _Detail(float(along.mean()), float(across.mean()))


def _levelled(gray: Gray, line: Line) -> Strip:
    """The picture along the line at half its size, `_ABOVE` rows over it, `_BELOW` under it."""
    angle = math.atan(line[0])
    c, s = math.cos(angle), math.sin(angle)
    width = gray.shape[1]
    middle = (width - 1) / 2
    # From strip coordinates, centred on the line's middle, to picture coordinates.
    back = np.array(
        [
            [_STEP * c, -_STEP * s, middle - c * middle + s * _STEP * _ABOVE],
            [_STEP * s, _STEP * c, line[1] - s * middle - c * _STEP * _ABOVE],
        ]
    )
    return np.asarray(
        cv2.warpAffine(
            gray,
            back,
            (width // _STEP, _ABOVE + _BELOW),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def _nearness(before: Strip, after: Strip, wide: Columns) -> float:
    """Working px of motion that contradicts infinity; NaN without points to follow."""
    below = _slide(before, after, slice(_ABOVE + _CLEAR, _ABOVE + _BELOW), wide, most=3.0)
    if below is None:
        return math.nan
    rows = slice(0, _ABOVE - 2 * _CLEAR)
    above = _slide(before, after, rows, np.ones_like(wide), most=_ABOVE / 2)
    if above is None:
        return _STEP * max(abs(below.stretch), abs(below.across))
    # Clouds drift and the ground far out slides a little: half of that is believed.
    apart = math.hypot(below.along - above.along, above.across) / 2
    return _STEP * max(abs(below.stretch - above.stretch), abs(below.across) / 2, apart)


def _slide(
    before: Strip, after: Strip, rows: slice, columns: Columns, *, most: float
) -> _Slide | None:
    """Motion of the points in some rows of the strip; None where they are too few.

    Points that move further than `most` across the line are left out.
    """
    mask = np.zeros_like(before)
    mask[rows] = np.where(columns, 255, 0)
    mask[:, :4] = mask[:, -4:] = 0
    points = cv2.goodFeaturesToTrack(before, _POINTS, 0.05, 5, mask=mask, blockSize=3)
    if points is None or len(points) < _FEWEST:
        return None
    moved, status, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, None, winSize=_WINDOW, maxLevel=2, minEigThreshold=_LEAST_CORNER
    )
    found = status.ravel() == 1
    at, to = points.reshape(-1, 2)[found].astype(float), moved.reshape(-1, 2)[found].astype(float)
    inside = (np.abs(to[:, 1] - at[:, 1]) < most) & (to[:, 0] > 2)
    inside &= to[:, 0] < before.shape[1] - 3
    return _fitted(at[inside], (to - at)[inside], before.shape[1])


def _fitted(
    at: Float64[np.ndarray, "point 2"], moved: Float64[np.ndarray, "point 2"], width: int
) -> _Slide | None:
    """Robust motion along the strip where it meets the line; None where points do not agree.

    The motion of the ground shrinks with its distance and is none at the horizon, that of a wall
    is the same up to its edge: so it is let grow with the distance from the line, and what
    remains at the line itself counts.
    """
    if len(at) < _FEWEST:
        return None
    x = (at[:, 0] - (width - 1) / 2) / (width / 2)
    away = np.abs(at[:, 1] - _ABOVE) / _BELOW
    # The square is what a turning camera adds towards both ends.
    terms = np.stack([np.ones(len(x)), x, x * x, away, away * x], axis=1)
    hold = np.diag([1e-6, 1e-6, _HOLD, _HOLD, _HOLD]) * len(x)
    values = np.array([quantile(moved[:, 0], 0.5), 0.0, 0.0, 0.0, 0.0])
    for _ in range(8):
        off = moved[:, 0] - terms @ values
        weighted = terms * geman_mcclure(off, _AGREES_PX)[:, None]
        values = np.linalg.solve(weighted.T @ terms + hold, weighted.T @ moved[:, 0])
    good = np.abs(moved[:, 0] - terms @ values) < _AGREES_PX
    if good.sum() < max(_FEWEST, len(x) / 2) or np.ptp(x[good]) < 2 * _LEAST_REACH:
        return None
    across = quantile(moved[good, 1], 0.5)
    if abs(values[0]) > _FAST:
        return None
    return _Slide(float(values[0]), float(values[1]), across)

"""The observer of camera motion: pairs of neighbours, and baselines of up to a second."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from landfast.media.grid import Grid
from landfast.model.arrays import Bool, Float64, UInt8
from landfast.vision.analysis.baseline import Baseline, compare
from landfast.vision.motion.pairs import PairMotion, Step, lengths, pair_motion, step
from landfast.vision.motion.tracks import Corners, Points, find_corners, follow
from landfast.vision.statistics.windows import quantile

Gray = UInt8[np.ndarray, "height width"]

_WIDEST_MOTION = 0.08
"""Share of the picture's width that the faster points move before a new baseline starts."""
_LEAST_ALIVE = 0.55


@dataclass(frozen=True, slots=True)
class Seen:
    """What one new frame told about the camera."""

    pair: PairMotion
    """From the frame before to this one."""
    homography: Float64[np.ndarray, "3 3"] | None
    """The same as a map in working pixels; None where not measured."""
    corners: Corners | None
    """Fresh corners, where a new baseline starts here."""
    baseline: Baseline | None
    """Closed baseline, if one ends here."""
    first: int
    """Frame where that baseline began."""


@dataclass(slots=True)
class MotionTracker:
    """Follows points through a clip, frame by frame in order.

    Points are found at the start of a baseline and followed until they have moved far, too many
    are lost, a second has passed, or the scene breaks off.
    """

    grid: Grid
    """From working to source pixels."""
    longest: int
    """Frames of the longest baseline."""
    structure: float = 0.0
    """Share of the picture with texture, where the running baseline began."""
    _index: int = -1
    _first: int = -1
    _frame: Gray | None = None
    _anchor: Gray | None = None
    _born: Points = field(default_factory=lambda: np.empty((0, 2), np.float32))
    _now: Points = field(default_factory=lambda: np.empty((0, 2), np.float32))
    _count: int = 0
    _expected: Float64[np.ndarray, "3 3"] | None = None

    def see(self, index: int, gray: Gray) -> Seen | None:
        """Take the next frame (working size); None for the first one."""
        before, self._frame, self._index = self._frame, gray, index
        if before is None:
            self._start(gray)
            return None
        taken = step(before, gray, self._now, expected=self._expected)
        pair = pair_motion(self._now, taken, self.grid)
        self._expected = None if taken.fit is None else taken.fit.homography
        self._advance(taken)
        baseline, first, corners = None, self._first, None
        if self._is_over(taken):
            baseline = self._close(gray) if taken.fit is not None else None
            corners = self._start(gray)
        return Seen(pair, self._expected, corners, baseline, first)

    def finish(self) -> tuple[int, Baseline | None]:
        """First frame and figures of the baseline that the clip's end cuts short."""
        if self._frame is None or self._index == self._first:
            return self._first, None
        return self._first, self._close(self._frame)

    def _start(self, gray: Gray) -> Corners:
        corners = find_corners(gray)
        self._anchor, self._first = gray, self._index
        self._born = self._now = corners.points
        self._count = len(corners.points)
        self.structure = corners.structure
        return corners

    def _advance(self, taken: Step) -> None:
        keep = taken.followed.found
        self._born, self._now = self._born[keep], taken.followed.points[keep]

    def _is_over(self, taken: Step) -> bool:
        if taken.fit is None or len(self._now) < _LEAST_ALIVE * self._count:
            return True
        if self._index - self._first >= self.longest:
            return True
        moved = lengths(self._now - self._born)
        return quantile(moved, 0.8) > _WIDEST_MOTION * self.grid.width

    def _close(self, gray: Gray) -> Baseline | None:
        """Relate the anchor frame to this one, the drift of chained tracking taken out."""
        if self._anchor is None or len(self._now) == 0:
            return None
        sharp = follow(self._anchor, gray, self._born, guess=self._now)
        drift = np.linalg.norm(sharp.points - self._now, axis=1)
        keep: Bool[np.ndarray, " point"] = sharp.found & (drift < 3.0)
        return compare(self._born[keep], sharp.points[keep], self.grid)

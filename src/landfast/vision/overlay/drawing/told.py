"""What each frame tells of an overlay's place: how many points, how far apart, how well."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from landfast.model.arrays import Complex128, Float64
from landfast.vision.overlay.maps import Points

Corners = Complex128[np.ndarray, " corner"]
Values = Float64[np.ndarray, " frame"]


@dataclass(frozen=True, slots=True)
class Told:
    """Frame by frame; NaN where nothing is told. Places are x + iy."""

    middle: Complex128[np.ndarray, " frame"]
    """Of the points that were followed, from the overlay's middle."""
    count: Values
    spread: Values
    """Sum of their squared distances from that."""
    point_px: Values
    """Standard error of one point."""

    def errors(self, outline: Corners) -> Values:
        """Standard error over the overlay's outline, which is counted from its middle."""
        apart = np.square(np.abs(outline - self.middle[:, None])).mean(axis=1)
        share = 1 / np.maximum(self.count, 1) + apart / np.maximum(self.spread, 1e-9)
        return np.asarray(self.point_px * np.sqrt(share))


@dataclass(slots=True)
class Tale:
    """Takes note of frame after frame, and of the anchor that each was measured by."""

    centre: Float64[np.ndarray, "2"]
    frames: int
    _of: dict[int, int] = field(default_factory=dict)
    _rows: dict[int, tuple[complex, float, float, float]] = field(default_factory=dict)

    def note(self, index: int, anchor: int, points: Points, point_px: float) -> None:
        """Points of the first frame that one frame was measured by."""
        at = points[:, 0] + 1j * points[:, 1] - complex(*self.centre.tolist())
        middle = complex(at.mean())
        spread = float(np.square(np.abs(at - middle)).sum())
        self._rows[index] = middle, float(len(at)), spread, point_px
        self._of[index] = anchor

    def shift_errors(self) -> Values:
        """Standard error of each frame's place; the usual one where none was measured."""
        errors = np.full(self.frames, np.nan)
        for index, (_, count, _, point_px) in self._rows.items():
            errors[index] = point_px if self._of[index] == index else point_px / np.sqrt(count)
        return np.asarray(np.nan_to_num(errors, nan=float(np.nanmedian(errors))))

    def misfit_px(self) -> float:
        """Median distance of the points from what they agree on."""
        measured = [row[3] for index, row in self._rows.items() if self._of[index] != index]
        return float(np.median([0.0, *measured]))

    def told(self, outline: Corners) -> Told:
        """Every frame, with the errors of the anchors between it and the best of them."""
        rows = np.full((self.frames, 4), np.nan, complex)
        for index, row in self._rows.items():
            rows[index] = row
        count, spread, point = (np.asarray(rows[:, k].real) for k in (1, 2, 3))
        alone = Told(rows[:, 0].copy(), count, spread, point)
        errors = alone.errors(outline)
        added = self._added(errors)
        behind = np.array([added.get(self._of.get(k, -1), 0.0) for k in range(self.frames)])
        return replace(alone, point_px=point * np.hypot(1, behind / np.maximum(errors, 1e-9)))

    def _added(self, errors: Values) -> dict[int, float]:
        """For each anchor the error of those between it and the one with the most points."""
        anchors = sorted(set(self._of.values()))
        most = {one: 0.0 for one in anchors}
        for index, anchor in self._of.items():
            most[anchor] = max(most[anchor], self._rows[index][1])
        best = max(range(len(anchors)), key=lambda k: most[anchors[k]])
        links = [float(np.nan_to_num(errors[one])) if one in self._rows else 0.0 for one in anchors]
        result = {}
        for k, anchor in enumerate(anchors):
            low, high = min(k, best), max(k, best)
            result[anchor] = float(np.sqrt(sum(link**2 for link in links[low + 1 : high + 1])))
        return result

"""Points of the scene that a label may hang on: followed ones, and depths of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.overlay.maps import Map, moved
from landfast.vision.overlay.scene.parallax import project
from landfast.vision.overlay.sensor.sensor import Sensor

Point = Float64[np.ndarray, "2"]
_FEWEST = 6
_FARTHER = (3.0, 10.0, 30.0, 100.0, 300.0)
"""Times those depths' range by which what hangs in free air may lie beyond them."""
_BEYOND = 0.6
"""By how much of the depths seen near the overlay a depth of its own may lie beyond them."""


@dataclass(frozen=True, slots=True)
class Hanging:
    """Paths through all frames; source pixels."""

    starts: Float64[np.ndarray, "point 2"]
    """Followed points in the first frame."""
    paths: Float64[np.ndarray, "point frame 2"]
    """Where they lie in each frame, made even by plane and parallax; NaN where not known."""
    views: Float64[np.ndarray, "frame 3 4"]
    """Plane and parallax from the first frame's working pixels; NaN where not known."""
    reach: tuple[float, float]
    """Depths g of what is near the overlay; empty (0, 0) where several anchors were needed."""
    to_source: Map
    """From working pixels."""
    sensor: Sensor | None = None
    """Which bends the footage; the views are a pinhole's."""

    def through(self, sensor: Sensor) -> Hanging:
        """The same in the pixels of the footage itself."""
        starts = sensor.at(0).bent(self.starts)
        return replace(self, starts=starts, paths=_seen(sensor, self.paths), sensor=sensor)

    def depths(self, number: int) -> Float64[np.ndarray, " depth"]:
        """Depths to try."""
        low, high = self.reach
        if high <= low:
            return np.zeros(0)
        beyond = _BEYOND * (high - low)
        return np.linspace(low - beyond, high + beyond, number)

    def path(
        self, point: Point, depths: Float64[np.ndarray, " depth"]
    ) -> Float64[np.ndarray, "depth frame 2"]:
        """Where a point of the first frame lies in each frame if it has each of these depths."""
        start = point[None] if self.sensor is None else self.sensor.at(0).straight(point[None])
        here = moved(np.linalg.inv(self.to_source), start)
        there = project(self.views, np.repeat(here, len(depths), axis=0), depths)
        flat = moved(self.to_source, np.nan_to_num(there.reshape(-1, 2), nan=-1e6))
        flat = np.where(np.isfinite(there.reshape(-1, 2)), flat, np.nan)
        paths = np.asarray(flat.reshape(*there.shape).transpose(1, 0, 2))
        return paths if self.sensor is None else _seen(self.sensor, paths)

    def explained(
        self, point: Point, off: Float64[np.ndarray, "frame 2"], *, is_near: bool
    ) -> float:
        """Share of a drift that another depth would give.

        Args:
            point: In the first frame, source pixels.
            off: The drift there in each frame; NaN where not measured.
            is_near: Of those seen near the overlay alone; any depth where not.
        """
        low, high = self.reach
        if high <= low:
            return 0.0
        beyond = [0.0] if is_near else [0.0, *_FARTHER, *(-one for one in _FARTHER)]
        depths = np.array([low, *(high + one * (high - low) for one in beyond)])
        near, *others = self.path(point, depths)
        shares = [_share(other - near, off) for other in others]
        return max([0.0, *(share for share, by in shares if not is_near or abs(by) <= 1)])


def _share(
    along: Float64[np.ndarray, "frame 2"], off: Float64[np.ndarray, "frame 2"]
) -> tuple[float, float]:
    """Share of a drift that goes along a way, and how far along it."""
    known = np.isfinite(along[:, 0]) & np.isfinite(off[:, 0])
    if known.sum() < _FEWEST:
        return 0.0, 0.0
    along, drift = along[known], off[known]
    along, drift = along - along.mean(axis=0), drift - drift.mean(axis=0)
    length, whole = float(np.square(along).sum()), float(np.square(drift).sum())
    by = float((along * drift).sum()) / max(length, 1e-12)
    return (0.0 if whole < 1e-9 else by * by * length / whole), by


def _seen(
    sensor: Sensor, paths: Float64[np.ndarray, "point frame 2"]
) -> Float64[np.ndarray, "point frame 2"]:
    """Paths of a pinhole in the pixels of the footage; frames may be told over again."""
    if not len(paths):
        return paths
    return np.stack([sensor.at(k).bent(paths[:, k]) for k in range(paths.shape[1])], axis=1)

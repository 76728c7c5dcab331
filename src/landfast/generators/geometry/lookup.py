"""Where both anchors show what a view inside the gap shows.

Maps are on the field grid: for each cell of the view the cell of the anchor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32

from landfast.generators.geometry.camera import Motion
from landfast.generators.geometry.correspond import Side
from landfast.generators.geometry.path import Way
from landfast.generators.geometry.scene import Scene, View
from landfast.generators.geometry.splat import Layer, splat
from landfast.vision.flow import fetch, pixel_grid

_ROUNDS: Final = 8
"""Fixed-point rounds that turn a motion into the place a cell came from."""
_TRUST_LEAST: Final = 0.05
"""Even a flow that nothing confirms says something about nearness."""
_FRONT: Final = 6.0
"""How strongly the nearer of two things that meet in a cell wins: exp(_FRONT * nearness / unit)."""

Map = Float32[np.ndarray, "rows cols 2"]


@dataclass(frozen=True, slots=True)
class FlowLookup:
    """Each anchor's pixels follow their own motion; for gaps without depth."""

    onward: Way
    backward: Way
    scale: Float32[np.ndarray, " 2"]
    """Working pixels per cell."""

    def at(self, t: float) -> tuple[Map, Map]:
        """Cells of the first and of the last anchor for the view after a share `t`.

        A fixed point inverts the motion.
        """
        return (
            _came_from(self.onward.at(t) / self.scale),
            _came_from(self.backward.at(1 - t) / self.scale),
        )


@dataclass(frozen=True, slots=True)
class SceneLookup:
    """Both anchors' depths are carried into the view and merged; the camera does the rest."""

    scene: Scene
    sides: tuple[Side, Side]
    departures: tuple[Way, Way]
    unit: float
    """What counts as near: see `unit_of`."""

    def at(self, t: float) -> tuple[Map, Map]:
        """Cells of the first and of the last anchor for the view after a share `t`."""
        first, last = self.scene.first, self.scene.last
        motions = first.motion(t), last.motion(1 - t)
        layers = [
            _carried(view, motion, side, share, self.unit)
            for view, motion, side, share in zip(
                (first, last), motions, self.sides, (1 - t, t), strict=True
            )
        ]
        nearness = splat(layers, first.nearness.shape)
        return (
            self._back(motions[0], nearness, self.departures[0].at(t)),
            self._back(motions[1], nearness, self.departures[1].at(1 - t)),
        )

    def _back(self, motion: Motion, nearness: np.ndarray, departure: Map) -> Map:
        """From the view to an anchor: by the camera, then against what moved by itself."""
        lens, points = self.scene.first.lens, self.scene.first.points
        cells = lens.cells(motion.inverse().project(points, nearness))
        moved = fetch(departure / self.sides[0].scale, cells, resampling="linear")
        return np.asarray(cells - moved)


Lookup = FlowLookup | SceneLookup


def unit_of(scene: Scene) -> float:
    """The nearness that only a tenth of the first anchor exceeds."""
    return float(np.percentile(scene.first.nearness, 90)) + 1e-6


def _carried(view: View, motion: Motion, side: Side, share: float, unit: float) -> Layer:
    """An anchor's nearness as the view sees it, with its weight."""
    cells = view.lens.cells(motion.project(view.points, view.nearness))
    nearness = view.nearness / motion.depth_ratio(view.points, view.nearness)
    front = np.exp(np.float32(_FRONT) * np.clip(nearness / np.float32(unit), 0, 3))
    weight = (side.trust + np.float32(_TRUST_LEAST)) * np.float32(share) * front
    return Layer(cells, nearness, weight)


def _came_from(moved: Map) -> Map:
    """For each cell of the view the place in the anchor that moves there."""
    rows, cols = moved.shape[:2]
    grid = pixel_grid(cols, rows)
    source: np.ndarray = grid - moved
    for _ in range(_ROUNDS):
        source = grid - fetch(moved, source, resampling="linear")
    return source

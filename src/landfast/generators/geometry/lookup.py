"""Where both anchors show what a view inside the gap shows.

Maps are on the field grid: for each cell of the view the cell of the anchor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from landfast.generators.geometry.camera import Motion
from landfast.generators.geometry.path import Way
from landfast.generators.geometry.scene import Scene, View
from landfast.generators.geometry.splat import Layer, splat
from landfast.model.arrays import Float32
from landfast.vision.flow import fetch, pixel_grid

_ROUNDS: Final = 5
"""Fixed-point rounds that turn a motion into the place a cell came from."""
_FRONT: Final = 6.0
"""How strongly the nearer of two things that meet in a cell wins: exp(_FRONT * nearness / unit)."""

_HIDDEN_PX: Final = 4.0
"""What an anchor shows is half doubted where it is nearer by so much parallax, pixels."""

Map = Float32[np.ndarray, "rows cols 2"]


class Origin(NamedTuple):
    """Where an anchor shows a view.

    Attributes:
        cells: For each cell of the view the anchor's.
        shown: 0 to 1: how surely nothing stands before it in the anchor.
    """

    cells: Map
    shown: Float32[np.ndarray, "rows cols"]


@dataclass(frozen=True, slots=True)
class FlowLookup:
    """Each anchor's pixels follow their own motion; for gaps without depth."""

    onward: Way
    backward: Way
    scale: Float32[np.ndarray, " 2"]
    """Working pixels per cell."""

    def at(self, t: float) -> tuple[Origin, Origin]:
        """Where the first and the last anchor show the view after a share `t`.

        A fixed point inverts the motion.
        """
        everywhere = np.ones(self.onward.end.shape[:2], np.float32)
        return (
            Origin(_came_from(self.onward.at(t) / self.scale), everywhere),
            Origin(_came_from(self.backward.at(1 - t) / self.scale), everywhere),
        )


@dataclass(frozen=True, slots=True)
class SceneLookup:
    """Both anchors' depths are carried into the view and merged; the camera does the rest."""

    scene: Scene
    departures: tuple[Way, Way]
    scale: Float32[np.ndarray, " 2"]
    """Working pixels per cell."""
    unit: float
    """What counts as near: see `unit_of`."""

    def at(self, t: float) -> tuple[Origin, Origin]:
        """Where the first and the last anchor show the view after a share `t`."""
        first, last = self.scene.first, self.scene.last
        motions = first.motion(t), last.motion(1 - t)
        layers = [
            _carried(view, motion, share, self.unit)
            for view, motion, share in zip((first, last), motions, (1 - t, t), strict=True)
        ]
        nearness = splat(layers, first.nearness.shape)
        return (
            self._back(first, motions[0], nearness, self.departures[0].at(t)),
            self._back(last, motions[1], nearness, self.departures[1].at(1 - t)),
        )

    def _back(self, anchor: View, motion: Motion, nearness: np.ndarray, departure: Map) -> Origin:
        """From the view to an anchor: by the camera, then against what moved by itself."""
        lens, points = anchor.lens, anchor.points
        back = motion.inverse()
        cells = lens.cells(back.project(points, nearness))
        moved = fetch(departure / self.scale, cells, resampling="linear")
        found = np.asarray(cells - moved)
        before = fetch(anchor.nearness, found, resampling="linear")
        before -= nearness / back.depth_ratio(points, nearness)
        off = np.maximum(before, 0) * motion.stretch(points) * np.float32(lens.focal)
        return Origin(found, 1 / (1 + np.square(off / np.float32(_HIDDEN_PX))))


Lookup = FlowLookup | SceneLookup


def unit_of(scene: Scene) -> float:
    """The nearness that only a tenth of the first anchor exceeds."""
    return float(np.percentile(scene.first.nearness, 90)) + 1e-6


def _carried(view: View, motion: Motion, share: float, unit: float) -> Layer:
    """An anchor's nearness as the view sees it, with its weight."""
    cells = view.lens.cells(motion.project(view.points, view.nearness))
    nearness = view.nearness / motion.depth_ratio(view.points, view.nearness)
    front = np.exp(np.float32(_FRONT) * np.clip(nearness / np.float32(unit), 0, 3))
    return Layer(cells, nearness, np.float32(share) * front)


def _came_from(moved: Map) -> Map:
    """For each cell of the view the place in the anchor that moves there."""
    rows, cols = moved.shape[:2]
    grid = pixel_grid(cols, rows)
    source: np.ndarray = grid - moved
    for _ in range(_ROUNDS):
        source = grid - fetch(moved, source, resampling="linear")
    return source

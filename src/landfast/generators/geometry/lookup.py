"""Where both anchors show what a view inside the gap shows.

Maps are on the field grid: for each cell of the view the cell of the anchor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from landfast.generators.geometry.camera import Motion
from landfast.generators.geometry.easing import SHAKEN
from landfast.generators.geometry.path import Way
from landfast.generators.geometry.scene import Scene, View
from landfast.generators.geometry.splat import Layer, splat
from landfast.model.arrays import Float32
from landfast.vision.motion.flow import fetch, pixel_grid

_ROUNDS: Final = 5
"""Fixed-point rounds that turn a motion into the place a cell came from."""
_FRONT: Final = 6.0
"""How strongly the nearer of two things that meet in a cell wins: exp(_FRONT * nearness / unit)."""

_HIDDEN_PX: Final = 4.0
"""What an anchor shows is half doubted where it is nearer by so much parallax, pixels."""

_HIDDEN: Final = np.float32(0.02)
"""What a hidden pixel still counts: it may be all there is."""
_COVERED: Final = np.float32(0.999)
"""What a thing that moves by itself takes of that: it is elsewhere."""

Map = Float32[np.ndarray, "rows cols 2"]
Covered = tuple[Float32[np.ndarray, "rows cols"], Float32[np.ndarray, "rows cols"]] | None


class Origin(NamedTuple):
    """Where an anchor shows a view.

    Attributes:
        cells: For each cell of the view the anchor's.
        shown: Above 0, to about 1: how surely nothing stands before it in the anchor.
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
    covered: Covered = None
    """See `SceneLookup`."""

    @property
    def shaken(self) -> bool:
        """Whether the camera shakes from frame to frame."""
        return SHAKEN in self.onward.memories

    def moved(self, end: int, share: float) -> Map:
        """How far an anchor's pixels have gone after a share from it, working pixels.

        Args:
            end: 0 for the first anchor, 1 for the last.
            share: Of the gap.
        """
        return (self.onward, self.backward)[end].at(share)

    def at(self, t: float) -> tuple[Origin, Origin]:
        """Where the first and the last anchor show the view after a share `t`.

        A fixed point inverts the motion.
        """
        everywhere = np.ones(self.onward.end.shape[:2], np.float32)
        found = (
            Origin(_came_from(self.onward.at(t) / self.scale), everywhere),
            Origin(_came_from(self.backward.at(1 - t) / self.scale), everywhere),
        )
        return _uncovered(found, self.covered)


@dataclass(frozen=True, slots=True)
class SceneLookup:
    """Both anchors' depths are carried into the view and merged; the camera does the rest."""

    scene: Scene
    departures: tuple[Way, Way]
    scale: Float32[np.ndarray, " 2"]
    """Working pixels per cell."""
    unit: float
    """What counts as near: see `unit_of`."""
    covered: Covered = None
    """For each anchor 1 where a thing that moves by itself stands before the scene."""

    @property
    def shaken(self) -> bool:
        """Whether the camera shakes from frame to frame."""
        return SHAKEN in self.scene.first.camera.memories

    def moved(self, end: int, share: float) -> Map:
        """As `FlowLookup.moved`."""
        view = (self.scene.first, self.scene.last)[end]
        return np.asarray(view.at(share) + self.departures[end].at(share))

    def at(self, t: float) -> tuple[Origin, Origin]:
        """Where the first and the last anchor show the view after a share `t`."""
        first, last = self.scene.first, self.scene.last
        motions = first.motion(t), last.motion(1 - t)
        layers = [
            _carried(view, motion, share, self.unit)
            for view, motion, share in zip((first, last), motions, (1 - t, t), strict=True)
        ]
        nearness = splat(layers, first.nearness.shape)
        found = (
            self._back(first, motions[0], nearness, self.departures[0].at(t)),
            self._back(last, motions[1], nearness, self.departures[1].at(1 - t)),
        )
        return _uncovered(found, self.covered)

    def _back(self, anchor: View, motion: Motion, nearness: np.ndarray, departure: Map) -> Origin:
        """From the view to an anchor: by the camera, then against what moved by itself.

        What moved by itself did so by pixels of the view, which shows it larger or smaller.
        """
        lens, points = anchor.lens, anchor.points
        back = motion.inverse()
        cells = lens.cells(back.project(points, nearness))
        moved = fetch(departure / self.scale, cells, resampling="linear")
        ratio = back.depth_ratio(points, nearness)
        found = np.asarray(cells - moved / ratio[..., None])
        before = fetch(anchor.nearness, found, resampling="linear") - nearness / ratio
        off = np.maximum(before, 0) * motion.stretch(points) * np.float32(lens.focal)
        return Origin(found, _HIDDEN + 1 / (1 + np.square(off / np.float32(_HIDDEN_PX))))


Lookup = FlowLookup | SceneLookup


def _uncovered(found: tuple[Origin, Origin], covered: Covered) -> tuple[Origin, Origin]:
    """With what stands behind a thing called hidden."""
    if covered is None:
        return found
    first, last = (
        Origin(one.cells, one.shown * (1 - _COVERED * fetch(over, one.cells, resampling="linear")))
        for one, over in zip(found, covered, strict=True)
    )
    return first, last


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

"""Looks for what hides an overlay, before it is laid over the footage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from landfast.compose.lock.decide import Decision
from landfast.conduct.progress import Progress, stage
from landfast.media.decode import decode
from landfast.media.grid import Grid
from landfast.media.layers.layer import Layer
from landfast.media.picture import Picture
from landfast.model.arrays import Float32, Float64
from landfast.model.clip import Clip
from landfast.model.time import Span
from landfast.vision.overlay.maps import from_about, moved
from landfast.vision.overlay.measure import LockMeasure
from landfast.vision.overlay.occlusion import Matte, grid_of, has_other_depths, mattes, seen_through
from landfast.vision.overlay.scene.ways import Way, ahead

_WIDTH = 640
_FRAMES = 40
"""That depth is measured over at once."""
_LEAST = 8
_FAR = ("rotation", "rotation with horizon", "far layer")


@dataclass(slots=True)
class Occlusion:
    """What of the overlay is seen, frame by frame."""

    mattes: list[Matte | None]
    grid: Grid
    reason: str
    """Why nothing is known, where nothing is."""
    _hidden: float = 0.0
    _all: float = 0.0

    @property
    def share(self) -> float | None:
        """Share of the overlay that was hidden; None where depth is not known."""
        if not any(matte is not None for matte in self.mattes):
            return None
        return self._hidden / self._all if self._all else 0.0

    def keep(
        self, number: int, picture: Picture, layer: Layer
    ) -> Float32[np.ndarray, "rows columns"] | None:
        """Share of each pixel of the layer's box that is seen; None where all of it is."""
        matte = self.mattes[number] if self.mattes else None
        if matte is None or layer.is_clear:
            return None
        left, top, right, bottom = layer.box
        guide = picture.gray()[top:bottom, left:right].astype(np.float32) / 255
        scale = self.grid.scale_x, self.grid.scale_y
        keep = seen_through(matte, guide, (left, top), scale)
        alpha = layer.pixels[..., 3].astype(np.float32)
        self._hidden += float((alpha * (1 - keep)).sum())
        self._all += float(alpha.sum())
        return keep


def find_occlusion(
    footage: Path,
    clip: Clip,
    span: Span | None,
    measure: LockMeasure,
    decision: Decision,
    progress: Progress | None,
) -> Occlusion:
    """Depth against the overlay's own, where something of another depth comes under it."""
    grid = Grid.working((clip.width, clip.height), min(_WIDTH, clip.width))
    frames = len(measure.boxes)
    swim, target = measure.swim, decision.target
    nothing = Occlusion([None] * frames, grid, "")
    if swim is None or target is None or measure.choice.model in _FAR or frames < _LEAST:
        return nothing
    if not has_other_depths(measure.hanging, swim.maps, measure.boxes, clip.width):
        return nothing
    home = grid_of((*swim.outline[0].tolist(), *swim.outline[2].tolist()))
    places = np.array([_at(way, home, target[k], swim.centre) for k, way in enumerate(swim.maps)])
    stands = measure.choice.hold != "lying"
    ground = np.array([_on(way, home) for way in measure.choice.ground]) if stands else None
    boxes = [_box(one, grid) for one in places]
    tell = stage(progress, "depth")
    found, reasons, grays, times = [], [], [], []
    for number, picture in enumerate(decode(footage, clip, span=span)):
        grays.append(picture.gray(grid.size[0]))
        times.append(picture.time)
        left = frames - number - 1
        if left == 0 or (len(grays) >= _FRAMES and left >= _LEAST):
            part = slice(number + 1 - len(grays), number + 1)
            below = None if ground is None else grid.from_source(ground[part].reshape(-1, 2))
            more, reason = mattes(
                grays, times, _working(places[part], grid),
                None if below is None else below.reshape(-1, len(home), 2), boxes[part],
            )  # fmt: skip
            found += more
            reasons.append(reason)
            grays, times = [], []
        tell(number + 1, frames)
    return Occlusion(found, grid, next((reason for reason in reasons if reason), ""))


def _at(
    way: Way | None,
    home: Float64[np.ndarray, "point 2"],
    target: Float64[np.ndarray, "4"],
    centre: Float64[np.ndarray, "2"],
) -> Float64[np.ndarray, "point 2"]:
    return _on(way, moved(from_about(target, centre), home))


def _on(way: Way | None, home: Float64[np.ndarray, "point 2"]) -> Float64[np.ndarray, "point 2"]:
    return np.full_like(home, np.nan) if way is None else ahead(way, home)


def _working(
    places: Float64[np.ndarray, "frame point 2"], grid: Grid
) -> Float64[np.ndarray, "frame point 2"]:
    return np.asarray(grid.from_source(places.reshape(-1, 2))).reshape(places.shape)


def _box(
    places: Float64[np.ndarray, "point 2"], grid: Grid
) -> tuple[float, float, float, float] | None:
    """Where the overlay lies in a frame, working pixels; None outside."""
    if not np.isfinite(places).all():
        return None
    there = grid.from_source(places)
    low, high = there.min(axis=0), there.max(axis=0)
    if (high < 0).any() or (low > np.array(grid.size)).any():
        return None
    return (*low.tolist(), *high.tolist())

"""Views between two anchors: each anchor's pixels moved along their paths, then blended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32

from landfast.generators.base import Image, Material
from landfast.generators.geometry.correspond import working_size
from landfast.generators.geometry.measure import measure_paths
from landfast.generators.geometry.path import Path
from landfast.generators.geometry.source import Picture, Source, load_source
from landfast.vision.flow import fetch, pixel_grid

_ROUNDS: Final = 8
"""Fixed-point rounds that turn a path into the place a pixel came from."""

Map = Float32[np.ndarray, "rows cols 2"]
Weights = Float32[np.ndarray, "rows cols"]


@dataclass(frozen=True, slots=True)
class Bridge:
    """Everything measured once for a gap; `view` makes one picture of it."""

    first: Source
    last: Source
    onward: Path
    backward: Path

    def view(self, t: float) -> Image:
        """The picture after a share `t` of the gap, 0 < t < 1."""
        from_first, seen_first = _moved(self.first, self.onward, t)
        from_last, seen_last = _moved(self.last, self.backward, 1 - t)
        first, last = seen_first * np.float32(1 - t), seen_last * np.float32(t)
        share = cv2.resize(first / (first + last), self.first.size, interpolation=cv2.INTER_LINEAR)
        blended = cv2.blendLinear(from_first, from_last, share, 1 - share)
        return np.asarray(cv2.cvtColor(blended, cv2.COLOR_RGBA2RGB))


def build_bridge(material: Material, *, frames: int) -> Bridge:
    """Measure a gap.

    Args:
        material: The anchors and the footage around them.
        frames: Frames of the take, anchors included.

    Raises:
        Unsupported: Nothing relates the anchors.
    """
    onward, backward = measure_paths(material, steps=frames - 1)
    return Bridge(load_source(material.first), load_source(material.last), onward, backward)


def _moved(source: Source, path: Path, t: float) -> tuple[Picture, Weights]:
    """An anchor's picture moved along its path, and where it shows the scene (0 to 1)."""
    width, height = source.size
    moved = path.at(t)
    rows, cols = moved.shape[:2]
    cell = np.array(working_size(width, height), np.float32) / (cols, rows)
    origin = _origin(moved / cell.astype(np.float32))
    return source.fetch(origin), _seen(origin)


def _origin(moved: Map) -> Map:
    """For each cell of the view the place in the anchor that moves there, in cells."""
    rows, cols = moved.shape[:2]
    grid = pixel_grid(cols, rows)
    source: np.ndarray = grid - moved
    for _ in range(_ROUNDS):
        source = grid - fetch(moved, source, resampling="linear")
    return source


def _seen(origin: Map) -> Weights:
    """1 inside the picture, falling to nearly nothing outside."""
    rows, cols = origin.shape[:2]
    x, y = origin[..., 0], origin[..., 1]
    depth = np.minimum(np.minimum(x, cols - 1 - x), np.minimum(y, rows - 1 - y))
    return np.asarray(np.clip(depth + np.float32(1.5), np.float32(1e-3), 1))

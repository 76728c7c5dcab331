"""Views between two anchors: both anchors' pixels fetched and blended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32

from landfast.generators.base import Image, Material
from landfast.generators.geometry.bands import Enlarged, bands, enlarged
from landfast.generators.geometry.lookup import Lookup, Origin
from landfast.generators.geometry.measure import measure
from landfast.generators.geometry.source import Source, load_source
from landfast.vision.tones import mixed

_NEARER: Final = 1.5
"""How the nearer anchor outweighs the other: 1 is in proportion; more keeps detail sharper that the
anchors do not agree on, at a few hundredths of a decibel."""
_EDGE_CELLS: Final = 4.0
"""An anchor fades in over so many field cells from its picture's edge: lenses darken there, and the
sharp end of one anchor before the other would show as a line."""
_HIDDEN: Final = 0.02
"""What a hidden pixel still counts: it may be all there is."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """Everything measured once for a gap; `view` makes one picture of it."""

    first: Source
    last: Source
    lookup: Lookup

    def view(self, t: float) -> Image:
        """The picture after a share `t` of the gap, 0 < t < 1."""
        in_first, in_last = self.lookup.at(t)
        first = _seen(in_first) * np.float32((1 - t) ** _NEARER)
        last = _seen(in_last) * np.float32(t**_NEARER)
        share = enlarged(first / (first + last), self.first.size)
        maps = self.first.map(in_first.cells), self.last.map(in_last.cells)
        return self._painted(maps, share)

    def _painted(self, maps: tuple[Enlarged, Enlarged], share: Enlarged) -> Image:
        """Both anchors' pixels, mixed."""
        width, height = self.first.size
        image: Image = np.empty((height, width, 3), self.first.pixels.dtype)
        for band in bands(width, height):
            one = self.first.fetch(maps[0].rows(band))
            other = self.last.fetch(maps[1].rows(band))
            image[band] = _mixed(one, other, share.rows(band))
        return image


def build_bridge(material: Material, *, frames: int) -> Bridge:
    """Measure a gap.

    Args:
        material: The anchors and the footage around them.
        frames: Frames of the take, anchors included.

    Raises:
        Unsupported: Nothing relates the anchors.
    """
    lookup = measure(material, steps=frames - 1)
    return Bridge(load_source(material.first), load_source(material.last), lookup)


def _seen(origin: Origin) -> Float32[np.ndarray, "rows cols"]:
    """1 inside an anchor's picture, falling to nearly nothing outside and where it is hidden."""
    rows, cols = origin.shown.shape
    x, y = origin.cells[..., 0], origin.cells[..., 1]
    depth = np.minimum(np.minimum(x, cols - 1 - x), np.minimum(y, rows - 1 - y))
    fade = np.float32(min(_EDGE_CELLS, rows / 4))
    inside = np.clip((depth + np.float32(1.5)) / fade, np.float32(1e-3), 1)
    return np.asarray(inside * (origin.shown + np.float32(_HIDDEN)))


def _mixed(one: Image, other: Image, share: Float32[np.ndarray, "rows width"]) -> Image:
    """`share` of one picture and the rest of the other, rounded once.

    In 8 bits the weights have 8 bits too, and what the pictures have in common is not touched by
    them: the difference is weighed, its positive and its negative part each in unsigned numbers.
    """
    if one.dtype != np.uint8:
        return mixed(one, other, share)
    weight = cv2.merge([cv2.convertScaleAbs(share, alpha=255)] * 3)
    more = cv2.multiply(cv2.subtract(one, other), weight, scale=1 / 255)
    less = cv2.multiply(cv2.subtract(other, one), weight, scale=1 / 255)
    return np.asarray(cv2.subtract(cv2.add(other, more, dst=more), less, dst=more))

"""Views between two anchors: both anchors' pixels fetched and blended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32

from landfast.generators.base import Image, Material
from landfast.generators.geometry.lookup import Lookup, Origin
from landfast.generators.geometry.measure import measure
from landfast.generators.geometry.source import Source, load_source
from landfast.vision.tones import mixed

_NEARER: Final = 1.5
"""How the nearer anchor outweighs the other: 1 is in proportion; more keeps detail sharper that the
anchors do not agree on, at a few hundredths of a decibel."""
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
        share = cv2.resize(first / (first + last), self.first.size, interpolation=cv2.INTER_LINEAR)
        pictures = self.first.fetch(in_first.cells), self.last.fetch(in_last.cells)
        return np.asarray(cv2.cvtColor(mixed(*pictures, share), cv2.COLOR_RGBA2RGB))


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
    inside = np.clip(depth + np.float32(1.5), np.float32(1e-3), 1)
    return np.asarray(inside * (origin.shown + np.float32(_HIDDEN)))

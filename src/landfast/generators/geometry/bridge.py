"""Views between two anchors: both anchors' pixels fetched and blended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from landfast.generators.base import Image, Material
from landfast.generators.geometry.apart import apart
from landfast.generators.geometry.bands import Enlarged, bands
from landfast.generators.geometry.blend import Blend, alike, blend_of, magnified, mixed, sharpened
from landfast.generators.geometry.continuing import Continued, continued
from landfast.generators.geometry.lookup import Lookup, Origin
from landfast.generators.geometry.measure import measure
from landfast.generators.geometry.source import Picture, Source, load_source
from landfast.generators.geometry.sprite import Sprite
from landfast.model.arrays import Float32, UInt8, UInt16
from landfast.vision.grain import Grain, grain_of
from landfast.vision.motion.flow import fetch

_EDGE_CELLS: Final = 4.0
"""An anchor fades in over so many field cells from its picture's edge: lenses darken there, and the
sharp end of one anchor before the other would show as a line."""

Part = UInt8[np.ndarray, "_ _ 4"] | UInt16[np.ndarray, "_ _ 4"]


@dataclass(frozen=True, slots=True)
class Bridge:
    """Everything measured once for a gap; `view` makes one picture of it.

    Attributes:
        first: The first anchor's pixels.
        last: The last one's.
        lookup: Where both show a view.
        alike: For each field cell of the first anchor how much of its detail the last one shares.
        movers: Things that move by themselves, put over what both show.
        grain: The footage's grain; None where there is none.
    """

    first: Source
    last: Source
    lookup: Lookup | Continued
    alike: Float32[np.ndarray, "rows cols"]
    movers: tuple[Sprite, ...]
    grain: Grain | None

    def view(self, t: float) -> Image:
        """The picture after a share `t` of the gap, 0 < t < 1."""
        in_first, in_last = self.lookup.at(t)
        fine = magnified(in_first.cells), magnified(in_last.cells)
        first = _seen(in_first) * np.float32(1 - t)
        last = _seen(in_last) * np.float32(t)
        shared = fetch(self.alike, in_first.cells, resampling="linear")
        blend = blend_of(first / (first + last), shared, fine, self.first)
        maps = self.first.map(in_first.cells), self.last.map(in_last.cells)
        image = self._painted(maps, blend)
        for thing in self.movers:
            thing.onto(image, t)
        return image if self.grain is None else self.grain.added(image, t)

    def _painted(self, maps: tuple[Enlarged, Enlarged], blend: Blend) -> Image:
        """Both anchors' pixels, mixed; where one counts for nothing, it is not fetched."""
        width, height = self.first.size
        image: Image = np.empty((height, width, 3), self.first.pixels.dtype)
        for band in bands(width, height):
            share = blend.share[band]
            ours, theirs = _span(share.max(axis=0) > 0), _span(share.min(axis=0) < blend.whole)
            one = self.first.fetch(maps[0].rows(band)[:, ours])
            other = self.last.fetch(maps[1].rows(band)[:, theirs])
            image[band] = sharpened(_joined(one, other, share, ours, theirs), blend.gain[band])
        return image


def build_bridge(material: Material, *, frames: int) -> Bridge:
    """Measure a gap.

    Args:
        material: The anchors and the footage around them.
        frames: Frames of the take, anchors included.

    Raises:
        Unsupported: Nothing relates the anchors.
    """
    lookup, movers = apart(material, measure(material, steps=frames - 1), steps=frames - 1)
    first, last = load_source(material.first), load_source(material.last)
    shared = alike(first, last, lookup.at(0.0)[1].cells)
    grain = grain_of(material.first, material.last, before=material.before, after=material.after)
    path = continued(lookup, material, steps=frames - 1)
    return Bridge(first, last, path, shared, movers, grain)


def _span(wanted: np.ndarray) -> slice:
    """From the first column that is wanted to the last one."""
    found = np.flatnonzero(wanted)
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 0)


def _joined(one: Part, other: Part, share: np.ndarray, ours: slice, theirs: slice) -> Picture:
    """A band of both anchors' columns, mixed where they overlap."""
    start, stop = max(ours.start, theirs.start), min(ours.stop, theirs.stop)
    if (start, stop) == (0, share.shape[1]):
        return mixed(one, other, share)
    band: Picture = np.empty((*share.shape, 4), one.dtype)
    band[:, theirs], band[:, ours] = other, one
    if start < stop:
        mine = one[:, start - ours.start : stop - ours.start]
        its = other[:, start - theirs.start : stop - theirs.start]
        band[:, start:stop] = mixed(mine, its, share[:, start:stop])
    return band


def _seen(origin: Origin) -> Float32[np.ndarray, "rows cols"]:
    """As shown inside an anchor's picture, falling to nearly nothing outside."""
    rows, cols = origin.shown.shape
    x, y = origin.cells[..., 0], origin.cells[..., 1]
    depth = np.minimum(np.minimum(x, cols - 1 - x), np.minimum(y, rows - 1 - y))
    fade = np.float32(min(_EDGE_CELLS, rows / 4))
    inside = np.clip((depth + np.float32(1.5)) / fade, np.float32(1e-3), 1)
    return np.asarray(inside * origin.shown)

"""The first frames beside an anchor go on exactly as the footage came.

The path through the gap is smooth: it has a velocity at its ends, the mean over two frames, and
what shakes is taken out of that. Real frames differ from one to the next, by a tremor and by the
rolling shutter that bends the picture with it, and a path that leaves the anchor without that
departure jumps where it begins. So the frame after the anchor is brought to where the frame before
it lies on the other side, mirrored at the anchor, and so is the second one: steps of one and of two
frames are then the same on both sides. What that adds to the path is small, the same for
near and far, and dies away as a damped motion does, within a few frames.

It is measured with corners, which are followed more finely than flow tells, and smooth over the
picture: a polynomial of second degree, which holds a turn, a zoom and a shutter's bend.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import cv2
import numpy as np

from landfast.generators.base import Frame, Material
from landfast.generators.geometry.correspond import Gray, field_pixels, field_scale, working_gray
from landfast.generators.geometry.lookup import Lookup, Origin
from landfast.model.arrays import Float32, Float64
from landfast.vision.geometry.bend import Bend, basis, fit_bend
from landfast.vision.geometry.features import corners
from landfast.vision.motion.flow import fetch, pixel_grid

STEPS: Final = 2
"""So many frames beside an anchor are mirrored."""
_SETTLED: Final = 0.6
"""Frames in which the damped motion dies away to a third. Longer ones cost more decibels: a
departure tells little about the third frame."""
_SHORTEST: Final = 8
"""Frame intervals of a gap in which both ends' departures are clear of each other."""
_CORNERS: Final = 1500
_LEAST: Final = 40
"""Corners that must be followed to tell a departure's form."""
_AGREE_PX: Final = 0.5
"""A corner is followed that is found again on the way back within so much."""
_SEARCH: Final[dict[str, Any]] = {"winSize": (21, 21), "maxLevel": 4, "criteria": (3, 40, 0.003)}
_NOISE_PX: Final = 0.03
"""A corner's place is no surer."""
_TREMOR_PX: Final = 0.5
"""A frame, at a picture 960 wide: so much is a tremor, and twice as much the camera changing its
course. Going on with that for two frames and then back would only carry the jump into the gap;
the smooth path bends over all of it."""
_NOTHING: Final = 1e-3
"""Share of a departure that nobody sees."""

Grid = Float32[np.ndarray, "*grid 2"]
Points = Float32[np.ndarray, "_ 2"]


@dataclass(frozen=True)
class Continued:
    """A lookup whose first and last views depart from the path as the footage did.

    Attributes:
        path: The smooth lookup.
        first: What the two views after the first anchor depart by; see `_departures`.
        last: The same before the last anchor.
        size: Width and height of the working pictures.
        steps: Frame intervals in the gap.
    """

    path: Lookup
    first: tuple[Bend, ...]
    last: tuple[Bend, ...]
    size: tuple[int, int]
    steps: int

    def at(self, t: float) -> tuple[Origin, Origin]:
        """Where the first and the last anchor show the view after a share `t`."""
        found = self.path.at(t)
        terms = _fading(self.first, t * self.steps) + _fading(self.last, (1 - t) * self.steps)
        if not np.any(terms):
            return found
        away = (self._basis @ terms / field_scale(*self.size)).astype(np.float32)
        return _moved(found[0], away), _moved(found[1], away)

    @cached_property
    def _basis(self) -> Float64[np.ndarray, "rows cols 6"]:
        return basis(_shares(field_pixels(*self.size), self.size))


def continued(lookup: Lookup, material: Material, *, steps: int) -> Lookup | Continued:
    """The lookup with the footage's own steps at both ends.

    Args:
        lookup: Along the smooth path.
        material: Anchors and footage around them.
        steps: Frame intervals in the gap.
    """
    if steps < _SHORTEST or lookup.shaken:
        return lookup
    a, b = working_gray(material.first), working_gray(material.last)
    ends = (a, material.before[::-1], 0), (b, material.after, 1)
    first, last = (_departures(lookup, *end, steps) for end in ends)
    return Continued(lookup, first, last, (a.shape[1], a.shape[0]), steps)


def _departures(
    lookup: Lookup, anchor: Gray, outwards: Sequence[Frame], end: int, steps: int
) -> tuple[Bend, ...]:
    """What brings each of the nearest views to where the frame is that it mirrors, pixels.

    Empty where too little is followed or shown; fading away where it is no tremor.
    """
    size = anchor.shape[1], anchor.shape[0]
    found = corners(anchor, count=_CORNERS)
    made = []
    for count, frame in enumerate(outwards[:STEPS], 1):
        at, came = _followed(anchor, working_gray(frame), found)
        if len(at) < _LEAST:
            return ()
        scale = field_scale(*size)
        cells = (at + np.float32(0.5)) / scale - np.float32(0.5)
        way = lookup.moved(end, count / steps)
        goes = fetch(way, cells[None], resampling="linear")[0]
        away = (-came - goes).astype(np.float64)
        made.append(fit_bend(_shares(at + goes, size), away, noise=_NOISE_PX))
    if len(made) < STEPS:
        return ()
    share = _tremor(made, size)
    return tuple(share * one for one in made)


def _tremor(departures: Sequence[Bend], size: tuple[int, int]) -> float:
    """Share of departures that is gone on with: all of a tremor, none of a change of course."""
    terms = basis(_shares(field_pixels(*size), size))
    paces = [
        float(np.median(np.linalg.norm(terms @ one, axis=-1))) / count
        for count, one in enumerate(departures, 1)
    ]
    return float(np.clip(2 - max(paces) * 960 / size[0] / _TREMOR_PX, 0, 1))


def _followed(anchor: Gray, frame: Gray, found: Points) -> tuple[Points, Points]:
    """The corners that are found again on the way back, and how far they went."""
    if not len(found):
        return found, found
    there, seen, _ = cv2.calcOpticalFlowPyrLK(anchor, frame, found, None, **_SEARCH)
    back, again, _ = cv2.calcOpticalFlowPyrLK(frame, anchor, there, None, **_SEARCH)
    near = np.linalg.norm(back - found, axis=1) < _AGREE_PX
    kept = near & (seen[:, 0] > 0) & (again[:, 0] > 0)
    return found[kept], (there - found)[kept]


def _shares(pixels: Grid, size: tuple[int, int]) -> Float64[np.ndarray, "*grid 2"]:
    """Places about the picture's centre, as shares of its width."""
    return (pixels.astype(np.float64) - np.array(size) / 2) / size[0]


def _fading(departures: tuple[Bend, ...], frames: float) -> Bend | float:
    """A damped motion's departure so many frames from the anchor.

    It is `(a k + b k^2) exp(-k / settled)` with what is measured at 1 and 2; zero at the anchor.
    """
    if not departures:
        return 0.0
    one, two = departures
    shares = (
        frames * (2 - frames) * np.exp((1 - frames) / _SETTLED),
        frames * (frames - 1) / 2 * np.exp((2 - frames) / _SETTLED),
    )
    if max(map(abs, shares)) < _NOTHING:
        return 0.0
    return np.asarray(shares[0] * one + shares[1] * two)


def _moved(origin: Origin, away: Grid) -> Origin:
    """Where an anchor shows what has gone so many cells farther."""
    rows, cols = origin.shown.shape
    grid = pixel_grid(cols, rows)
    came = grid - away
    off = fetch(origin.cells - grid, came, resampling="linear")
    return Origin(came + off, fetch(origin.shown, came, resampling="linear"))

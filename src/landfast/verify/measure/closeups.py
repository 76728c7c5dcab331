"""Frames beside both ends, close up: what is there for a while though neither end shows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32
from landfast.verify.findings import Box, shares
from landfast.verify.measure.changes import APART, MOST_LEVELS, Tones, capped, levelled, outside
from landfast.verify.measure.lattice import STEP
from landfast.verify.measure.links import cells
from landfast.verify.measure.mixture import mixture
from landfast.verify.measure.parallel import Once, in_order
from landfast.verify.measure.reel import Reel
from landfast.verify.measure.rendering import Way
from landfast.verify.measure.ways import Ways
from landfast.vision.motion.flow import dense_flow, fetch, pixel_grid

Cells = Float32[np.ndarray, "rows columns"]

_WIDEST: Final = 640
"""Wider pictures are looked at in half their size: a thing of a fortieth of the width then covers
12 px and more, and a pixel of misplacement is no more than a four hundredth of it."""
_BLUR: Final = 0.8
REACH: Final = 3
"""Misplacement that costs nothing: one pixel to every side."""
_CODED: Final = 3.0
"""Grey levels that cost nothing: blocks of a flat surface are off by as much in strongly compressed
pictures (JPEG at quality 60 by up to 4), and the same in many frames."""
_MOST: Final = MOST_LEVELS - _CODED
_CLEAR: Final = 72.0
"""Grey levels that count at most: in the mean over a patch, which tells whether there is anything,
and where it is asked which pixels are a thing's own. Held down to the first, a bright thing would
have its edge far out in its own blur."""
_THING: Final = 1 / 53
_SPOT: Final = 1 / 37
"""Sides of the patches, as shares of the width, whose mean counts: three quarters of the smallest
thing that is looked for, so that one fits in wherever it lies, and all of it for where it ends."""
EDGE: Final = 0.5
"""A patch across the edge of a thing has half of what one inside it has."""
_SURFACE: Final = 5
_STEPS: Final = ((17, 2), (64, 4))
_LONGEST: Final = 6
"""Frames from one comparison to the next, in takes of up to so many frames."""
_MARGIN: Final = 2
_HELD: Final = 32
"""Pictures laid over others that are held, half a megabyte each: those around a thing are asked for
several times."""


@dataclass(frozen=True, slots=True)
class Between:
    """A frame compared with both ends, however far they are; NaN where an end does not show it."""

    at: int
    first: Cells
    last: Cells
    """The patch in each cell that differs most, mean over it, grey levels."""
    mixed: Cells
    """How far it is a ghost of the frames a quarter of a second before and after, neither of them,
    grey levels; zero where not both show it."""
    faded: Cells
    """The same over larger patches."""


class CloseUps:
    """Frames of a stretch beside its two ends, at up to 640 px of width, along ways that cannot
    follow a fault: what is brighter or darker than anything next to it in the other picture, by
    more than coding does."""

    def __init__(self, reel: Reel, ways: Ways) -> None:
        self._size, self._ways = reel.size, ways
        self.tones = Tones(reel.rgb if reel.size[0] <= _WIDEST else reel.half, _BLUR)
        self.last = len(reel) - 1
        self.laid = lru_cache(maxsize=_HELD)(self._lay)

    @property
    def step(self) -> int:
        """Frames from one comparison to the next."""
        frames = self.last + 1
        return next((step for most, step in _STEPS if frames <= most), _LONGEST)

    @property
    def enduring(self) -> int:
        """Comparisons in a row that span a quarter of a second."""
        return 1 + -(-APART // self.step)

    @Once
    def between(self) -> tuple[Between, ...]:
        """Frames all the way."""
        return self._seen(range(_MARGIN, self.last - _MARGIN + 1, self.step))

    @Once
    def finer(self) -> tuple[Between, ...]:
        """The same with as many frames more, each halfway from one of them to the next."""
        half = self.step // 2
        more = self._seen(range(_MARGIN + half, self.last - _MARGIN + 1, self.step))
        return tuple(sorted(self.between + more, key=lambda one: one.at))

    def _seen(self, at: range) -> tuple[Between, ...]:
        pairs = [(t, end) for t in at for end in (0, self.last)]
        levels = in_order(lambda pair: self._levels(*pair), pairs)
        mixtures = in_order(self._mixed, at)
        sides = zip(at, levels[::2], levels[1::2], mixtures, strict=True)
        return tuple(Between(t, first, last, *mixture) for t, first, last, mixture in sides)

    @Once
    def ends(self) -> tuple[Cells, Cells]:
        """The last frame beside the first, and the first beside the last."""
        return self._levels(self.last, 0), self._levels(0, self.last)

    def box(self, at: int, row: float, column: float) -> Box | None:
        """The thing around a cell of a frame: what differs from both ends, where both show it, at
        least half as much as where it differs most. None where nothing does: an end shows it."""
        new = self.new(at)
        y, x = self._peak(new, row, column)
        if new[y, x] <= 0:
            return None
        left, top, across, down = self.bounds(new, row, column)
        height, width = new.shape
        return shares(left / width, top / height, across / width, down / height)

    def bounds(self, new: np.ndarray, row: float, column: float) -> tuple[int, int, int, int]:
        """Left, top, width and height of the thing around a cell, px: as far as spots that differ
        half as much as the worst patch does stand no more than a patch apart. Of a thing wiped out
        only the spots are left where it was unlike the filling."""
        side = self._side(_SPOT)
        mean = cv2.blur(new, (side, side))
        y, x = self._peak(mean, row, column)
        mask = (cv2.blur(new, (REACH, REACH)) >= EDGE * mean[y, x]).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((side, side)))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        half = side // 2
        near = labels[max(0, y - half) : y + half + 1, max(0, x - half) : x + half + 1]
        own = np.bincount(near[near > 0]).argmax() if near.any() else labels[y, x]
        left, top, across, down, _ = (int(one) for one in stats[own])
        return left, top, across, down

    def _peak(self, new: np.ndarray, row: float, column: float) -> tuple[int, int]:
        """The pixel around a cell at which most is new."""
        height, width = new.shape
        rows, columns = cells(self._size)
        y = int(np.clip((row + 0.5) * height / rows, 0, height - 1))
        x = int(np.clip((column + 0.5) * width / columns, 0, width - 1))
        reach = self._side(_SPOT)
        near = new[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        peak = np.unravel_index(int(near.argmax()), near.shape)
        return max(0, y - reach) + int(peak[0]), max(0, x - reach) + int(peak[1])

    def new(self, at: int, *, broadly: bool = False) -> np.ndarray:
        """What a frame shows that no other end does, grey levels; zero where none shows the place.

        broadly: with the ends laid over it as one plane, not along ways that lead a large thing to
            itself.
        """
        lay = self.plane if broadly else self.laid
        sides = [self._apart(at, *lay(at, end)) for end in self.others(at)]
        least = np.fmin.reduce([np.where(known, apart, np.nan) for apart, known in sides])
        return np.asarray(capped(np.nan_to_num(least), _CLEAR), np.float32)

    def led(self, at: int, to: int) -> np.ndarray | None:
        """The homography of pixels from a frame to another; None where it is not known."""
        found = self._ways.plane(at, to)
        if found is None:
            return None
        height, width = self.tones[0].shape[:2]
        rows, columns = cells(self._size)
        grid = np.diag([columns / width, rows / height, 1.0])
        return np.asarray(np.linalg.inv(grid) @ found @ grid)

    def plane(self, at: int, to: int) -> tuple[np.ndarray, np.ndarray]:
        """The other picture laid over this one as one plane, and where it shows it."""
        here, led = self.tones[at], self.led(at, to)
        height, width = here.shape[:2]
        if led is None:
            return here, np.zeros((height, width), bool)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        over, shown = (
            cv2.warpPerspective(one, led, (width, height), flags=flags)
            for one in (self.tones[to], np.ones((height, width), np.uint8))
        )
        return over, shown > 0

    def others(self, at: int) -> list[int]:
        """The ends that a frame is not."""
        return [end for end in (0, self.last) if end != at]

    def _levels(self, at: int, to: int) -> Cells:
        return self.levels(at, *self.laid(at, to))

    def levels(self, at: int, laid: np.ndarray, known: np.ndarray) -> Cells:
        """The patch in each cell of a frame that differs most from another laid over it, mean over
        it, grey levels."""
        apart, known = self._apart(at, laid, known)
        worst = self._worst(cv2.blur(capped(apart, _MOST) * known, (self._side(_THING),) * 2))
        size = worst.shape[::-1]
        share = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        return np.asarray(np.where(share > 0.75, worst, np.float32(np.nan)))

    def _mixed(self, at: int) -> tuple[Cells, Cells]:
        """How far the frame is a ghost of those a quarter of a second before and after, over small
        and over large patches: the ends of a long take are too far to be laid over it exactly."""
        here = self.tones[at]
        beside = max(0, at - APART), min(self.last, at + APART)
        (before, shown), (after, seen) = (self.laid(at, to) for to in beside)
        known = shown & seen
        before, after = (levelled(one, here, known) for one in (before, after))
        small, large = mixture(here, before, after, known)
        return self._worst(small), self._worst(large)

    def _worst(self, field: np.ndarray) -> Cells:
        """The greatest value in each cell of a map of the whole picture."""
        rows, columns = cells(self._size)
        height, width = field.shape
        side = round(width / columns)
        worst = cv2.dilate(field, np.ones((side, side), np.uint8))
        x = ((np.arange(columns) + 0.5) * width / columns).astype(int)
        y = ((np.arange(rows) + 0.5) * height / rows).astype(int)
        return np.asarray(worst[np.ix_(y, x)])

    def _apart(self, at: int, laid: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What a frame or another laid over it shows beyond the other, by pixels, and where that is
        known."""
        apart = outside(self.tones[at], laid, known, REACH) - np.float32(_CODED)
        return np.maximum(apart, 0), known

    def _lay(self, at: int, to: int) -> tuple[np.ndarray, np.ndarray]:
        """The other picture laid over this one, and where it shows it."""
        here, quarter = self.tones[at], self._ways.quarter
        way = _refined(self._ways(at, to), quarter[at], quarter[to])
        way = _enlarged(way, (here.shape[1], here.shape[0]))
        return cv2.remap(self.tones[to], way.at, None, cv2.INTER_LINEAR), way.known

    def _side(self, share: float) -> int:
        """Odd number of pixels that is nearest to a share of the width."""
        return int(self.tones[0].shape[1] * share / 2) * 2 + 1


def _refined(way: Way, here: np.ndarray, other: np.ndarray) -> Way:
    """The way with what is left of the motion between pictures of half its size, as far as the most
    of 25 cells of 8 px share it: a slope is followed, a thing put in is not."""
    height, width = way.known.shape
    half = here.shape[::-1]
    scale = np.divide((width, height), half).astype(np.float32)
    led = (cv2.resize(way.at, half, interpolation=cv2.INTER_AREA) + 0.5) / scale - 0.5
    flow = dense_flow(here, fetch(other, led, resampling="linear"), preset="rough")
    coarse = (max(1, width // STEP), max(1, height // STEP))
    few = cv2.split(cv2.resize(flow * scale, coarse, interpolation=cv2.INTER_AREA))
    shared = cv2.merge([cv2.medianBlur(one, _SURFACE) for one in few])
    at = pixel_grid(width, height) + cv2.resize(shared, (width, height))
    return Way(cv2.remap(way.at, at, None, cv2.INTER_LINEAR), way.known)


def _enlarged(way: Way, size: tuple[int, int]) -> Way:
    """The way between pictures of another size, width and height in pixels."""
    height, width = way.known.shape
    if (width, height) == size:
        return way
    scale = np.divide(size, (width, height)).astype(np.float32)
    move = cv2.resize((way.at - pixel_grid(width, height)) * scale, size)
    known = cv2.resize(way.known.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return Way(move + pixel_grid(*size), known > 0)

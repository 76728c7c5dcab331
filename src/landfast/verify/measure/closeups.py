"""Frames beside both ends, close up: what is there for a while though neither end shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32
from landfast.verify.findings import Box, shares
from landfast.verify.measure.changes import APART, Tones, outside
from landfast.verify.measure.lattice import STEP
from landfast.verify.measure.links import cells
from landfast.verify.measure.parallel import Once, in_order
from landfast.verify.measure.reel import Reel
from landfast.verify.measure.rendering import Way
from landfast.verify.measure.ways import Ways
from landfast.vision.flow import dense_flow, fetch, pixel_grid

Cells = Float32[np.ndarray, "rows columns"]

_WIDEST: Final = 640
"""Wider pictures are looked at in half their size: a thing of a fortieth of the width then covers
12 px and more, and a pixel of misplacement is no more than a four hundredth of it."""
_BLUR: Final = 0.8
_REACH: Final = 3
"""Misplacement that costs nothing: one pixel to every side."""
_CODED: Final = 3.0
"""Grey levels that cost nothing: blocks of a flat surface are off by as much in strongly compressed
pictures (JPEG at quality 60 by up to 4), and the same in many frames."""
_THING: Final = 1 / 53
_SPOT: Final = 1 / 37
"""Sides of the patches, as shares of the width, whose mean counts: three quarters of the smallest
thing that is looked for, so that one fits in wherever it lies, and all of it for where it ends."""
_EDGE: Final = 0.5
"""A patch across the edge of a thing has half of what one inside it has."""
_SURFACE: Final = 5
_STEP_PX: Final = 3
_ALIKE: Final = 0.5
"""What moves by itself goes no farther in a frame, if it stays where it is for a quarter of a
second, and differs from itself by half of what it differs by from the scene at most."""
_FILLED: Final = 1 / 6
"""Of its bounds. Dots are found again anywhere."""
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


class CloseUps:
    """Frames of a stretch beside its two ends, at up to 640 px of width, along ways that cannot
    follow a fault: what is brighter or darker than anything next to it in the other picture, by
    more than coding does."""

    def __init__(self, reel: Reel, ways: Ways) -> None:
        self._size, self._ways = reel.size, ways
        self._tones = Tones(reel.rgb if reel.size[0] <= _WIDEST else reel.half, _BLUR)
        self._last = len(reel) - 1
        self._laid = lru_cache(maxsize=_HELD)(self._lay)

    @property
    def step(self) -> int:
        """Frames from one comparison to the next."""
        frames = self._last + 1
        return next((step for most, step in _STEPS if frames <= most), _LONGEST)

    @property
    def enduring(self) -> int:
        """Comparisons in a row that span a quarter of a second."""
        return 1 + -(-APART // self.step)

    @Once
    def between(self) -> tuple[Between, ...]:
        """Frames all the way."""
        at = range(_MARGIN, self._last - _MARGIN + 1, self.step)
        pairs = [(t, end) for t in at for end in (0, self._last)]
        levels = in_order(lambda pair: self._levels(*pair), pairs)
        return tuple(map(Between, at, levels[::2], levels[1::2]))

    @Once
    def ends(self) -> tuple[Cells, Cells]:
        """The last frame beside the first, and the first beside the last."""
        return self._levels(self._last, 0), self._levels(0, self._last)

    def box(self, at: int, row: float, column: float) -> Box | None:
        """The thing around a cell of a frame: what differs from both ends, where both show it, at
        least half as much as where it differs most. None where nothing does: an end shows it."""
        new = self._new(at)
        y, x = self._peak(new, row, column)
        if new[y, x] <= 0:
            return None
        left, top, across, down = self._bounds(new, row, column)
        height, width = new.shape
        return shares(left / width, top / height, across / width, down / height)

    def followed(self, at: int, row: float, column: float) -> dict[int, Box]:
        """Where frames show the thing around a cell of one of them, as shares, if it can be
        followed through the picture to both ends: what moves by itself can, what was put in cannot.
        Empty otherwise, and where a spot only lacks what the ends show."""
        new = self._new(at)
        left, top, across, down = self._bounds(new, row, column)
        part = slice(top, top + down), slice(left, left + across)
        own = (new[part] >= _EDGE * new[part].max()).astype(np.uint8)
        patch = self._tones[at][part]
        laid = [self._laid(at, end)[0][part] for end in (0, self._last)]
        if own.mean() < _FILLED or any(
            _added(patch, one, own) < _added(one, patch, own) for one in laid
        ):
            return {}
        most = _ALIKE**2 * min(float(_squares(one, patch, own)[0, 0]) for one in laid)
        height, width = new.shape
        corners = {at: (left, top)}
        for way in (range(at - 1, -1, -1), range(at + 1, self._last + 1)):
            found = self._tracked(patch, own, (left, top), way, most)
            if len(found) < len(way):
                return {}
            corners |= found
        return {
            t: shares(x / width, y / height, across / width, down / height)
            for t, (x, y) in corners.items()
        }

    def _tracked(
        self,
        patch: np.ndarray,
        own: np.ndarray,
        corner: tuple[int, int],
        way: Iterable[int],
        most: float,
    ) -> dict[int, tuple[int, int]]:
        """Left and top of a patch in frames, one after another, as far as it is found in them."""
        down, across = own.shape
        found: dict[int, tuple[int, int]] = {}
        x, y = corner
        for t in way:
            x0, y0 = max(0, x - _STEP_PX), max(0, y - _STEP_PX)
            near = self._tones[t][y0 : y + down + _STEP_PX, x0 : x + across + _STEP_PX]
            apart = _squares(near, patch, own)
            dy, dx = np.unravel_index(int(apart.argmin()), apart.shape)
            if apart[dy, dx] > most:
                break
            x, y = found[t] = x0 + int(dx), y0 + int(dy)
        return found

    def _bounds(self, new: np.ndarray, row: float, column: float) -> tuple[int, int, int, int]:
        """Left, top, width and height of the thing around a cell, px."""
        spot = (self._side(_SPOT),) * 2
        mean = cv2.blur(new, spot)
        y, x = self._peak(mean, row, column)
        mask = (mean >= _EDGE * mean[y, x]).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones(spot))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        left, top, across, down, _ = (int(one) for one in stats[labels[y, x]])
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

    def _new(self, at: int) -> np.ndarray:
        """What a frame shows that no end does, grey levels; zero where none shows the place."""
        sides = [self._apart(at, end) for end in (0, self._last)]
        least = np.fmin(*(np.where(known, apart, np.nan) for apart, known in sides))
        return np.nan_to_num(least).astype(np.float32)

    def _levels(self, at: int, to: int) -> Cells:
        apart, known = self._apart(at, to)
        worst = cv2.blur(apart * known, (self._side(_THING),) * 2)
        rows, columns = cells(self._size)
        height, width = worst.shape
        side = round(width / columns)
        worst = cv2.dilate(worst, np.ones((side, side), np.uint8))
        x = ((np.arange(columns) + 0.5) * width / columns).astype(int)
        y = ((np.arange(rows) + 0.5) * height / rows).astype(int)
        share = cv2.resize(known.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        return np.asarray(np.where(share > 0.75, worst[np.ix_(y, x)], np.float32(np.nan)))

    def _apart(self, at: int, to: int) -> tuple[np.ndarray, np.ndarray]:
        """What either picture shows beyond the other, by pixels, and where that is known."""
        laid, known = self._laid(at, to)
        apart = outside(self._tones[at], laid, known, _REACH) - np.float32(_CODED)
        return np.maximum(apart, 0), known

    def _lay(self, at: int, to: int) -> tuple[np.ndarray, np.ndarray]:
        """The other picture laid over this one, and where it shows it."""
        here, quarter = self._tones[at], self._ways.quarter
        way = _refined(self._ways(at, to), quarter[at], quarter[to])
        way = _enlarged(way, (here.shape[1], here.shape[0]))
        return cv2.remap(self._tones[to], way.at, None, cv2.INTER_LINEAR), way.known

    def _side(self, share: float) -> int:
        """Odd number of pixels that is nearest to a share of the width."""
        return int(self._tones[0].shape[1] * share / 2) * 2 + 1


def _added(here: np.ndarray, other: np.ndarray, own: np.ndarray) -> int:
    """How much a patch shows beyond all that another shows next to it."""
    square = np.ones((_REACH, _REACH), np.uint8)
    above, below = (
        cv2.subtract(here, cv2.dilate(other, square)),
        cv2.subtract(cv2.erode(other, square), here),
    )
    return int(cv2.max(above, below)[own > 0].astype(int).sum())


def _squares(picture: np.ndarray, patch: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Sum of squared differences of a patch's own pixels at every place of a picture."""
    mask = np.ascontiguousarray(cv2.merge([own] * 3))
    return np.asarray(cv2.matchTemplate(picture, patch, cv2.TM_SQDIFF, mask=mask))


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

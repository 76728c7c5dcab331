"""What appears or vanishes within a quarter of a second, in grey levels, spot by spot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, UInt8
from landfast.verify.measure.links import Link, Places, places_between, sample
from landfast.verify.measure.parallel import Once, in_order
from landfast.verify.measure.reel import Reel
from landfast.verify.measure.views import to_cells
from landfast.verify.measure.ways import Ways
from landfast.vision.statistics.medians import medians

Cells = Float32[np.ndarray, "rows columns"]
Picture = UInt8[np.ndarray, "height width 3"]

APART: Final = 8
"""Frames between the two that are compared: the footage beside a gap shows what ground, water and
leaves do to each other over as long."""
_STRIDE: Final = 2
_LONG: Final = 40
"""Frames beyond which those a quarter of a second apart are compared at every third."""
_BLUR: Final = 1.0
_REACH: Final = 5
"""Misplacement that costs nothing, px at half the working size: a pixel counts by as much as it
lies outside all values that the other picture has within this square."""
_HELD: Final = 32
"""Blurred pictures that are held: comparisons go on from frame to frame."""
MOST_LEVELS: Final = 24.0
"""More is no more foreign: one glint must not outweigh a patch."""


@dataclass(frozen=True, slots=True)
class Change:
    """A frame compared with one up to twelve frames away; beyond eight it counts less."""

    at: int
    levels: Cells
    """Mean over a cell of what one picture shows and the other does not; NaN where unknown."""


Series = tuple[Change, ...]
"""Comparisons in order of time that show the same kind of change."""


class Changes:
    """Frames of a reel compared in colour, along ways that cannot follow a fault; every series is
    measured when first asked for.

    What counts is what is brighter or darker than anything nearby in the other picture, both ways.
    """

    def __init__(self, reel: Reel, ways: Ways) -> None:
        self._tones, self._ways, self._size = Tones(reel.half, _BLUR), ways, reel.size
        self._last = len(reel) - 1

    @Once
    def from_first(self) -> Series:
        """The frames after the first with the first."""
        return self._compared([(t, 0) for t in self._near])

    @Once
    def inner(self) -> Series:
        """Frames with those eight later."""
        stride = _STRIDE + (self._last >= _LONG)
        return self._compared([(t, t + APART) for t in range(0, self._last - APART + 1, stride)])

    @Once
    def to_last(self) -> Series:
        """The frames before the last with the last."""
        every = range(_STRIDE, self._last - _STRIDE + 1, _STRIDE)
        near = [t for t in every if self._last - t <= APART + APART // 2 + 1]
        return self._compared([(t, self._last) for t in near])

    @property
    def _near(self) -> range:
        """Distances at which frames are compared with an end."""
        return range(_STRIDE, min(APART + APART // 2, self._last) + 1, _STRIDE)

    def _compared(self, pairs: list[tuple[int, int]]) -> Series:
        levels = in_order(lambda pair: self._levels(*pair), pairs)
        slack = [np.float32(max(1.0, abs(to - at) / APART)) for at, to in pairs]
        return tuple(Change(p[0], one / s) for p, one, s in zip(pairs, levels, slack, strict=True))

    def _levels(self, at: int, to: int) -> Cells:
        """How one frame differs from another, at its own cells."""
        way = self._ways(at, to)
        laid = cv2.remap(self._tones[to], way.at, None, cv2.INTER_LINEAR)
        return to_cells(capped(outside(self._tones[at], laid, way.known)), self._size, way.known)


class Tones:
    """Pictures slightly blurred; the latest are held."""

    def __init__(self, pictures: tuple[np.ndarray, ...], blur: float) -> None:
        self._pictures, self._blur = pictures, blur
        self._held = lru_cache(maxsize=_HELD)(self._blurred)

    def __getitem__(self, k: int) -> np.ndarray:
        return self._held(k)

    def _blurred(self, k: int) -> np.ndarray:
        return np.asarray(cv2.GaussianBlur(self._pictures[k], (0, 0), self._blur))


def unlike(frame: Reel, anchor: Reel, at: tuple[int, int]) -> Cells:
    """The same measure between a frame and an anchor that should be one picture, mean over cells.

    Args:
        frame: The take.
        anchor: Both anchors.
        at: Numbers of the frame and the anchor, from the end where negative.
    """
    pairs = ((frame, at[0]), (anchor, at[1]))
    here, other = (cv2.GaussianBlur(one.half[k], (0, 0), _BLUR) for one, k in pairs)
    everywhere = np.ones(here.shape[:2], bool)
    return to_cells(capped(outside(here, other, everywhere)), frame.size, everywhere)


def outside(
    here: Picture, other: np.ndarray, known: np.ndarray, reach: int = _REACH
) -> Float32[np.ndarray, "height width"]:
    """Greatest over the channels of what either picture shows beyond the other's envelope, which is
    all that stands within squares of `reach` px; grey levels, however many."""
    level = levelled(other, here, known)
    square = np.ones((reach, reach), np.uint8)
    out = np.zeros(here.shape, np.uint8)
    for one, two in ((here, level), (level, here)):
        below = cv2.subtract(cv2.erode(two, square), one)
        above = cv2.subtract(one, cv2.dilate(two, square))
        out = cv2.max(out, cv2.max(below, above))
    red, green, blue = cv2.split(out)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.float32)


def capped(
    levels: Float32[np.ndarray, "height width"], most: float = MOST_LEVELS
) -> Float32[np.ndarray, "height width"]:
    """The same for means over patches."""
    return np.asarray(np.minimum(levels, np.float32(most)))


def levelled(other: np.ndarray, here: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The other picture at this one's exposure: one gain a channel."""
    some = known[::4, ::4]
    if some.sum() < 50:
        return other
    a, b = (p[::4, ::4][some].astype(np.float32) + 1 for p in (here, other))
    gain = medians(a / b)
    table = np.clip(np.arange(256)[:, None] * gain, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(other, table[None]))


def kept(series: tuple[tuple[int, np.ndarray], ...], links: tuple[Link, ...]) -> list[np.ndarray]:
    """What three consecutive maps agree on at the same spot of the scene, one cell of drift
    allowed. A bird or a car is at a spot for a moment only, a thing put in stays with it.

    Args:
        series: Frame and map, in order of time; fewer than three have to agree all.
        links: Motion between neighbouring frames.

    Returns:
        One map for each of the series, seen from its own frame.
    """
    ats = [at for at, _ in series]
    maps = [np.nan_to_num(m).astype(np.float32) for _, m in series]

    places_of: dict[tuple[int, int], Places] = {}

    def seen(n: int, field: np.ndarray, of: int) -> np.ndarray:
        """Map of frame number `of`, a cell wider, seen from number n."""
        if not field.any():
            return field
        wide = cv2.dilate(field, np.ones((3, 3), np.uint8))
        if n == of:
            return np.asarray(wide)
        if (n, of) not in places_of:
            places_of[n, of] = places_between(links, ats[n], ats[of])
        places = places_of[n, of]
        return np.where(places.known, sample(wide, places.at), np.float32(0))

    firm = []
    for n, one in enumerate(maps):
        beside = [k for k in (n - 1, n + 1) if 0 <= k < len(maps)]
        whole = len(beside) == min(2, len(maps) - 1)
        agreed = [one, *(seen(n, maps[k], k) for k in beside)]
        firm.append(np.minimum.reduce(agreed) if whole else np.zeros_like(one))
    out = []
    for n, one in enumerate(maps):
        near = [k for k in (n - 1, n, n + 1) if 0 <= k < len(maps)]
        out.append(np.minimum(one, np.maximum.reduce([seen(n, firm[k], k) for k in near])))
    return out

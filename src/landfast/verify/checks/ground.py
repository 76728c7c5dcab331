"""Ground: what both ends of a take show alike stays put, so that nothing excuses it in between.

Both ends are real frames. A spot whose patch is found again from one end to the other, where a
camera moving through a rigid scene has it, is no surf, leaf or car: it may be restless only as far
as it was found off its place, whatever the take does to it on the way. This is the floor of a take
without footage, whose own quiet times a fault that lasts would spoil.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32
from landfast.verify.measure.floor import dilated, fetched
from landfast.verify.measure.lattice import BLOCK, Corners, Lattice
from landfast.verify.measure.links import Places, cells, places_between, sample
from landfast.verify.measure.parallel import in_order, once
from landfast.verify.measure.relaying import ends_once_more
from landfast.verify.measure.rendering import upsampled
from landfast.verify.measure.rigidity import FINELY, Search, contrast, follow, pooled
from landfast.verify.measure.study import Stretch
from landfast.vision.geometry.planeparallax import fit_rigid

Blocks = Float32[np.ndarray, "rows columns"]

_FOUND: Final = 0.6
"""Share of a spot's points that must be found again at the other end."""
_RESTLESS_SHARE: Final = 0.2
"""Of how far a spot was found off its place over the whole take that is normal within a window."""
_FEWEST: Final = 60
_ROUND_TRIP_PX: Final = 0.5
_UNLIKE: Final = 0.7
"""Most that patches of both ends may differ by on average, in standard deviations of the patch."""
_PATCH: Final = (15, 15)
_QUIET: Final = 50.0
"""Percentile of the ground's own residuals that stands for ground that stays put."""
_THING_LEVELS: Final = 5.0
_ALIKE_LEVELS: Final = 2.0
_MOSTLY: Final = 90.0
"""Grey levels from which a place where the ends differ is a thing's that only one of them shows,
and below which nine tenths of the picture do: else it may be no more than misplaced."""
_LEVEL: Final = 1
_PART: Final = 2 / 3
"""Part of a longer take whose end frame an end is looked for in too, ..."""
_NEAREST: Final = 16
"""... if so many beats lie between: over fewer, surf and leaves look like ground."""
_HOME: Final = Search((16, 11), 6, 0.1)
"""Coming back is held to half a pixel only."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """The blocks of one end as the other end shows them."""

    found: Blocks
    """Share of the points that are found again; NaN where there are none."""
    away: Blocks
    """How far they lie off their place, the worst around a block, px; NaN where unknown."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What two frames show alike, an end of the take at least one of them."""

    first: _Seen | None
    """The first frame of the take as the other shows it; None where it is none of both."""
    last: _Seen | None
    """The same of the last frame."""
    span: tuple[int, int]
    """The frames of the pair: what both show alike has been there between them."""

    def restless(self, in_first: Places, in_last: Places) -> Blocks:
        """What is normal by itself at the blocks of a frame, px; NaN off the ground."""
        ends = ((self.first, in_first), (self.last, in_last))
        sides = [(one, places) for one, places in ends if one is not None]
        found = _most([fetched(one.found, places) for one, places in sides])
        away = _most([fetched(one.away, places) for one, places in sides])
        return np.asarray(np.where(found >= _FOUND, _RESTLESS_SHARE * away, np.nan), np.float32)


@dataclass(frozen=True, slots=True)
class Ground:
    """What frames of a stretch and its ends show alike."""

    pairs: tuple[Pair, ...]

    def restless(self, in_first: Places, in_last: Places, at: int | None = None) -> Blocks:
        """What is normal by itself at the blocks of a frame, px; NaN off the ground.

        Args:
            in_first: Where its cells stand in the first frame.
            in_last: Where they stand in the last.
            at: Number of the frame: only what is ground before and after it counts.
        """
        some = self.pairs if at is None else self.around(at)
        return _least([one.restless(in_first, in_last) for one in some])

    def around(self, at: int) -> tuple[Pair, ...]:
        """The pairs that a frame lies between."""
        return tuple(one for one in self.pairs if one.span[0] <= at <= one.span[1])


def _most(maps: list[Blocks]) -> Blocks:
    return np.asarray(np.fmax.reduce(maps))


def _least(maps: list[Blocks]) -> Blocks:
    return np.asarray(np.fmin.reduce(maps))


def quiet(residuals: list[Blocks], restless: list[Blocks]) -> float:
    """Residual that is normal on ground: the median over all of it, px; NaN where there is too
    little."""
    known = [r[np.isfinite(r) & np.isfinite(n)] for r, n in zip(residuals, restless, strict=True)]
    values = np.concatenate(known)
    return float(np.percentile(values, _QUIET)) if len(values) >= _FEWEST // 3 else float("nan")


@once
def ground(stretch: Stretch) -> Ground:
    """The ground of a take, measured once."""
    return Ground(tuple(in_order(partial(_pair, stretch), _spans(stretch))))


def _spans(stretch: Stretch) -> list[tuple[int, int]]:
    """Both ends, and in longer takes each end and frames nearer to it: what the camera passes is
    seen by one end only."""
    last = len(stretch.reel) - 1
    part = round(last * _PART)
    return [
        (0, last),
        *([(0, part), (last - part, last)] if part >= _NEAREST * stretch.reel.beat else []),
    ]


def _pair(stretch: Stretch, span: tuple[int, int]) -> Pair:
    at, to = span
    first = last = None
    if at == 0:
        first = _seen(stretch, at, to, places_between(stretch.links, at, to))
    if to == len(stretch.reel) - 1:
        last = _seen(stretch, to, at, places_between(stretch.links, to, at))
    return Pair(first, last, span)


def _seen(stretch: Stretch, at: int, to: int, way: Places) -> _Seen:
    """One end in the other."""
    width, height = stretch.reel.size
    lattice = Lattice(width, height)
    corners = stretch.corners(at)
    points = corners.at[corners.usable]
    blank = np.full(lattice.blocks, np.nan, np.float32)
    if len(points) < _FEWEST:
        return _Seen(blank, blank)
    place, sure = _found(stretch, at, to, points, way)
    share = _share(lattice, corners, sure)
    if sure.sum() < _FEWEST:
        return _Seen(share, blank)
    fit = fit_rigid(
        points.astype(np.float64),
        place[None].astype(np.float64),
        sure[None],
        width=width,
        height=height,
    )
    off = np.full((1, 2, *lattice.shape), np.nan)
    off[0, :, corners.usable] = np.where(sure[:, None], fit.residual[0], np.nan)
    shared = pooled(lattice.to_blocks(off))
    return _Seen(share, dilated(np.hypot(shared[0, 0], shared[0, 1]).astype(np.float32)))


def _found(
    stretch: Stretch, at: int, to: int, points: np.ndarray, way: Places
) -> tuple[np.ndarray, np.ndarray]:
    """Where one end shows the points of the other, px, and whether they are surely the same.

    The other end is first laid over this one along the links, so that patches are compared at one
    scale: the near ground grows by a half while a camera flies over it.
    """
    here, there = stretch.detail(at), stretch.detail(to)
    size = stretch.reel.size
    on = upsampled(way.at, size)
    laid = np.asarray(cv2.remap(there, on, None, cv2.INTER_CUBIC, borderValue=128))
    place, ok, unlike = follow(here, laid, points, points, _LEVEL, FINELY)
    inner = np.clip(place, 0, np.subtract(size, 1)).astype(np.float32)
    back, returned, _ = follow(laid, here, inner, inner, _LEVEL, _HOME)
    sure = ok & returned & (unlike < _UNLIKE * contrast(here, points, _PATCH))
    sure &= np.hypot(*(back - points).T) < _ROUND_TRIP_PX
    moved = sample(on, inner[None])[0]
    shown = (moved >= 0).all(axis=1) & (moved <= np.subtract(size, 1)).all(axis=1)
    return moved, sure & shown


def _share(lattice: Lattice, corners: Corners, sure: np.ndarray) -> Blocks:
    """Share of the points that are found again, over patches of 3 x 3 blocks; NaN where the middle
    one has none: sky beside a roof is no ground."""
    cells = np.zeros((2, *lattice.shape), np.float32)
    cells[0, corners.usable], cells[1, corners.usable] = sure, 1.0
    rows, columns = lattice.blocks
    own = cells.reshape(2, rows, BLOCK, columns, BLOCK).sum(axis=(2, 4))
    hits, count = (cv2.blur(one, (3, 3)) for one in own)
    return np.asarray(np.where(own[1] > 0, hits / np.maximum(count, 1e-6), np.nan), np.float32)


def ground_cells(stretch: Stretch, t: int) -> Bool[np.ndarray, "rows columns"]:
    """Cells of a frame that show what is ground before and after it."""
    known = ground(stretch).restless(stretch.in_first[t], stretch.in_last[t], t)
    spread = np.isfinite(known).repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)
    rows, columns = cells(stretch.reel.size)
    out = np.zeros((rows, columns), bool)
    out[: len(spread), : spread.shape[1]] = spread[:rows, :columns]
    return out


def crossed(stretch: Stretch, t: int) -> Bool[np.ndarray, "rows columns"]:
    """Blocks of a frame around what only one end shows: what drives over the ground is no part of
    it, though most of the points there are."""
    places = zip(_things(stretch), (stretch.in_first[t], stretch.in_last[t]), strict=True)
    return np.asarray(np.fmax(*(fetched(*one) for one in places)) > 0)


@once
def _things(stretch: Stretch) -> tuple[Blocks, Blocks]:
    """Blocks of the first and of the last frame around what only that one of both shows, 1; none
    where the ends are too unlike to tell."""
    rows, columns = Lattice(*stretch.reel.size).blocks
    known = [levels[np.isfinite(levels)] for levels in stretch.closeups.ends]
    if not all(len(one) and np.percentile(one, _MOSTLY) < _ALIKE_LEVELS for one in known):
        return (np.zeros((rows, columns), np.float32),) * 2

    def marks(levels: np.ndarray) -> np.ndarray:
        over = np.nan_to_num(levels)[: rows * BLOCK, : columns * BLOCK] > _THING_LEVELS
        some = over.reshape(rows, BLOCK, columns, BLOCK).any(axis=(1, 3))
        return dilated(some.astype(np.float32))

    in_last, in_first = map(marks, ends_once_more(stretch.closeups, _THING_LEVELS))
    return in_first, in_last

"""Where and when a scene is strained: patches of windows over their limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import cv2
import numpy as np

from landfast.verify.findings import Box, seconds, shares
from landfast.verify.measure.floor import block_places
from landfast.verify.measure.lattice import BLOCK, STEP
from landfast.verify.measure.links import Link, places_between

_ALONE_IN_TIME: Final = 0.5
"""Share of its excess that a window has where its neighbours do not show it: a fault may come and
go between three windows."""
_SUPPORT: Final = 3
"""Blocks of a 3 x 3 patch that have to agree, each of them a median of nine: one bird or one
walker does not make a fault."""
_CONFIRMED: Final = 1.75
"""Times what all windows tell together that one of them counts for: surf and leaves are restless in
every window, and each time another way; surfaces that bend show in both."""
_BELONGS: Final = 0.5
"""Share of the worst spot's excess down to which a spot belongs to the fault, ..."""
_LASTS: Final = 0.2
"""... and a time: what grows and goes is seen before and after it is worst."""
_QUIET: Final = 0.4
_STILL: Final = 0.6
"""Value over limit that times and spots of sound takes reach: nothing below belongs to a fault."""
_SPOT: Final = 0.5
_AMONG: Final = 0.8
"""Value over limit of what belongs to one spot, and share of it that has to lie among blocks for it
to be theirs."""
_BETWEEN: Final = 2 * BLOCK + 1
"""Cells over which spots of a fault are joined: values are medians over three blocks, and a surface
that swells is at rest in its middle."""


@dataclass(frozen=True, slots=True)
class Strain:
    """How far above its floor each block of a frame is."""

    at: int
    ratio: np.ndarray
    """Value over limit per block, zero where unverifiable."""
    limit: np.ndarray
    """What is allowed at each block, px."""
    verified: np.ndarray

    def only(self, verified: np.ndarray) -> Strain:
        """The same where something else could be verified too."""
        both = verified & self.verified
        return replace(self, ratio=np.where(both, self.ratio, 0.0), verified=both)

    def less(self, crossed: Callable[[int], np.ndarray]) -> Strain:
        """The same without the spots that lie among such blocks of a frame: a fault reaches beyond
        them."""
        over = (self.ratio > _SPOT).astype(np.uint8)
        if not over.any():
            return self
        count, labels = cv2.connectedComponents(over)
        found = crossed(self.at)
        among = [n for n in range(1, count) if found[labels == n].mean() > _AMONG]
        return replace(self, ratio=np.where(np.isin(labels, among), 0.0, self.ratio))

    def confirmed(self, shared: list[Strain]) -> Strain:
        """The same, held to what all windows tell together at the time, where that is known."""
        if not shared:
            return self
        beside = min(shared, key=lambda one: abs(one.at - self.at))
        most = _CONFIRMED * cv2.dilate(beside.ratio.astype(np.float32), np.ones((3, 3), np.uint8))
        return replace(
            self, ratio=np.where(beside.verified, np.minimum(self.ratio, most), self.ratio)
        )


@dataclass(frozen=True, slots=True)
class Look:
    """Strains of one kind of window over a take."""

    strains: tuple[Strain, ...]
    lasting: tuple[np.ndarray, ...]
    """Value over limit per block that patches and neighbouring windows agree on; one map each."""

    @classmethod
    def of(cls, strains: list[Strain]) -> Look:
        """Strains in order of time with what lasts of them."""
        return cls(tuple(strains), tuple(_lasting([_supported(s.ratio) for s in strains])))

    @property
    def top(self) -> float:
        """Greatest lasting value over limit."""
        return max(float(one.max()) for one in self.lasting)

    @property
    def worst(self) -> tuple[int, int, int]:
        """Number of the map, row and column where that is."""
        number = int(np.argmax([one.max() for one in self.lasting]))
        field = self.lasting[number]
        row, column = np.unravel_index(int(field.argmax()), field.shape)
        return number, int(row), int(column)

    @property
    def limit(self) -> float:
        """What is allowed there, px: of the block that speaks for its patch."""
        number, row, column = self.worst
        patch = np.s_[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
        strain = self.strains[number]
        ratio, limit = strain.ratio[patch].ravel(), strain.limit[patch].ravel()
        known = strain.verified[patch].ravel()
        order = np.argsort(ratio[known], kind="stable")
        return float(limit[known][order][-min(_SUPPORT, len(order))]) if len(order) else 1.0


def _supported(ratio: np.ndarray) -> np.ndarray:
    """The fifth greatest value of every 3 x 3 patch: its median where all are verifiable."""
    padded = np.pad(ratio, 1)
    rows, columns = ratio.shape
    patch = [padded[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    ordered: np.ndarray = np.sort(np.stack(patch), axis=0)[-_SUPPORT]
    return ordered


def _lasting(excess: list[np.ndarray]) -> list[np.ndarray]:
    """What neighbouring windows agree on, one block of drift allowed, or half of what one shows
    alone; one map per window."""
    wide = [cv2.dilate(one.astype(np.float32), np.ones((3, 3), np.uint8)) for one in excess]
    out = []
    for n, one in enumerate(excess):
        beside = [wide[k] for k in (n - 1, n + 1) if 0 <= k < len(excess)]
        agreed = np.minimum(one, np.maximum.reduce(beside))
        out.append(np.maximum(agreed, _ALONE_IN_TIME * one))
    return out


def span(look: Look, links: tuple[Link, ...], fps: Fraction) -> tuple[float, float] | None:
    """Time in which a fault is seen at its worst spot, followed along the motion."""
    if look.top <= 1:
        return None
    known = _course(look, links)
    frames = np.arange(len(links) + 1)
    at = [0, *(at for at, _ in known), len(links)]
    value = np.interp(frames, at, [0.0, *(value for _, value in known), 0.0])
    shown = np.flatnonzero(value > max(_LASTS * value.max(), _QUIET))
    return seconds(int(shown[0]), int(shown[-1]) + 1, fps) if len(shown) else None


def _course(look: Look, links: tuple[Link, ...]) -> list[tuple[int, float]]:
    """Frames of the windows that show the worst spot, and its value over limit there."""
    number, row, column = look.worst
    out = []
    for strain in look.strains:
        at, known = block_places(places_between(links, look.strains[number].at, strain.at))
        if known[row, column]:
            x, y = np.rint(at[row, column]).astype(int)
            near = strain.ratio[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
            out.append((strain.at, float(np.sort(near, axis=None)[-_SUPPORT])))
    return out


def region(look: Look, size: tuple[int, int]) -> Box:
    """Box of the connected patch around the worst spot, on cells between the blocks' middles.

    Args:
        look: The look that shows it.
        size: Width and height of the picture, px at working size.
    """
    number, row, column = look.worst
    field = look.strains[number].ratio.astype(np.float32)
    around = np.zeros_like(field)
    around[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = 1
    fine = cv2.resize(field, None, fx=BLOCK, fy=BLOCK, interpolation=cv2.INTER_LINEAR)
    near = cv2.resize(around, None, fx=BLOCK, fy=BLOCK, interpolation=cv2.INTER_NEAREST)
    seed = np.unravel_index(int((fine * near).argmax()), fine.shape)
    mask = (fine >= min(max(_BELONGS * fine[seed], _STILL), fine[seed])).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(_joined(mask), connectivity=8)
    left, top, across, down, _ = stats[labels[seed]]
    x, y = STEP / size[0], STEP / size[1]
    return shares(left * x, top * y, across * x, down * y)


def _joined(mask: np.ndarray) -> np.ndarray:
    """The mask with what lies between its parts."""
    wide = cv2.copyMakeBorder(mask, *(_BETWEEN,) * 4, cv2.BORDER_CONSTANT)
    closed = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((_BETWEEN, _BETWEEN), np.uint8))
    return np.asarray(closed[_BETWEEN:-_BETWEEN, _BETWEEN:-_BETWEEN])


def spread(looks: list[Look], frames: int) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Every frame takes the nearest window's map of every look, and the worst of them."""
    tops, maps = zip(*(_nearest(look, frames) for look in looks), strict=True)
    heat = tuple(np.maximum.reduce(some) for some in zip(*maps, strict=True))
    return np.asarray(np.maximum.reduce(tops)), heat


def _nearest(look: Look, frames: int) -> tuple[np.ndarray, list[np.ndarray]]:
    at = np.array([strain.at for strain in look.strains])
    near = [int(np.argmin(np.abs(at - t))) for t in range(frames)]
    tops = np.array([one.max() for one in look.lasting], np.float32)
    return tops[near], [look.lasting[n].astype(np.float32) for n in near]

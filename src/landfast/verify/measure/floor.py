"""How restless each spot of the scene is anyway: the noise floor that faults must rise above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np

from landfast.model.arrays import Float32
from landfast.verify.measure.lattice import BLOCK
from landfast.verify.measure.links import (
    Link,
    Places,
    places_of_first,
    places_of_last,
)
from landfast.verify.measure.window import Window

Source = Literal["footage", "take"]

_QUIET: Final = 30.0
"""Percentile over time of the take's own residual where there is no footage."""
_STEADY: Final = 0.8
"""Share of the windows that show a spot in which still ground is found again: surf and leaves get
lost more often."""
_FEWEST: Final = 3
"""Windows that such a percentile needs."""
_REACH: Final = 3
"""Blocks along the side of the patch whose worst counts: surf and leaves do not keep to a block,
and places are known to a block only."""


@dataclass(frozen=True, slots=True)
class Floor:
    """Residual that is normal at each block of the first and of the last frame, px."""

    first: Float32[np.ndarray, "rows columns"]
    last: Float32[np.ndarray, "rows columns"]
    typical: float
    """Where a spot is not known on either side."""
    source: Source

    def at(self, in_first: Places, in_last: Places) -> Float32[np.ndarray, "rows columns"]:
        """The floor at every block of a frame whose places in both ends are known. A spot that
        the footage does not show has the typical one; one that the take shows too rarely to learn
        from has none (NaN)."""
        here: np.ndarray = np.fmax(fetched(self.first, in_first), fetched(self.last, in_last))
        if self.source == "take":
            return here
        return np.asarray(np.where(np.isfinite(here), here, np.float32(self.typical)))


def footage_floor(
    before: tuple[Window, ...],
    before_links: tuple[Link, ...],
    after: tuple[Window, ...],
    after_links: tuple[Link, ...],
) -> Floor | None:
    """The floor from real frames on both sides of the gap; None where they say nothing.

    No spot is held to be quieter than three quarters of the scene: half a second of footage does
    not show all that a spot can do, such as glass that mirrors trees.
    """
    first = _worst(before, places_of_last(before_links)) if before else None
    last = _worst(after, places_of_first(after_links)) if after else None
    sides = [side for side in (first, last) if side is not None and np.isfinite(side).any()]
    if not sides:
        return None
    known = np.concatenate([side[np.isfinite(side)] for side in sides])
    blank = np.full(sides[0].shape, np.nan, np.float32)
    typical = float(np.percentile(known, 75))
    least = np.float32(typical)
    first, last = (blank if s is None else np.maximum(s, least) for s in (first, last))
    return Floor(first, last, typical, "footage")


def own_floor(windows: tuple[Window, ...], links: tuple[Link, ...]) -> Floor | None:
    """The weaker floor from the take's own quiet times.

    The ends of a take are real frames, so what is restless by nature is restless beside both,
    while most faults grow away from them: a spot that is found all the way has no higher floor
    than the quieter of the first and the last window, so that a fault that lasts cannot excuse
    itself.
    """
    if len(windows) < _FEWEST:
        return None
    first = _quiet(windows, places_of_first(links))
    last = _quiet(windows, places_of_last(links))
    known = np.concatenate([side[np.isfinite(side)] for side in (first, last)])
    if not len(known):
        return None
    return Floor(first, last, float(np.percentile(known, 75)), "take")


def block_places(places: Places) -> tuple[np.ndarray, np.ndarray]:
    """Where the blocks' centres stand, in blocks, and whether that is known."""
    at = places.at[1::BLOCK, 1::BLOCK]
    known = places.known[1::BLOCK, 1::BLOCK]
    return (at - 1) / BLOCK, known


def fetched(field: np.ndarray, places: Places) -> np.ndarray:
    """Values of a block map at a frame's blocks; NaN where unknown."""
    rows, columns = field.shape
    at, known = block_places(places)
    at, known = at[:rows, :columns], known[:rows, :columns]
    near = np.rint(at).astype(int)
    x, y = np.clip(near[..., 0], 0, columns - 1), np.clip(near[..., 1], 0, rows - 1)
    values: np.ndarray = np.where(known, field[y, x], np.nan).astype(np.float32)
    return values


def _stack(windows: tuple[Window, ...], places: list[Places]) -> np.ndarray:
    """Residual maps of all windows, brought to the one frame that `places` start from."""
    return np.stack([fetched(dilated(w.residual), places[w.at]) for w in windows])


def _worst(windows: tuple[Window, ...], places: list[Places]) -> np.ndarray:
    """Greatest residual of each block, every window brought to the quietest one's level: that a
    frame as a whole is shaken does not make a spot restless."""
    middle = [float(np.nanmedian(w.residual)) if _any(w) else np.inf for w in windows]
    least = min(middle)
    level = [least / m if np.isfinite(m) and m > 0 else 1.0 for m in middle]
    stack = _stack(windows, places) * np.array(level, np.float32)[:, None, None]
    return np.asarray(np.fmax.reduce(stack, axis=0))


def _any(window: Window) -> bool:
    return bool(np.isfinite(window.residual).any())


def _quiet(windows: tuple[Window, ...], places: list[Places]) -> np.ndarray:
    """Low percentile over time, NaN where seen too rarely; where seen all the way, no more than
    at the quieter end."""
    stack = _stack(windows, places)
    ordered = np.sort(stack, axis=0)
    count = np.isfinite(stack).sum(axis=0)
    pick = np.floor((count - 1).clip(min=0) * (_QUIET / 100)).astype(int)
    low = np.take_along_axis(ordered, pick[None], axis=0)[0]
    steady = _found(windows, places) >= _STEADY
    low = np.where(steady, np.fmin(low, np.fmin(stack[0], stack[-1])), low)
    return np.where(count >= _FEWEST, low, np.nan).astype(np.float32)


def _found(windows: tuple[Window, ...], places: list[Places]) -> np.ndarray:
    """Share of the windows in which a spot and those around it are measured."""
    around = np.ones((_REACH, _REACH), np.uint8)
    whole = [cv2.erode(np.isfinite(w.residual).astype(np.float32), around) for w in windows]
    seen = [fetched(field, places[w.at]) for field, w in zip(whole, windows, strict=True)]
    stack = np.stack(seen)
    count = np.isfinite(stack).sum(axis=0)
    return np.asarray(np.nansum(stack, axis=0) / np.maximum(count, 1))


def dilated(field: np.ndarray) -> np.ndarray:
    """Greatest finite value around each block."""
    filled = np.where(np.isfinite(field), field, -1).astype(np.float32)
    wide = cv2.dilate(filled, np.ones((_REACH, _REACH), np.uint8))
    return np.where(wide >= 0, wide, np.nan).astype(np.float32)

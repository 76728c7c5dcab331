"""How far spots stand off their place over time: warps below the noise of one window.

Windows tell where a spot stands between its neighbours before and after it, which is free of what
depth is wrong by. All of them together tell its way: the one of least squares whose bends they
are, at rest at both ends of the take, which are real, and quiet and smooth where nothing is told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from landfast.verify.measure.floor import block_places, fetched
from landfast.verify.measure.links import Link, places_between
from landfast.verify.measure.rigidity import Window

_WITHIN: Final = 20
"""Frames to either side whose windows tell where a spot stands: wide ones reach to 16."""
_SMOOTH: Final = 1.0
"""Weight of a bend of the way between three knots against what one pair of neighbours tells."""
_CALM: Final = 0.1
"""And of how far the way lies off: what is told weakly is taken for less than it says."""
_SURE: Final = 0.75
"""Share of the measurements that must show a spot; one that is lost more often counts less, as surf
and leaves do."""
_MOST_TRUSTED: Final = 1.5
"""Times the usual weight of a measurement in which the picture as a whole lies less far off."""
_EXACT_PX: Final = 0.01
"""No measurement is taken to be better."""
_BESIDE: Final = 2
"""Frames to either side whose camera's unevenness counts."""
_KNOT: Final = 2
"""Frames between two knots of a way."""

Row = tuple[Window, int]
"""A window and the number of one of its pairs of opposite neighbours."""


def swaying(
    near: tuple[Window, ...], wide: tuple[Window, ...], links: tuple[Link, ...]
) -> tuple[Window, ...]:
    """The near windows, their residual how far each block stands off its place there, px."""
    return tuple(_placed(one, near, wide, links) for one in near)


def _placed(
    one: Window, near: tuple[Window, ...], wide: tuple[Window, ...], links: tuple[Link, ...]
) -> Window:
    uneven = max(w.uneven_px for w in near if abs(w.at - one.at) <= _BESIDE)
    here = np.isfinite(one.sway).any(axis=(0, 1))
    if not here.any():
        return replace(one, residual=np.full_like(one.residual, np.nan), uneven_px=uneven)
    some = [w for w in (*near, *wide) if abs(w.at - one.at) <= _WITHIN]
    rows = [(w, n) for w in some for n in range(len(w.apart))]
    beside = _Beside(one, links)
    told = np.stack([beside.brought(w.at, w.sway[n]) for w, n in rows]).astype(np.float64)
    asked = np.stack([beside.shown(w.at, w.apart[n]) for w, n in rows])
    way = _way(rows, told, one.at, len(links))
    share = np.isfinite(told[:, 0]).sum(axis=0) / np.maximum(asked.sum(axis=0), 1) / _SURE
    size = np.where(here, np.hypot(way[0], way[1]) * np.minimum(share, 1) ** 2, np.nan)
    return replace(one, residual=size.astype(np.float32), uneven_px=uneven)


class _Beside:
    """What other frames show at the blocks of one."""

    def __init__(self, one: Window, links: tuple[Link, ...]) -> None:
        first, last = max(0, one.at - _WITHIN), min(len(links), one.at + _WITHIN)
        self._at = one.at
        self._places = {
            k: places_between(links, one.at, k)
            for k in sorted(range(first, last + 1), key=lambda k: abs(k - one.at))
        }
        rows, columns = one.residual.shape
        self._known = {k: block_places(p)[1][:rows, :columns] for k, p in self._places.items()}

    def brought(self, to: int, field: np.ndarray) -> np.ndarray:
        """A map of another frame at this one's blocks; NaN where it does not show them."""
        if to == self._at:
            return field
        return np.stack([fetched(part, self._places[to]) for part in field])

    def shown(self, at: int, apart: int) -> np.ndarray:
        """Whether a frame and its neighbours have the blocks in the picture, as far as known."""
        known = [self._known[k] for k in (at - apart, at, at + apart) if k in self._known]
        return np.asarray(np.logical_and.reduce(known))


def _way(rows: list[Row], told: np.ndarray, at: int, last: int) -> np.ndarray:
    """Where blocks stand off their place in a frame, 2 x rows x columns, px.

    Args:
        rows: Window and pair of every measurement.
        told: What each says, rows x 2 x rows x columns; NaN where it says nothing.
        at: The frame.
        last: The last frame of the take.
    """
    reach = [k for w, n in rows for k in (w.at - w.apart[n], w.at + w.apart[n])]
    knots = np.unique([*range(min(reach), max(reach), _KNOT), max(reach)])
    free = (knots != 0) & (knots != last)
    hats = _hats(knots)[:, free]
    before, here, after = (
        hats[[w.at + way * w.apart[n] - knots[0] for w, n in rows]] for way in (-1, 0, 1)
    )
    bends = (before + after) / 2 - here
    held = _held(knots)[free][:, free]
    trust = _trust(told)
    known = np.isfinite(told[:, 0]).reshape(len(rows), -1) * trust[:, None]
    values = np.nan_to_num(told).reshape(len(rows), 2, -1) * trust[:, None, None]
    ways = np.linalg.solve(_normal(bends, known) + held, np.einsum("rk,rcb->bkc", bends, values))
    return np.asarray((hats[at - knots[0]] @ ways).T.reshape(2, *told.shape[2:]))


def _normal(bends: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Normal equations of every block, blocks x knots x knots; einsum, as BLAS may sum in another
    order on other numbers of threads."""
    knots = bends.shape[1]
    upper = np.triu_indices(knots)
    sums = np.einsum("rb,rk->bk", known, bends[:, upper[0]] * bends[:, upper[1]])
    out = np.empty((known.shape[1], knots, knots))
    out[:, upper[0], upper[1]] = out[:, upper[1], upper[0]] = sums
    return out


def _trust(told: np.ndarray) -> np.ndarray:
    """Weights of measurements by how far the picture as a whole lies off in each."""
    size = np.hypot(told[:, 0], told[:, 1]).reshape(len(told), -1)
    shown = np.isfinite(size).any(axis=1)
    whole = np.full(len(told), np.inf)
    whole[shown] = np.maximum(np.nanmedian(size[shown], axis=1), _EXACT_PX)
    usual = np.median(whole[shown]) if shown.any() else _EXACT_PX
    return np.asarray(np.minimum(usual / whole, _MOST_TRUSTED) ** 2)


def _hats(knots: np.ndarray) -> np.ndarray:
    """Weights of the knots at the frames from the first of them to the last, frames x knots."""
    frames = np.arange(knots[0], knots[-1] + 1)
    return np.stack([np.interp(frames, knots, one) for one in np.eye(len(knots))], axis=1)


def _held(knots: np.ndarray) -> np.ndarray:
    """What holds a way that is not told: bends and size."""
    bend = np.diff(np.eye(len(knots)), 2, axis=0)
    return np.asarray(_SMOOTH * bend.T @ bend + _CALM * np.eye(len(knots)))

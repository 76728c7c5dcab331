"""How far spots stand off their place over time: warps below the noise of one window.

Windows tell where a spot stands between its neighbours before and after it, which is free of what
depth is wrong by. All of them together tell its way: the one of least squares whose bends they
are, at rest at both ends of the take, which are real, and quiet and smooth where nothing is told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from landfast.verify.measure.links import Link, blocks_between
from landfast.verify.measure.window import Window
from landfast.vision.statistics.medians import median

_WITHIN: Final = 20
"""Beats to either side whose windows tell where a spot stands: wide ones reach to 16."""
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
_KNOT: Final = 2
"""Beats between two knots of a way."""

Row = tuple[Window, int]
"""A window and the number of one of its pairs of opposite neighbours."""


def swaying(
    near: tuple[Window, ...], wide: tuple[Window, ...], links: tuple[Link, ...], beat: int = 1
) -> tuple[Window, ...]:
    """The near windows, their residual how far each block stands off its place there, px.

    beat: frames in a thirtieth of a second.
    """
    return tuple(_placed(one, (*near, *wide), links, beat) for one in near)


def _placed(one: Window, every: tuple[Window, ...], links: tuple[Link, ...], beat: int) -> Window:
    here = np.isfinite(one.sway).any(axis=(0, 1))
    if not here.any():
        return replace(one, residual=np.full_like(one.residual, np.nan))
    some = [w for w in every if abs(w.at - one.at) <= _WITHIN * beat]
    rows = [(w, n) for w in some for n in range(len(w.apart))]
    beside = _Beside(one, links, _WITHIN * beat)
    told = np.concatenate([beside.brought(w) for w in some]).astype(np.float64)
    trust, told = _trust(told), told[..., here]
    asked = np.stack([beside.shown(w.at, w.apart[n])[here] for w, n in rows])
    way = _way(rows, told, trust, one.at, len(links), _KNOT * beat)
    share = np.isfinite(told[:, 0]).sum(axis=0) / np.maximum(asked.sum(axis=0), 1) / _SURE
    size = np.full(here.shape, np.nan, np.float32)
    size[here] = np.hypot(way[0], way[1]) * np.minimum(share, 1) ** 2
    return replace(one, residual=size)


class _Beside:
    """What other frames show at the blocks of one."""

    def __init__(self, one: Window, links: tuple[Link, ...], reach: int) -> None:
        first, last = max(0, one.at - reach), min(len(links), one.at + reach)
        self._at = one.at
        self._places = blocks_between(links, one.at, range(first, last + 1), one.residual.shape)

    def brought(self, window: Window) -> np.ndarray:
        """The sway of another frame's window at this one's blocks, pairs x 2 x rows x columns; NaN
        where it does not show them."""
        if window.at == self._at:
            return window.sway
        places = self._places[window.at]
        rows, columns = window.residual.shape
        near = np.rint(places.at).astype(int)
        x, y = np.clip(near[..., 0], 0, columns - 1), np.clip(near[..., 1], 0, rows - 1)
        return np.where(places.known, window.sway[..., y, x], np.float32(np.nan))

    def shown(self, at: int, apart: int) -> np.ndarray:
        """Whether a frame and its neighbours have the blocks in the picture, as far as known."""
        some = [k for k in (at - apart, at, at + apart) if k in self._places]
        return np.asarray(np.logical_and.reduce([self._places[k].known for k in some]))


def _way(
    rows: list[Row], told: np.ndarray, trust: np.ndarray, at: int, last: int, apart: int
) -> np.ndarray:
    """Where blocks stand off their place in a frame, 2 x blocks, px.

    Args:
        rows: Window and pair of every measurement.
        told: What each says, rows x 2 x blocks; NaN where it says nothing.
        trust: Their weights.
        at: The frame.
        last: The last frame of the take.
        apart: Frames between two knots.
    """
    reach = [k for w, n in rows for k in (w.at - w.apart[n], w.at + w.apart[n])]
    knots = np.array([*range(min(reach), max(reach), apart), max(reach)])
    free = (knots != 0) & (knots != last)
    hats = _hats(knots)[:, free]
    before, here, after = (
        hats[[w.at + way * w.apart[n] - knots[0] for w, n in rows]] for way in (-1, 0, 1)
    )
    bends = (before + after) / 2 - here
    held = _held(knots)[free][:, free]
    known = np.isfinite(told[:, 0]) * trust[:, None]
    values = np.nan_to_num(told) * trust[:, None, None]
    ways = np.linalg.solve(_normal(bends, known) + held, np.einsum("rk,rcb->bkc", bends, values))
    return np.asarray((hats[at - knots[0]] @ ways).T)


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
    sizes = np.hypot(told[:, 0], told[:, 1]).reshape(len(told), -1)
    known = [size[np.isfinite(size)] for size in sizes]
    whole = np.array([max(median(one), _EXACT_PX) if len(one) else np.inf for one in known])
    shown = whole[np.isfinite(whole)]
    usual = median(shown) if len(shown) else _EXACT_PX
    return np.asarray(np.minimum(usual / whole, _MOST_TRUSTED) ** 2)


def _hats(knots: np.ndarray) -> np.ndarray:
    """Weights of the knots at the frames from the first of them to the last, frames x knots."""
    frames = np.arange(knots[0], knots[-1] + 1)
    return np.stack([np.interp(frames, knots, one) for one in np.eye(len(knots))], axis=1)


def _held(knots: np.ndarray) -> np.ndarray:
    """What holds a way that is not told: bends and size."""
    bend = np.diff(np.eye(len(knots)), 2, axis=0)
    return np.asarray(_SMOOTH * bend.T @ bend + _CALM * np.eye(len(knots)))

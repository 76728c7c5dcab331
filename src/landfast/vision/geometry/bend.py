"""Small departures that are smooth over the picture: a polynomial of second degree.

It holds what a camera's tremor does to a picture between two frames: shift, turn, zoom, tilt, and
the bend of a rolling shutter. Where near and far part by it as well, bumps on a grid hold what the
polynomial leaves. Places are about the picture's centre, as shares of its width.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64
from landfast.vision.statistics.robust import geman_mcclure

TERMS: Final = 6
_BUMPS: Final = np.linspace(-0.5, 0.5, 9)
"""Middles of the bumps, across and down, shares of the width; as wide as they lie apart."""
ALL_TERMS: Final = TERMS + len(_BUMPS) ** 2
_ROUNDS: Final = 12
_FLAT: Final = 3e-4
"""Pull of all terms but the shift towards zero, where points fill a part of the picture only."""
_HELD: Final = 0.01
"""Pull of the bumps towards zero: a few points do not make one."""
_AT_ONCE: Final = 32
"""Rows of a product: OpenBLAS starts threads above, and sums in their order."""
_CELL: Final = 16
"""Pixels between which a field is drawn straight: it bends by far less."""

Places = Float64[np.ndarray, "*grid 2"]
Bend = Float64[np.ndarray, "terms 2"]
"""`TERMS` of a polynomial, or `ALL_TERMS` with the bumps."""


def basis(at: Places, terms: int = TERMS) -> Float64[np.ndarray, "*grid terms"]:
    """1, x, y, x^2, xy, y^2 and, if asked for, the bumps; a departure is `basis(at) @ bend`."""
    x, y = at[..., 0], at[..., 1]
    powers = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1, dtype=np.float64)
    if terms == TERMS:
        return powers
    across, down = (_bumps(one) for one in (x, y))
    bumps = (across[..., :, None] * down[..., None, :]).reshape(*x.shape, -1)
    return np.concatenate([powers, bumps], axis=-1)


def _bumps(at: np.ndarray) -> Float64[np.ndarray, "*grid 9"]:
    away = (at[..., None] - _BUMPS) / (_BUMPS[1] - _BUMPS[0])
    return np.asarray(np.exp(-(away**2) / 2))


def departure(bend: Bend, at: Places) -> Float64[np.ndarray, "*grid 2"]:
    """`basis(at) @ bend`, a few places at a time."""
    flat = at.reshape(-1, 2)
    parts = [basis(flat[k : k + _AT_ONCE], len(bend)) @ bend for k in _chunks(len(flat))]
    return np.concatenate(parts).reshape(at.shape)


def _chunks(count: int) -> range:
    return range(0, count, _AT_ONCE)


def fit_bend(
    at: Float64[np.ndarray, "n 2"],
    away: Float64[np.ndarray, "n 2"],
    *,
    noise: float,
    terms: int = TERMS,
) -> Bend:
    """What most points agree on; what moves by itself does not count.

    Iteratively reweighted least squares, see `robust.geman_mcclure`.

    Args:
        at: Where the points are.
        away: Their departures, any unit.
        noise: Of a departure, in that unit; above 0.
        terms: `TERMS`, or `ALL_TERMS` for the bumps too.
    """
    columns, weight = basis(at, terms), np.ones(len(at))
    held = np.diag([0.0, *[_FLAT] * (TERMS - 1), *[_HELD] * (terms - TERMS)])
    for _ in range(_ROUNDS):
        weighed = columns * weight[:, None]
        normal = _product(weighed, columns) + held * weight.sum()
        bend: Bend = np.linalg.solve(normal, _product(weighed, away))
        left = np.linalg.norm(away - departure(bend, at), axis=1)
        weight = geman_mcclure(left, 1.5 * float(np.median(left)) + noise)
    return bend


def _product(a: np.ndarray, b: np.ndarray) -> Float64[np.ndarray, "columns others"]:
    """`a.T @ b`, summed in one order on any number of threads."""
    total = np.zeros((a.shape[1], b.shape[1]))
    for k in _chunks(len(a)):
        total += a[k : k + _AT_ONCE].T @ b[k : k + _AT_ONCE]
    return total


def sources(bend: Bend, size: tuple[int, int]) -> Float32[np.ndarray, "height width 2"]:
    """Where every pixel of a bent picture comes from, pixels.

    Args:
        bend: Departure of the picture's content, shares of its width.
        size: Width and height.
    """
    width, height = size
    columns, rows = (math.ceil(length / _CELL) for length in size)
    x = ((np.arange(columns) + 0.5) / columns - 0.5)[None, :].repeat(rows, axis=0)
    y = ((np.arange(rows) + 0.5) / rows - 0.5)[:, None].repeat(columns, axis=1)
    here = np.stack([x, y * height / width], axis=-1)
    away = np.zeros_like(here)
    for _ in range(3):
        away = departure(bend, here - away)
    drawn = cv2.resize((away * width).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    there = np.stack(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in size)), axis=-1)
    return np.asarray(there - drawn)

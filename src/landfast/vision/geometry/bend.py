"""Small departures that are smooth over the picture: a polynomial of second degree.

It holds what a camera's tremor does to a picture between two frames: shift, turn, zoom, tilt, and
the bend of a rolling shutter. Places are about the picture's centre, as shares of its width.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64
from landfast.vision.statistics.robust import geman_mcclure

TERMS: Final = 6
_ROUNDS: Final = 12
_FLAT: Final = 3e-4
"""Pull of all terms but the shift towards zero, where points fill a part of the picture only."""
_CELL: Final = 16
"""Pixels between which a field is drawn straight: it bends by far less."""

Places = Float64[np.ndarray, "*grid 2"]
Bend = Float64[np.ndarray, "6 2"]


def basis(at: Places) -> Float64[np.ndarray, "*grid 6"]:
    """1, x, y, x^2, xy, y^2; a departure is `basis(at) @ bend`."""
    x, y = at[..., 0], at[..., 1]
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1, dtype=np.float64)


def fit_bend(
    at: Float64[np.ndarray, "n 2"], away: Float64[np.ndarray, "n 2"], *, noise: float
) -> Bend:
    """What most points agree on; what moves by itself does not count.

    Iteratively reweighted least squares, see `robust.geman_mcclure`.

    Args:
        at: Where the points are.
        away: Their departures, any unit.
        noise: Of a departure, in that unit; above 0.
    """
    terms, weight = basis(at), np.ones(len(at))
    flat = np.diag(_FLAT * np.array([0, *[1] * (TERMS - 1)]))
    for _ in range(_ROUNDS):
        weighed = terms * weight[:, None]
        bend: Bend = np.linalg.solve(weighed.T @ terms + flat * weight.sum(), weighed.T @ away)
        left = np.linalg.norm(away - terms @ bend, axis=1)
        weight = geman_mcclure(left, 1.5 * float(np.median(left)) + noise)
    return bend


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
        away = basis(here - away) @ bend
    drawn = cv2.resize((away * width).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    there = np.stack(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in size)), axis=-1)
    return np.asarray(there - drawn)

"""Motion where flow is not to be believed: as around it, and beyond that as the picture does.

Still water, a bare wall or a row of like things matches anywhere, and what leaves the picture
matches nothing. Such a cell, left to itself, brings the pixels of another place.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.generators.geometry.correspond import Cell, Side
from landfast.model.arrays import Float32, Float64
from landfast.vision.motion.flow import pixel_grid

_SPREADS: Final = (8.0, 2.0)
"""Field cells over which what is trusted is averaged, coarse to fine."""
_DOUBT: Final = 0.2
"""Trust that speaks for no departure at all."""
_STEADY_PX: Final = 1.5
"""What goes on as it went, within so many pixels, is trusted half and more."""
_SURE: Final = 0.5
_THINNED: Final = 3
"""Of every so many cells across and down one is asked for the picture's plane."""
_FEWEST: Final = 24
"""Cells that tell a plane's motion."""
_OFF_PX: Final = 3.0

Field = Float32[np.ndarray, "rows cols 2"]
Trust = Float32[np.ndarray, "rows cols"]


def averaged(
    moved: Field, trust: Trust, spread: float
) -> tuple[Field, Float32[np.ndarray, "rows cols 1"]]:
    """Averaged over trusted cells, nothing where there are none; and how much that is known."""
    total = cv2.GaussianBlur(trust, (0, 0), spread)[..., None]
    doubted = total + np.float32(_DOUBT)
    mean = cv2.GaussianBlur(moved * trust[..., None], (0, 0), spread) / doubted
    return np.asarray(mean, np.float32), np.asarray(total / doubted)


def filled(moved: Field, trust: Trust, scale: Cell) -> Field:
    """Motion that is trusted; elsewhere that around it, as it departs from the whole picture's.

    Args:
        moved: Displacement, working pixels.
        trust: How far it is believed, 0 to 1.
        scale: Working pixels per cell.
    """
    around = _plane(moved, trust, scale)
    around = around + _affine(moved - around, trust)
    for spread in _SPREADS:
        around = around + averaged(moved - around, trust, spread)[0]
    return np.asarray(around + trust[..., None] * (moved - around))


def steady(side: Side) -> Field:
    """Motion to the frame beside an anchor, believed as far as it goes on to the farther frame.

    What all cells have more or less of there is the camera's own change.

    Raises:
        ValueError: The side has no footage.
    """
    if side.beside is None or side.outward is None:
        raise ValueError("motion beside an anchor needs footage there")
    off = side.outward * np.float32(side.beside_reach / side.reach) - side.beside
    off = off - np.median(off, axis=(0, 1))
    trust = 1 / (1 + (off**2).sum(axis=2) / np.float32(_STEADY_PX**2)) ** 2
    return filled(side.beside, trust, side.scale)


def _plane(moved: Field, trust: Trust, scale: Cell) -> Field:
    """The homography's motion that most trusted cells agree with; none where few are."""
    rows, cols = trust.shape
    at = pixel_grid(cols, rows) * scale
    thin = np.s_[_THINNED // 2 :: _THINNED, _THINNED // 2 :: _THINNED]
    sure = trust[thin] > _SURE
    if np.count_nonzero(sure) < _FEWEST:
        return np.zeros_like(moved)
    cv2.setRNGSeed(0)
    seen = at[thin][sure]
    found = cv2.findHomography(seen, seen + moved[thin][sure], cv2.USAC_MAGSAC, _OFF_PX)[0]
    if found is None:
        return np.zeros_like(moved)
    return np.asarray(cv2.perspectiveTransform(at, found) - at, np.float32)


def _affine(moved: Field, trust: Trust) -> Field:
    """The affine motion that suits trusted cells best (weighted least squares)."""
    rows, cols = trust.shape
    at = pixel_grid(cols, rows).reshape(-1, 2) / np.float32(max(rows, cols))
    terms: Float64[np.ndarray, "cells 3"] = np.column_stack([at, np.ones(len(at))])
    weighed = terms * trust.reshape(-1, 1)
    found = np.linalg.lstsq(weighed.T @ terms, weighed.T @ moved.reshape(-1, 2), rcond=None)[0]
    return np.asarray((terms @ found).reshape(moved.shape), np.float32)

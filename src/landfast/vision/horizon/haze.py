"""How far above its sharpest edge a hazy horizon lies.

Haze leaves exp(-d / v) of the contrast over a distance d (Koschmieder, 1924), and level ground u
rows below its horizon lies at a distance in proportion to 1 / u. So it emerges from the haze as
exp(-k / u): steepest, where a line is found, at u = k / 2, with a long tail below. The mean
profile across the line tells k by that tail, and with it how many rows the horizon lies above.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, Float64, UInt8

Gray = UInt8[np.ndarray, "height width"]
Profile = Float64[np.ndarray, " row"]

_ROWS: Final = np.arange(-10, 25)
"""Rows across the line, from its own."""
_NEAR_ROWS: Final = 12.0
"""Rows beyond which the ground's own shades outweigh those of the haze."""
_DEPTHS: Final = (0.0, *np.geomspace(1, 40, 20).tolist())
"""k, rows; without haze first."""
_BLURS: Final = (0.5, 0.8, 1.2, 2.0)
"""Of lens and coding, rows."""
_FINE: Final = 8
"""Places a row at which profiles are made."""
_FITS: Final = 1 / 3
"""Squared misfit with haze over that without, up to which it is haze."""
_MAY_FIT: Final = 2 / 3
_KNOWN: Final = 0.3
"""Share of the shift by which it is off at most, on rendered scenes."""
_EVERY: Final = 4
_GAIN: Final = 0.3
"""Share of a new profile in the running one."""


class Haze(NamedTuple):
    """What haze hides of a horizon, working rows."""

    shift: float = 0.0
    """The horizon lies this much above the line."""
    doubt: float = 0.0
    """How far off that may be."""


_NONE: Final = Haze()


@dataclass(slots=True)
class HazeCheck:
    """Measures the haze along a line every few frames."""

    _profile: Profile | None = None
    _age: int = 0
    _haze: Haze = _NONE

    def see(
        self, gray: Gray, line: tuple[float, float] | None, carries: Bool[np.ndarray, " column"]
    ) -> Haze:
        """The haze along the line of the next frame.

        Args:
            gray: Luma, working size.
            line: Steepness and height at the centre column, px; None where there is none.
            carries: Columns, evenly over the picture, that show the line.
        """
        if line is None:
            self._profile, self._age, self._haze = None, 0, _NONE
            return self._haze
        if self._age % _EVERY == 0:
            self._look(gray, line, carries)
        self._age += 1
        return self._haze

    def _look(
        self, gray: Gray, line: tuple[float, float], carries: Bool[np.ndarray, " column"]
    ) -> None:
        found = _across(gray, line, carries)
        if found is None:
            return
        old = found if self._profile is None else self._profile
        self._profile = old + _GAIN * (found - old)
        self._haze = _told(self._profile)


def _across(
    gray: Gray, line: tuple[float, float], carries: Bool[np.ndarray, " column"]
) -> Profile | None:
    """Mean luma of the rows about a line; None where too little of it lies inside the picture."""
    height, width = gray.shape
    columns = (np.flatnonzero(carries) + 0.5) * (width / len(carries)) - 0.5
    rows = line[0] * (columns - (width - 1) / 2) + line[1]
    inside = (rows >= -_ROWS[0]) & (rows <= height - 1 - _ROWS[-1])
    if inside.sum() < len(carries) / 4:
        return None
    at = (rows[inside] + _ROWS[:, None]).astype(np.float32)
    x: Float32[np.ndarray, "row column"] = np.broadcast_to(columns[inside], at.shape).astype(
        np.float32
    )
    return np.asarray(cv2.remap(gray, x, at, cv2.INTER_LINEAR).mean(axis=1))


class _Templates(NamedTuple):
    """Profiles of all hazes and blurs."""

    shifts: Float64[np.ndarray, " template"]
    is_clear: Bool[np.ndarray, " template"]
    weights: Profile
    bases: Float64[np.ndarray, "template row term"]
    """Orthonormal, weighted: a level, the sky's slope, the ground, the ground's slope."""


def _told(profile: Profile) -> Haze:
    templates = _templates()
    weighted = profile * templates.weights
    explained = np.einsum("tri,r->ti", templates.bases, weighted)
    misfits = weighted @ weighted - (explained**2).sum(axis=1)
    best = int(misfits.argmin())
    shift = float(templates.shifts[best])
    share = misfits[best] / max(float(misfits[templates.is_clear].min()), 1e-9)
    if share < _FITS:
        return Haze(shift, _KNOWN * shift)
    return Haze(0.0, shift if share < _MAY_FIT else 0.0)


@cache
def _templates() -> _Templates:
    weights = np.exp(-np.abs(_ROWS) / (2 * _NEAR_ROWS))
    made = [(k, *_emerging(k, blur)) for k in _DEPTHS for blur in _BLURS]
    bases = [np.linalg.qr(_terms(shift, ground) * weights[:, None])[0] for _, shift, ground in made]
    return _Templates(
        np.array([shift for _, shift, _ in made]),
        np.array([k == 0 for k, _, _ in made]),
        weights,
        np.stack(bases),
    )


def _terms(shift: float, ground: Profile) -> Float64[np.ndarray, "row term"]:
    below = _ROWS + shift
    terms = [np.ones(len(_ROWS)), np.minimum(below, 0), ground, ground * np.maximum(below, 0)]
    return np.stack(terms, axis=1)


def _emerging(k: float, blur: float) -> tuple[float, Profile]:
    """Rows from the horizon to the sharpest edge, and the share of ground seen about that."""
    fine = np.arange(-60 * _FINE, 90 * _FINE) / _FINE
    seen = np.where(fine > 0, np.exp(-k / np.maximum(fine, 1e-9)), 0.0)
    seen[fine == 0] = 0.5 if k == 0 else 0.0
    seen = cv2.GaussianBlur(seen[:, None], (1, 0), 1e-3, sigmaY=blur * _FINE).ravel()
    # The line is found on slopes that are smoothed by a Gaussian of one row.
    smooth = cv2.GaussianBlur(seen[:, None], (1, 0), 1e-3, sigmaY=_FINE).ravel()
    shift = float(fine[np.gradient(smooth).argmax()])
    return shift, np.interp(_ROWS + shift, fine, seen)

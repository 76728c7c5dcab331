"""Frames that show little of an overlay: at the picture's edge, or while it is covered or faint.

A few points in one place tell where that place is, but hardly turn and size, and so not where the
rest of the overlay lies. There its path is the likeliest one, given what each frame tells and that
swim changes as evenly as it does where the overlay is seen well (a random walk of its speed; Kalman
smoothing, Rauch, Tung and Striebel 1965, solved as one system).

Places are complex numbers: a point u of the overlay, counted from its middle, lies at
u + turn u + shift.
"""

from __future__ import annotations

import numpy as np

from landfast.model.arrays import Bool, Complex128, Float64
from landfast.vision.overlay.drawing.told import Told

_POOR = 2.5
"""Times the usual error of the overlay's outline above which a frame tells little."""
_LEAST_PX = 0.1
"""An error below which it tells enough."""
_AROUND = 40
"""Frames before and after that are looked at."""
_SPEEDLESS_PX = 0.01
"""The least change of speed in a frame that swim is thought to have."""


def poor(errors: Float64[np.ndarray, " frame"]) -> Bool[np.ndarray, " frame"]:
    """Frames that tell much less than most."""
    known = np.isfinite(errors)
    if not known.any():
        return np.zeros(len(errors), bool)
    usual = float(np.median(errors[known]))
    return np.asarray(known & (errors > max(_POOR * usual, _LEAST_PX)))


def held(
    turn: Complex128[np.ndarray, " frame"],
    shift: Complex128[np.ndarray, " frame"],
    told: Told,
    weak: Bool[np.ndarray, " frame"],
    radius: float,
) -> tuple[Complex128[np.ndarray, " frame"], Complex128[np.ndarray, " frame"]]:
    """Turn and shift with the weak frames at their likeliest; the others stay as they are.

    Args:
        turn: Turn and growth, 0 where there is none; NaN where not measured.
        shift: Of the overlay's middle.
        told: What the frames tell.
        weak: Which are to be held.
        radius: Of the overlay, pixels.
    """
    result = turn.copy(), shift.copy()
    restless = _restless(turn * radius, shift, weak)
    for first, stop in _runs(weak):
        low, high = max(0, first - _AROUND), min(len(turn), stop + _AROUND)
        part = slice(low, high)
        better = _likeliest(turn[part] * radius, shift[part], told, part, radius, restless)
        inside = slice(first - low, stop - low)
        result[0][first:stop], result[1][first:stop] = better[0][inside] / radius, better[1][inside]
    return result


def _restless(turn: np.ndarray, shift: np.ndarray, weak: np.ndarray) -> tuple[float, float]:
    """By how much each changes its speed in a frame, where the overlay is seen well."""
    sizes = []
    for values in (turn, shift):
        change = np.abs(np.diff(np.where(weak, np.nan, values), 2))
        change = change[np.isfinite(change)]
        sizes.append(float(np.sqrt(np.square(change).mean())) if len(change) else 0.0)
    return max(sizes[0], _SPEEDLESS_PX), max(sizes[1], _SPEEDLESS_PX)


def _likeliest(
    turn: np.ndarray,
    shift: np.ndarray,
    told: Told,
    part: slice,
    radius: float,
    restless: tuple[float, float],
) -> tuple[np.ndarray, np.ndarray]:
    """The two sequences that best agree with what was told and with an even pace."""
    count = len(turn)
    system = np.zeros((2 * count, 2 * count), complex)
    wanted = np.zeros(2 * count, complex)
    at = told.middle[part] / radius
    seen = np.isfinite(turn) & np.isfinite(at)
    for k in np.flatnonzero(seen).tolist():
        # The points' middle lies where it was seen; turn and growth are told by their spread.
        variance = float(told.point_px[part][k]) ** 2
        place = np.array([at[k], 1.0])
        here = np.array([k, count + k])
        by_place = max(float(told.count[part][k]), 1.0) / variance
        by_spread = float(told.spread[part][k]) / radius**2 / variance
        system[np.ix_(here, here)] += by_place * np.outer(place.conj(), place)
        system[k, k] += by_spread
        wanted[here] += by_place * place.conj() * (at[k] * turn[k] + shift[k])
        wanted[k] += by_spread * turn[k]
    bends = np.diff(np.eye(count), 2, axis=0)
    for half, size in enumerate(restless):
        rows = slice(half * count, (half + 1) * count)
        system[rows, rows] += bends.T @ bends / size**2
        system[rows, rows] += 1e-9 * np.eye(count)
    solved = np.linalg.solve(system, wanted)
    return solved[:count], solved[count:]


def _runs(flags: Bool[np.ndarray, " frame"]) -> list[tuple[int, int]]:
    """First frame and the one after the last of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]

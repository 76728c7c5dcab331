"""Running statistics over a column that may hold NaN."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from landfast.model.arrays import Bool, Float

Column = Float[np.ndarray, " frame"]


def running_quantile(values: Column, radius: int, share: float) -> Float[np.ndarray, " frame"]:
    """Quantile over `radius` rows on either side; NaN rows are left out.

    Where all rows of a window are NaN, so is the result.
    """
    padded = np.pad(values.astype(np.float64), radius, constant_values=np.nan)
    return np.concatenate(
        [
            _row_quantile(padded[start : start + _CHUNK + 2 * radius], radius, share)
            for start in range(0, len(values), _CHUNK)
        ]
    )[: len(values)]


_CHUNK = 1024


def _row_quantile(padded: Float[np.ndarray, " padded"], radius: int, share: float) -> Column:
    rows = np.sort(sliding_window_view(padded, 2 * radius + 1), axis=1)
    known = (~np.isnan(rows)).sum(axis=1)
    at = np.maximum(known - 1, 0) * share
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, np.maximum(known - 1, 0))
    index = np.arange(len(rows))
    return np.asarray(rows[index, low] + (at - low) * (rows[index, high] - rows[index, low]))


def quantile(values: Float[np.ndarray, " value"], share: float) -> float:
    """Quantile of at least one value, interpolated; numpy's own spends its time on other cases."""
    at = (len(values) - 1) * share
    low = int(at)
    high = min(low + 1, len(values) - 1)
    parted = np.partition(values, (low, high))
    below, above = float(parted[low]), float(parted[high])
    return below + (at - low) * (above - below)


def runs(flags: Bool[np.ndarray, " frame"]) -> list[tuple[int, int]]:
    """Half-open stretches in which the flag is set."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def stretches(is_cut: Bool[np.ndarray, " frame"]) -> list[tuple[int, int]]:
    """Half-open stretches between cuts; a cut marks the first frame of a stretch."""
    starts = [0, *(np.flatnonzero(is_cut[1:]) + 1).tolist()]
    return list(zip(starts, [*starts[1:], len(is_cut)], strict=True))

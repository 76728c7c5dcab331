"""Medians at a fraction of numpy's cost: nothing is looked for that cannot be there."""

from __future__ import annotations

import numpy as np


def median(values: np.ndarray) -> float:
    """What `np.median` gives: of one number or more, none of them NaN, in their own precision."""
    flat = values.ravel()
    middle = len(flat) // 2
    if len(flat) % 2:
        return float(np.partition(flat, middle)[middle])
    ordered = np.partition(flat, (middle - 1, middle))
    return float((ordered[middle - 1] + ordered[middle]) / 2)


def medians(rows: np.ndarray) -> np.ndarray:
    """What `np.median(rows, axis=0)` gives, of the same kind: few columns, many rows."""
    flat = rows.reshape(len(rows), -1)
    every = [median(column) for column in flat.T]
    return np.array(every, rows.dtype).reshape(rows.shape[1:])

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

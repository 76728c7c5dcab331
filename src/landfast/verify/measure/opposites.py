"""What a frame shows against the middle between its neighbours before and after."""

from __future__ import annotations

import numpy as np


def opposite(away: list[int]) -> tuple[int, ...]:
    """Distances at which a window has a neighbour on either side, frames."""
    return tuple(k for k in away if k > 0 and -k in away)


def sway(shared: np.ndarray, away: list[int]) -> np.ndarray:
    """Means of what opposite neighbours show, pairs x 2 x rows x columns; NaN where one of the
    two does not.

    Args:
        shared: Where each neighbour shows each block against where a rigid scene has it, px:
            neighbours x 2 x rows x columns.
        away: How many frames each neighbour is away.
    """
    place = {k: n for n, k in enumerate(away)}
    pairs = [(shared[place[k]] + shared[place[-k]]) / 2 for k in opposite(away)]
    return np.array(pairs, np.float32).reshape(-1, *shared.shape[1:])

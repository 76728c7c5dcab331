"""Generated pictures that take the place of frames of the footage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from landfast.model.arrays import UInt8, UInt16

Image = UInt8[np.ndarray, "height width 3"] | UInt16[np.ndarray, "height width 3"]
"""RGB of 8 bits a channel, or 16 where the footage has more than 8."""
Picture = UInt8[np.ndarray, "_ _ 3"] | UInt16[np.ndarray, "_ _ 3"]
"""The same in any size."""


@dataclass(frozen=True, slots=True)
class Fill:
    """One transition, already on the footage's grid: a picture for each replaced frame."""

    frames: range
    """Indices of the replaced frames among the shown frames of the clip."""
    images: Callable[[], Iterator[Image]]
    """The pictures in order, upright, in displayed size; called once for each pass over them."""

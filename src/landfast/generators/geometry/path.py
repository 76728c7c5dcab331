"""The way of every pixel through the gap: a cubic with the footage's velocity at both ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from landfast.generators.geometry.correspond import Side
from landfast.vision.flow import fetch, pixel_grid


@dataclass(frozen=True, slots=True)
class Path:
    """Displacement of an anchor's pixels after a share t of the gap: `((c t + b) t + a) t`."""

    a: Float32[np.ndarray, "height width 2"]
    b: Float32[np.ndarray, "height width 2"]
    c: Float32[np.ndarray, "height width 2"]

    def at(self, t: float) -> Float32[np.ndarray, "height width 2"]:
        """Displacement in pixels after a share `t` of the gap, 0 at this anchor."""
        moved: np.ndarray = ((self.c * t + self.b) * t + self.a) * t
        return moved


def trace(near: Side, far: Side, *, steps: int) -> Path:
    """The cubic Hermite path of the near anchor's pixels to the far anchor.

    Args:
        near: The anchor whose pixels move.
        far: The other one; its velocity is taken where the pixels arrive.
        steps: Frame intervals in the gap.
    """
    height, width = near.across.shape[:2]
    start = near.across if near.outward is None else near.outward * (-steps / near.reach)
    stop = near.across
    if far.outward is not None:
        arrived = pixel_grid(width, height) + near.across
        stop = fetch(far.outward, arrived, resampling="linear") * (steps / far.reach)
    return Path(start, 3 * near.across - 2 * start - stop, start + stop - 2 * near.across)

"""One frame measured against its neighbours: what no rigid scene explains there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from landfast.model.arrays import Float32
from landfast.vision.geometry.planeparallax import Model


@dataclass(frozen=True, slots=True)
class Window:
    """One reference frame measured against its neighbours."""

    at: int
    residual: Float32[np.ndarray, "rows columns"]
    """Pixels at working size per block; NaN where unverifiable."""
    model: Model
    depth: Float32[np.ndarray, "rows columns"]
    """Inverse depth per block against a plane, of no scale; NaN where unknown, zero for "plane"."""
    parallax_px: float
    """Typical motion that depth makes between the frames of the window."""
    reach_px: float
    """How far the picture moves from its frame to the farthest neighbour."""
    sway: Float32[np.ndarray, "pairs 2 rows columns"]
    """How far the middle between each two opposite neighbours lies off each block, x and y, px;
    NaN where one of them does not show it. A wrong depth pushes a block one way before and the
    other way after, so that this is free of it."""
    apart: tuple[int, ...]
    """How many frames the neighbours of each pair are away."""


def consistent(found: list[Window]) -> list[Window]:
    """Windows without what one says that takes the scene for a plane between two that do not: what
    depth explains there would be called a warp."""
    models = [found[0].model, *(one.model for one in found), found[-1].model] if found else []
    return [
        _silenced(one) if one.model == "plane" and models[n] == models[n + 2] == "parallax" else one
        for n, one in enumerate(found)
    ]


def _silenced(one: Window) -> Window:
    empty = np.full_like(one.residual, np.nan)
    return replace(one, residual=empty, sway=np.full_like(one.sway, np.nan))

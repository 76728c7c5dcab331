"""Motion that no camera explains: what is left when one rigid scene is fitted to the flow.

Per frame, the flow to a frame before and to one after is fitted with plane plus parallax (see
`landfast.vision.planeparallax`). Something moves by itself where what is left is well above what
is left elsewhere, and points one way into the past and the other way into the future; an uncovered
border does neither. What the flow loses shows by how it looks (see `differing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64
from landfast.vision.flow import warp
from landfast.vision.labels.cues import Cues
from landfast.vision.labels.differing import differing, excess
from landfast.vision.labels.follow import Step
from landfast.vision.planeparallax import fit_rigid
from landfast.vision.windows import quantile

Plane = Float32[np.ndarray, "height width"]
Flow = Float32[np.ndarray, "height width 2"]

_REACH: Final = 2
"""Frames to the neighbours on either side."""
_GRID: Final = 5
"""Distance of the points, small pixels."""
_LEAST_PX: Final = 0.4
"""Motion left over, small pixels, below which nothing is said to move."""
_TIMES: Final = 4.0
"""And as a multiple of what is left in the middle of the picture's points."""
_TRUSTED: Final = 0.4
"""There and back within this, small pixels."""
_HOLDS: Final = 0.5
"""Share of the evidence that is carried on to the next frame: what goes along with the camera for
a moment has not stopped moving."""
_ALIKE: Final = 0.4
"""Difference, over what noise allows, from what the camera's motion shows: below, it is that."""
_UNLIKE: Final = 0.9
_LEAST_TEXTURE: Final = 2.0
_FEWEST: Final = 80
_MOST: Final = 0.2
"""Share of the points that may move; above, the model of the camera has failed."""


def find_moving(
    frames: Sequence[Cues], steps: Sequence[Step], still: Sequence[Plane]
) -> list[Plane]:
    """How surely each pixel of each frame moves by itself, 0 to 1.

    Args:
        still: Where motion says nothing, 0 to 1: sky and water.
    """
    if len(frames) < 3:
        return [np.zeros_like(cues.light) for cues in frames]
    inner = [_either(k, frames, steps, still[k]) for k in range(1, len(frames) - 1)]
    first = warp(inner[0], steps[0].forward, resampling="linear")
    last = warp(inner[-1], steps[-1].backward, resampling="linear")
    seen = [first, *inner, last]
    ahead = _held(seen, [(step.backward, step.error_back) for step in steps])
    back = _held(seen[::-1], [(step.forward, step.error) for step in reversed(steps)])[::-1]
    return [np.maximum(a, b) for a, b in zip(ahead, back, strict=True)]


def _held(seen: Sequence[Plane], ways: Sequence[tuple[Flow, Plane]]) -> list[Plane]:
    """The evidence of each frame or, where that is more, what is left of the frame before's."""
    out = [seen[0]]
    for own, (way, error) in zip(seen[1:], ways, strict=True):
        carried = np.where(error < _TRUSTED, warp(out[-1], way, resampling="linear"), 0)
        out.append(np.maximum(own, np.float32(_HOLDS) * carried).astype(np.float32))
    return out


def _either(k: int, frames: Sequence[Cues], steps: Sequence[Step], still: Plane) -> Plane:
    """What is left of the motion, and what looks otherwise than the motion around would have it."""
    before, here, after = (frames[k + side].gray for side in (-1, 0, 1))
    ways = steps[k - 1].backward, steps[k].forward
    odd = differing(before, here, after, *ways, np.asarray(1 - still, np.float32))
    if float((odd > 0.5).mean()) > _MOST:
        odd = np.zeros_like(odd)
    return np.asarray(np.maximum(odd, _moving(k, frames, steps, still)))


def _moving(k: int, frames: Sequence[Cues], steps: Sequence[Step], still: Plane) -> Plane:
    cues = frames[k]
    height, width = cues.gray.shape
    reach = min(_REACH, k, len(frames) - 1 - k)
    ahead, behind = _way(k, reach, 1, steps), _way(k, reach, -1, steps)
    y, x = np.mgrid[2 : height - 2 : _GRID, 2 : width - 2 : _GRID]
    at = (y.ravel(), x.ravel())
    good = (cues.rough[at] > _LEAST_TEXTURE) & (still[at] < 0.5)
    good &= (steps[k].error[at] < _TRUSTED) & (steps[k - 1].error_back[at] < _TRUSTED)
    if good.sum() < _FEWEST:
        return np.zeros_like(cues.light)
    points = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64)
    moved = np.stack([points + ahead[at], points + behind[at]])
    fit = fit_rigid(points, moved, np.stack([good, good]), width=width, height=height)
    own = _by_itself(fit.residual, good) * good
    if float((own > 0.5).sum()) > _MOST * float(good.sum()):
        return np.zeros_like(cues.light)
    coarse = own.reshape(y.shape).astype(np.float32)
    rigid = [
        way - cv2.resize(_on_grid(left, good, y.shape), (width, height))
        for way, left in zip((ahead, behind), fit.residual, strict=True)
    ]
    sides = [
        (frames[k + way * reach].gray, [flow]) for way, flow in zip((1, -1), rigid, strict=True)
    ]
    # The flow drags what lies around along; where the camera's motion shows the same picture,
    # nothing moved.
    odd = excess(cues.gray, sides, np.asarray(1 - still, np.float32))
    seen = np.clip((odd - _ALIKE) / (_UNLIKE - _ALIKE), 0, 1)
    return np.asarray(cv2.resize(coarse, (width, height)) * seen * (1 - still), np.float32)


def _on_grid(
    left: Float64[np.ndarray, "point 2"], good: np.ndarray, shape: tuple[int, int]
) -> Float32[np.ndarray, "rows columns 2"]:
    return np.asarray((left * good[:, None]).reshape(*shape, 2), np.float32)


def _way(k: int, reach: int, side: int, steps: Sequence[Step]) -> Float32[np.ndarray, "h w 2"]:
    """Motion from frame k to the one `reach` frames away."""
    ways = (
        [step.forward for step in steps[k : k + reach]]
        if side > 0
        else [step.backward for step in reversed(steps[k - reach : k])]
    )
    total = ways[0]
    for way in ways[1:]:
        total = total + warp(way, total, resampling="linear")
    return np.asarray(total)


def _by_itself(residual: Float64[np.ndarray, "2 point 2"], good: np.ndarray) -> np.ndarray:
    """From what is left into the future and into the past: 0 explained, 1 moves by itself."""
    apart = np.linalg.norm(residual[0] - residual[1], axis=1) / 2
    together = np.linalg.norm(residual[0] + residual[1], axis=1) / 2
    usual = quantile(apart[good], 0.5)
    least = max(_LEAST_PX, _TIMES * usual)
    sure: np.ndarray = np.clip((apart - together) / least - 0.5, 0, 1)
    return sure

"""Planes carried from frame to frame along dense motion, both ways, so that they do not flicker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, UInt8
from landfast.vision.motion.flow import dense_flow, forward_backward_error, pixel_grid, warp
from landfast.vision.statistics.robust import cauchy

Gray = UInt8[np.ndarray, "height width"]
Flow = Float32[np.ndarray, "height width 2"]
Planes = Float32[np.ndarray, "plane height width"]

_MEMORY: Final = 0.85
"""Weight of what is carried over beside what the frame says itself."""
_AGREES_PX: Final = 1.0
"""There and back within this: the way is believed, small pixels."""
_CUT: Final = 0.35
"""Share of pixels whose way must be believed; below, the frames are not of one shot."""


@dataclass(frozen=True, slots=True)
class Step:
    """Motion between a frame and the next, small pixels."""

    forward: Flow
    """From this frame to the next."""
    backward: Flow
    """From the next to this."""
    error: Float32[np.ndarray, "height width"]
    """How far there and back misses, for pixels of this frame."""
    error_back: Float32[np.ndarray, "height width"]
    """The same for pixels of the next."""
    is_cut: bool


def step_between(before: Gray, after: Gray) -> Step:
    """Dense motion both ways, and whether the two show one scene."""
    forward, backward = dense_flow(before, after), dense_flow(after, before)
    error = forward_backward_error(forward, backward)
    back = forward_backward_error(backward, forward)
    return Step(forward, backward, error, back, _is_cut(before, after, backward, back))


def _is_cut(before: Gray, after: Gray, backward: Flow, error: np.ndarray) -> bool:
    """Neither the way there and back nor the grey levels agree."""
    believed = float((error < _AGREES_PX).mean())
    if believed > 1 - _CUT:
        return False
    left = cv2.absdiff(warp(before, backward, resampling="linear"), after).mean()
    spread = float(after.std())
    return bool(believed < _CUT or left > 0.5 * spread + 2)


def smoothed(planes: Sequence[Planes], steps: Sequence[Step]) -> list[Planes]:
    """Every frame's planes averaged with its neighbours' along the motion, both ways in time.

    Weights fall by `_MEMORY` a frame; nothing is carried over a cut or where the way is not
    believed. Steps are one fewer than planes.
    """
    past = _carried(planes, [(s.backward, s.error_back, s.is_cut) for s in steps])
    turned = [(s.forward, s.error, s.is_cut) for s in reversed(steps)]
    future = _carried(planes[::-1], turned)[::-1]
    return [
        (p[0] + f[0] - own) / (p[1] + f[1] - 1)
        for own, p, f in zip(planes, past, future, strict=True)
    ]


def _carried(
    planes: Sequence[Planes], ways: Sequence[tuple[Flow, np.ndarray, bool]]
) -> list[tuple[Planes, Float32[np.ndarray, "height width"]]]:
    """Weighted sums of each frame and those before it, and the weights."""
    total, weight = planes[0], np.ones(planes[0].shape[1:], np.float32)
    out = [(total, weight)]
    for own, (back, error, is_cut) in zip(planes[1:], ways, strict=True):
        trust = np.float32(_MEMORY) * believed(error, is_cut=is_cut)
        weight = 1 + trust * warp(weight, back, resampling="linear")
        carried = np.stack([warp(plane, back, resampling="linear") for plane in total])
        total = own + trust * carried
        out.append((total, weight))
    return out


def believed(error: np.ndarray, *, is_cut: bool) -> Float32[np.ndarray, "height width"]:
    """1 where the way there and back agrees, falling to 0."""
    if is_cut:
        return np.zeros(error.shape, np.float32)
    finite = np.minimum(error, 100).astype(np.float32)
    return cauchy(finite, _AGREES_PX)


def steady(
    confidence: Sequence[UInt8[np.ndarray, "label height width"]],
    steps: Sequence[Step],
    *,
    least: float,
    bonus: float,
    unknown: int,
) -> list[UInt8[np.ndarray, "height width"]]:
    """The label of each pixel, with a bonus for the one that it carried a frame ago.

    Args:
        least: Confidence that a label needs, 0 to 1; what carried it before needs `bonus` less.
    """
    before: np.ndarray | None = None
    out = []
    for k, planes in enumerate(confidence):
        scores = planes.astype(np.int16)
        if before is not None and not steps[k - 1].is_cut:
            carried = _moved(before, steps[k - 1].backward)
            for label, plane in enumerate(scores):
                plane += (carried == label) * np.int16(round(255 * bonus))
        best = scores.argmax(axis=0)
        reached = scores.max(axis=0) >= round(255 * least)
        before = np.where(reached, best, unknown).astype(np.uint8)
        out.append(before)
    return out


def _moved(index: UInt8[np.ndarray, "large_height large_width"], flow: Flow) -> np.ndarray:
    """Labels fetched along a flow of half their size; the nearest, never a mixture."""
    height, width = index.shape
    large = cv2.resize(flow, (width, height)) * np.float32(width / flow.shape[1])
    at = pixel_grid(width, height) + large
    moved: np.ndarray = cv2.remap(
        index, at, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    return moved

"""Edges for control videos: lines that stay where the scene puts them.

Canny judges every frame by itself, so that a line near the threshold comes and goes, and a control
video flickers where the scene stands still. Here the strength of every thin line is averaged along
the motion of the picture before it is judged; the two thresholds are set once for the span; what
was a line a frame ago needs less to stay one; and what no neighbour shows is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import cv2
import numpy as np

from landfast.errors import InputError
from landfast.model.arrays import Bool, Float32, UInt8
from landfast.vision.motion.flow import dense_flow, forward_backward_error, pixel_grid, warp
from landfast.vision.statistics.robust import cauchy
from landfast.vision.statistics.windows import quantile

RGB = UInt8[np.ndarray, "height width 3"]
Gray = UInt8[np.ndarray, "height width"]
Plane = Float32[np.ndarray, "height width"]
Flow = Float32[np.ndarray, "height width 2"]
Mask = Bool[np.ndarray, "height width"]

_SCALES: Final = (1.0, 2.0)
"""Gaussians, pixels, at which slopes are taken: the finer for place, the coarser for support."""
_DENSITY: Final = 0.06
"""Share of the picture that lines take up, over the span."""
_SEED_SHARE: Final = 0.55
"""Share of those pixels that are lines by themselves; the rest hang on to one."""
_LEAST_SLOPE: Final = 1.0
"""Slope, grey levels a pixel, below which nothing is a line..."""
_NOISY: Final = 0.55
"""...and over the noise of the span: one pixel in ten thousand of noise alone reaches 0.45."""
_UNLIKE: Final = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
"""What no plane and no straight edge leaves (Immerkaer, 1996)..."""
_LEFT: Final = 6.0
"""...and by how much it raises the standard deviation of noise."""
_PATCH: Final = 16
_CALMEST: Final = 0.1
"""Side of the patches, pixels, and share of them, that noise is measured in."""
_MEMORY: Final = 0.75
_STAYS: Final = 0.7
"""What was a line a frame ago stays one at this share of the thresholds."""
_AGREES_PX: Final = 1.0
_NONE: Final = np.zeros((), np.uint8)
_SUPPORT: Final = 2
"""Neighbouring frames, of the two before and the two after, that must show a line, at least."""


@dataclass(frozen=True, slots=True)
class _Step:
    """Motion between a frame and the next, and how far it is believed, 0 to 1."""

    forward: Flow
    backward: Flow
    trust_here: Plane
    """For pixels of this frame."""
    trust_next: Plane
    """For pixels of the next."""


def stable_edges(images: Sequence[RGB], *, density: float = _DENSITY) -> list[Gray]:
    """Lines of every frame, 255 on 0, one pixel wide and steady in time.

    Args:
        images: Frames that follow each other, at one size.
        density: Share of the picture that lines may take up, on average over the span. The
            thresholds follow from it, once for all frames. A span without slopes has no lines.

    Raises:
        InputError: No frames, or frames of different sizes.
    """
    if not images:
        raise InputError("has no frames to draw edges of", subject="span")
    if len({image.shape for image in images}) > 1:
        raise InputError("has frames of different sizes", subject="span")
    grays = [np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)) for image in images]
    steps = [_step(a, b) for a, b in pairwise(grays)]
    strength = _averaged([_strength(gray) for gray in grays], steps)
    thin = [_thinned(one, gray) for one, gray in zip(strength, grays, strict=True)]
    least = max(_LEAST_SLOPE, _NOISY * max(_noise(gray) for gray in grays))
    low, high = _thresholds(thin, density, least)
    lines = _followed(thin, steps, low, high)
    return [np.where(keep, 255, 0).astype(np.uint8) for keep in _supported(lines, steps)]


def _step(before: Gray, after: Gray) -> _Step:
    forward, backward = dense_flow(before, after), dense_flow(after, before)
    there = forward_backward_error(forward, backward)
    back = forward_backward_error(backward, forward)
    trust = [cauchy(np.minimum(error, 100), _AGREES_PX) for error in (there, back)]
    return _Step(forward, backward, *trust)


def _slopes(gray: Gray, sigma: float) -> tuple[Plane, Plane]:
    """Slopes across and down, grey levels a pixel, at a scale."""
    calm = cv2.GaussianBlur(gray.astype(np.float32), (0, 0), sigma)
    return (
        np.asarray(cv2.Sobel(calm, cv2.CV_32F, 1, 0, scale=1 / 8)),
        np.asarray(cv2.Sobel(calm, cv2.CV_32F, 0, 1, scale=1 / 8)),
    )


def _strength(gray: Gray) -> Plane:
    """Slope that both scales agree on: texture is strong at the finer one only."""
    fine, coarse = (np.hypot(*_slopes(gray, sigma)) for sigma in _SCALES)
    return np.asarray(np.sqrt(fine * np.minimum(fine, 2 * coarse)), np.float32)


def _averaged(planes: Sequence[Plane], steps: Sequence[_Step]) -> list[Plane]:
    """Each frame's strength averaged with its neighbours' along the motion, both ways."""
    past = _carried(planes, [(s.backward, s.trust_next) for s in steps])
    future = _carried(planes[::-1], [(s.forward, s.trust_here) for s in reversed(steps)])[::-1]
    return [
        np.asarray((p[0] + f[0] - own) / (p[1] + f[1] - 1), np.float32)
        for own, p, f in zip(planes, past, future, strict=True)
    ]


def _carried(
    planes: Sequence[Plane], ways: Sequence[tuple[Flow, Plane]]
) -> list[tuple[Plane, Plane]]:
    total, weight = planes[0], np.ones_like(planes[0])
    out = [(total, weight)]
    for own, (back, trust) in zip(planes[1:], ways, strict=True):
        carry = np.float32(_MEMORY) * trust
        weight = 1 + carry * warp(weight, back, resampling="linear")
        total = own + carry * warp(total, back)
        out.append((total, weight))
    return out


def _thinned(strength: Plane, gray: Gray) -> Plane:
    """The ridges of the strength, zero elsewhere: greatest across the line (Canny, PAMI 1986)."""
    dx, dy = _slopes(gray, _SCALES[0])
    length = np.maximum(np.hypot(dx, dy), np.float32(1e-6))
    step = np.dstack([dx / length, dy / length])
    ahead = warp(strength, step, resampling="linear")
    behind = warp(strength, -step, resampling="linear")
    ridge = (strength >= ahead) & (strength > behind)
    ridge[:2], ridge[-2:], ridge[:, :2], ridge[:, -2:] = False, False, False, False
    return np.asarray(np.where(ridge, strength, 0), np.float32)


def _noise(gray: Gray) -> float:
    """Standard deviation of the noise in the calmest patches, grey levels; flat ones aside."""
    left = np.abs(cv2.filter2D(gray.astype(np.float32), -1, _UNLIKE))
    across, down = (max(1, side // _PATCH) for side in (gray.shape[1], gray.shape[0]))
    patches = np.asarray(cv2.resize(left, (across, down), interpolation=cv2.INTER_AREA))
    told = patches[patches > 0]
    return quantile(told, _CALMEST) * math.sqrt(math.pi / 2) / _LEFT if len(told) else 0.0


def _thresholds(thin: Sequence[Plane], density: float, least: float) -> tuple[float, float]:
    """The strengths that leave the wanted share of pixels, over the whole span."""
    values = np.concatenate([plane[plane > least] for plane in thin])
    pixels = sum(plane.size for plane in thin)
    if len(values) == 0:
        return least, least
    share = min(1.0, density * pixels / len(values))
    low, high = (quantile(values, 1 - share * part) for part in (1.0, _SEED_SHARE))
    return low, high


def _followed(thin: Sequence[Plane], steps: Sequence[_Step], low: float, high: float) -> list[Mask]:
    """Hysteresis in the picture and along the motion."""
    ahead = _pass(thin, [s.backward for s in steps], low, high)
    back = _pass(thin[::-1], [s.forward for s in reversed(steps)], low, high)[::-1]
    return [a | b for a, b in zip(ahead, back, strict=True)]


def _pass(thin: Sequence[Plane], ways: Sequence[Flow], low: float, high: float) -> list[Mask]:
    before = _linked(thin[0] >= low, thin[0] >= high)
    out = [before]
    for plane, way in zip(thin[1:], ways, strict=True):
        was = _near(before, way)
        least = np.where(was, np.float32(_STAYS), np.float32(1))
        before = _linked(plane >= low * least, plane >= high * least)
        out.append(before)
    return out


def _linked(weak: Mask, strong: Mask) -> Mask:
    """Weak pixels that hang together with a strong one."""
    count, parts = cv2.connectedComponents(weak.astype(np.uint8), connectivity=8)
    kept = np.zeros(count, bool)
    kept[parts[strong & weak]] = True
    kept[0] = False
    return np.asarray(kept[parts])


def _near(lines: Mask, way: Flow) -> Mask:
    """Where the motion brings a line, or next to it."""
    wide = cv2.dilate(lines.astype(np.uint8), np.ones((3, 3), np.uint8))
    height, width = lines.shape
    at = pixel_grid(width, height) + way
    moved = cv2.remap(wide, at, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved > 0)


def _supported(lines: Sequence[Mask], steps: Sequence[_Step]) -> list[Mask]:
    """Lines without those that hardly any of the four nearest frames shows."""
    out = []
    for k, own in enumerate(lines):
        ways = [*_ways(k, -1, steps), *_ways(k, 1, steps)]
        votes = sum((_near(lines[other], way).astype(np.uint8) for other, way in ways), _NONE)
        out.append(own & (votes >= min(_SUPPORT, len(ways))))
    return out


def _ways(k: int, side: Literal[-1, 1], steps: Sequence[_Step]) -> list[tuple[int, Flow]]:
    """The one or two frames on a side of frame k, and the motion from it to each."""
    found: list[tuple[int, Flow]] = []
    for other in (k + side, k + 2 * side):
        if not 0 <= other <= len(steps):
            break
        one = steps[other].backward if side < 0 else steps[other - 1].forward
        way = found[-1][1] + warp(one, found[-1][1], resampling="linear") if found else one
        found.append((other, way))
    return found

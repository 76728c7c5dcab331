"""Grain of the footage, where made pictures have less of it than the footage.

Mixing two anchors averages their grain, fetching between pixels smooths it, and what is left moves
with the scene; models make none. What the footage has is measured where it is smoothest, by luma; a
real frame beside the anchor tells grain, which is new in each frame, from texture, which stays.
Pictures get noise as fine as the footage's, new in each frame, the same for the same frame, up to
what the footage has.
Footage that its encoder has smoothed has none, and then none is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

import cv2
import numpy as np

from landfast.media.grid import Grid
from landfast.model.arrays import Float32, UInt8, UInt16
from landfast.vision.motion.flow import dense_flow, fetch, pixel_grid
from landfast.vision.tones import gray8

_WORKING_WIDTH: Final = 640
"""Motion to the frame beside an anchor is measured at most this wide ..."""
_AVERAGED: Final = 4
"""... and averaged over squares of so many pixels."""

_FINE: Final = 1.0
"""Grain is looked for in what a blur of so many pixels takes away."""
_PATCH: Final = 16
"""Side of the patches that it is measured in, pixels."""
_SMOOTHEST: Final = 0.1
"""Share of the picture's patches that is taken for smooth."""
_FEWEST: Final = 2
"""Of them, for a line over luma; smaller pictures have no grain to speak of."""
_LEAST: Final = 2 * _PATCH
_NONE: Final = 1e-6
"""Variance where there is no grain, as in black bars: what is left of it is divided by this."""
_SEEN: Final = 1.0
"""Grain weaker than this, in levels of 8 bits, is not seen, nor told from rounding."""
_TEXTURE: Final = 0.3
"""What correlates more with the frame beside it is no grain: waves and leaves can be followed."""
_AIM: Final = 0.9
"""Share of the footage's amplitude that views get: measured in small patches, what is left varies,
and there should never be more grain than the footage has."""
_SOFTNESS: Final = (0.0, 0.4, 0.5, 0.6, 0.8, 1.0)
"""Blurs, pixels, of white noise that footage's grain is compared with."""
_TIMES: Final = 1 << 20
"""Shares of a gap that are told apart."""

Plane = Float32[np.ndarray, "height width"]
Image = UInt8[np.ndarray, "height width 3"] | UInt16[np.ndarray, "height width 3"]
Frame = UInt8[np.ndarray, "_ _ 3"] | UInt16[np.ndarray, "_ _ 3"]


@dataclass(frozen=True, slots=True)
class Grain:
    """A footage's grain.

    Attributes:
        power: Variance of its finest octave by luma in 8 bits.
        noise: As fine as it is, with a variance of 1 in the finest octave.
    """

    power: Float32[np.ndarray, " 256"]
    noise: Plane

    def added(self, image: Image, t: float) -> Image:
        """A view with grain of its own, another one at each share `t` of the gap.

        The anchors' grain, which would move with the scene, goes first: all of it where there is no
        other detail, none where half as much again as the footage's grain shows that there is.
        """
        scale = np.float32(1 if image.dtype == np.uint8 else 257)
        luma = _luma(image)
        fine = _finest(luma)
        left = cv2.boxFilter(np.square(fine), -1, (_PATCH, _PATCH))
        level = np.clip(cv2.blur(luma, (_PATCH, _PATCH)), 0, 255).astype(np.uint8)
        wanted = self.power[level]
        stale = np.clip(3 - 2 * left / wanted, 0, 1)
        lacking = np.sqrt(np.maximum(wanted * _AIM**2 - left * np.square(1 - stale), 0))
        down, across = np.random.default_rng(round(t * _TIMES)).integers(0, self.noise.shape)
        noise = np.roll(self.noise, (int(down), int(across)), (0, 1))
        grainy = np.rint(image + ((lacking * noise - stale * fine) * scale)[..., None])
        return np.asarray(np.clip(grainy, 0, np.iinfo(image.dtype).max), image.dtype)


def grain_of(
    first: Frame, last: Frame, *, before: Sequence[Frame], after: Sequence[Frame]
) -> Grain | None:
    """The grain that both sides of a gap show; None where there is none to be seen.

    Args:
        first: The anchor before the gap.
        last: The anchor after it.
        before: Real frames that end just before `first`, of its size; the last one is looked at.
        after: Real frames that start just after `last`.
    """
    sides = (first, before[-1:]), (last, after[:1])
    found = [one for anchor, beside in sides if (one := _measured(anchor, beside)) is not None]
    if len(found) < len(sides):
        return None
    height, width, _ = first.shape
    noise = _noise(fmean(alike for _, alike in found), (height, width))
    power = np.asarray(np.mean([power for power, _ in found], axis=0), np.float32)
    return Grain(power, noise)


def _measured(
    anchor: Frame, beside: Sequence[Frame]
) -> tuple[Float32[np.ndarray, " 256"], float] | None:
    """Variance by luma, and how alike pixels side by side are; None without grain."""
    luma = _luma(anchor)
    if not beside or min(luma.shape) < _LEAST:
        return None
    fine = _finest(luma)
    power = _patches(np.square(fine))
    smooth = power <= np.quantile(power, _SMOOTHEST)
    inner = smooth[:, : (luma.shape[1] - 1) // _PATCH]
    if inner.sum() < _FEWEST or np.sqrt(power[smooth].mean()) < _SEEN:
        return None
    there = _finest(_followed(anchor, beside[0]))
    common, its = _patches(fine * there)[smooth], _patches(np.square(there))[smooth]
    if not its.any():
        # A black frame does not tell.
        return None
    stays = float(common.sum() / np.sqrt(power[smooth].sum() * its.sum()))
    if stays > _TEXTURE:
        return None
    slope, least = np.polyfit(_patches(luma)[smooth], power[smooth], 1)
    low, high = np.quantile(power[smooth], (0.1, 0.9))
    by_luma = np.clip(slope * np.arange(256) + least, max(low, _NONE), high) * (1 - max(stays, 0.0))
    nexts = _patches(fine[:, 1:] * fine[:, :-1])[inner]
    return by_luma.astype(np.float32), float(nexts.mean() / power[smooth].mean())


def _followed(anchor: Frame, frame: Frame) -> Plane:
    """The luma of a frame beside an anchor, brought over it."""
    height, width, _ = anchor.shape
    size = Grid.working((width, height), _WORKING_WIDTH).size
    flow = dense_flow(gray8(anchor, size), gray8(frame, size), preset="medium")
    flow = flow * np.float32(width / size[0])
    few = max(1, size[0] // _AVERAGED), max(1, size[1] // _AVERAGED)
    # One by one its vectors follow the grain itself.
    mean = cv2.resize(flow, few, interpolation=cv2.INTER_AREA)
    flow = cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR)
    return fetch(_luma(frame), pixel_grid(width, height) + flow)


def _luma(image: Frame) -> Plane:
    """In levels of 8 bits."""
    gray = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(gray / np.float32(1 if image.dtype == np.uint8 else 257))


def _finest(luma: Plane) -> Plane:
    return np.asarray(luma - cv2.GaussianBlur(luma, (0, 0), _FINE))


def _patches(plane: np.ndarray) -> Float32[np.ndarray, "rows cols"]:
    """Means over patches that fit in whole."""
    rows, cols = (side // _PATCH for side in plane.shape)
    whole = plane[: rows * _PATCH, : cols * _PATCH]
    return np.asarray(cv2.resize(whole, (cols, rows), interpolation=cv2.INTER_AREA))


def _noise(alike: float, shape: tuple[int, int]) -> Plane:
    """Noise whose neighbours are as alike as grain's are, by the blur that makes it so."""
    white = np.random.default_rng(0).standard_normal(shape, np.float32)
    made = [cv2.GaussianBlur(white, (0, 0), blur) if blur else white for blur in _SOFTNESS]
    fine = [_finest(one) for one in made]
    likes = [float((one[:, 1:] * one[:, :-1]).mean() / np.square(one).mean()) for one in fine]
    best = int(np.argmin([abs(one - alike) for one in likes]))
    return np.asarray(made[best] / fine[best].std(), np.float32)

"""A take as sharp as the footage: models answer on grids of their own, and encode softly.

At each end the take's fine detail is held against the real anchor's, octave by octave, where both
show some; each octave of a frame is amplified by what is between both ends' shares at its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.compose.conform import resized
from landfast.compose.fill import Picture
from landfast.model.arrays import Float32, Float64
from landfast.vision.tones import white

_BLURS: Final = (1.0, 2.0, 4.0)
"""Pixels; an octave is what one blur leaves and the next takes away. Three reach what a picture
enlarged four times lacks."""
_CELL: Final = 16
"""Side of the squares, pixels, that are compared."""
_LEAST: Final = 0.5
_MOST: Final = 2.0
"""An octave is amplified by no more: where a take has half of it, the rest is not there."""
_NOTICED: Final = 0.04
"""Differences of amplitude that are left alone."""
_NONE: Final = 0.25
"""Squared levels: rounding alone makes a twelfth."""

Plane = Float32[np.ndarray, "_ _"]


@dataclass(frozen=True, slots=True)
class Sharpness:
    """By what each octave is multiplied at both ends, the finest first; ones leave a take as is."""

    start: Float64[np.ndarray, " octaves"]
    end: Float64[np.ndarray, " octaves"]

    @property
    def is_identity(self) -> bool:
        """True where nothing would change."""
        return bool((self.start == 1).all() and (self.end == 1).all())

    def apply(self, image: Picture, place: float) -> Picture:
        """A picture at a place from 0 (start) to 1 (end)."""
        gains = self.start ** (1 - place) * self.end**place
        if (gains == 1).all():
            return image
        more = sum(
            octave * np.float32(gain - 1)
            for octave, gain in zip(_octaves(_luma(image)), gains, strict=True)
            if gain != 1
        )
        sharp = np.rint(image + np.asarray(more)[..., None])
        return np.asarray(np.clip(sharp, 0, white(image)), image.dtype)


def fit_sharpness(ends: tuple[Picture, Picture], real: tuple[Picture, Picture]) -> Sharpness:
    """What brings both ends of a take to the detail of the anchors that they are laid on.

    Anchors of another size are brought to the take's.
    """
    start, end = (_gains(one, anchor) for one, anchor in zip(ends, real, strict=True))
    return Sharpness(start, end)


def _gains(image: Picture, anchor: Picture) -> Float64[np.ndarray, " octaves"]:
    """Half way, by logarithm, between equal amplitudes and the least error.

    What is amplified to equal amplitude is too much where it is not quite where the anchor has it
    or is grain; the least error leaves it soft.
    """
    anchor = resized(anchor, image.shape[1], image.shape[0])
    found = []
    for ours, theirs in zip(_octaves(_eight(image)), _octaves(_eight(anchor)), strict=True):
        own, real, common = (_cells(one) for one in (ours * ours, theirs * theirs, ours * theirs))
        seen = (own > _NONE) & (real > max(_NONE, float(np.median(real))))
        if not seen.any():
            found.append(1.0)
            continue
        ratio = float(np.median(np.sqrt(real[seen] / own[seen])))
        alike = float(np.median(common[seen] / np.sqrt(own[seen] * real[seen])))
        gain = min(ratio, max(1.0, ratio * np.sqrt(max(alike, 0.0))))
        found.append(1.0 if abs(gain - 1) < _NOTICED else float(np.clip(gain, _LEAST, _MOST)))
    return np.array(found)


def _octaves(luma: Plane) -> Iterator[Plane]:
    finer = luma
    for blur in _BLURS:
        coarser = np.asarray(cv2.GaussianBlur(luma, (0, 0), blur))
        yield finer - coarser
        finer = coarser


def _cells(values: Plane) -> Plane:
    height, width = values.shape
    size = max(1, width // _CELL), max(1, height // _CELL)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA))


def _eight(image: Picture) -> Plane:
    """Luma in levels of 8 bits, with fractions where the picture has more."""
    return _luma(image) * np.float32(255 / white(image))


def _luma(image: Picture) -> Plane:
    return np.asarray(cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2GRAY))

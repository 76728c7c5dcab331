"""Two anchors' pixels mixed, with as much fine detail as either has.

Where anchors are a part of a pixel off, or show grain of their own, their mean has less detail than
each: the sum of two waves of one amplitude, of which a share is alike, is shorter than both. What
is lost follows from the shares and from how alike the details are; the detail of the mixture is
amplified by it. That gains more sharpness for the same error than taking one anchor's detail
(Burt & Adelson 1983) does, since the mean is nearer to the truth, and nothing flips in mid-gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.generators.base import Image
from landfast.generators.geometry.bands import bands
from landfast.generators.geometry.source import Picture, Source
from landfast.model.arrays import Float32, UInt8

_LEAST: Final = 0.03
"""An anchor that counts for less is left out, and need not be fetched."""
_STEP: Final = 0.5
"""Error of detail, levels of 8 bits: what is weaker is not called alike."""
_PATCH: Final = 2.0
"""Field cells over which details are compared (standard deviation)."""
_SAMPLED: Final = 2
"""Every second pixel of every second row is compared."""
_RESTORED: Final = 0.5
"""Of what is lost (of its logarithm) so much is given back. Detail is never quite where the truth
has it, and so each hundredth of sharpness costs four hundredths of a decibel."""
_MOST: Final = 0.5
"""Nor more than this is added: what is shown twice as large has no finest detail to amplify."""

Cells = Float32[np.ndarray, "rows cols"]
Weights = UInt8[np.ndarray, "height width"] | Float32[np.ndarray, "height width"]


@dataclass(frozen=True, slots=True)
class Blend:
    """How a view's pixels are mixed, in bytes where these are bytes.

    Attributes:
        share: How much the first anchor counts, 0 to `whole`; the last one is the rest.
        gain: What is added of the mixture's detail, `whole` for the most that is.
    """

    share: Weights
    gain: Weights

    @property
    def whole(self) -> int:
        """The weight that is 1."""
        return 255 if self.share.dtype == np.uint8 else 1


def blend_of(share: Cells, alike: Cells, fine: tuple[Cells, Cells], source: Source) -> Blend:
    """How to mix a view.

    Args:
        share: How much the first anchor counts, 0 to 1.
        alike: How much of their detail the anchors share.
        fine: What each anchor has left of its detail; see `magnified`.
        source: Either anchor's pixels.
    """
    share = np.clip((share - np.float32(_LEAST)) / np.float32(1 - 2 * _LEAST), 0, 1)
    one, other = share * fine[0], (1 - share) * fine[1]
    kept = np.sqrt(one**2 + other**2 + 2 * one * other * alike)
    gain = np.minimum(kept ** np.float32(-_RESTORED) - 1, np.float32(_MOST))
    return Blend(_enlarged(share, source), _enlarged(gain / np.float32(_MOST), source))


def magnified(origin: Float32[np.ndarray, "rows cols 2"]) -> Cells:
    """How steep an anchor's detail still is where it is shown larger, 0 to 1.

    Args:
        origin: For each cell of the view the anchor's cell.
    """
    (x_down, x_across), (y_down, y_across) = (np.gradient(origin[..., axis]) for axis in (0, 1))
    area = np.abs(x_across * y_down - x_down * y_across)
    return np.asarray(np.clip(cv2.GaussianBlur(area, (0, 0), _PATCH), 0.01, 1) ** np.float32(0.5))


def mixed(one: Picture, other: Picture, share: Weights) -> Picture:
    """`share` of one picture and the rest of the other, RGB and detail.

    In 8 bits the weights have 8 bits too, and what the pictures have in common is not touched by
    them: the difference is weighed, its positive and its negative part each in unsigned numbers.
    """
    weight = cv2.merge([share] * 4)
    if one.dtype != np.uint8:
        exact = other + (one.astype(np.float32) - other) * weight
        return np.asarray(np.rint(exact), one.dtype)
    more = cv2.multiply(cv2.subtract(one, other), weight, scale=1 / 255)
    less = cv2.multiply(cv2.subtract(other, one), weight, scale=1 / 255)
    return np.asarray(cv2.subtract(cv2.add(other, more, dst=more), less, dst=more))


def sharpened(picture: Picture, gain: Weights) -> Image:
    """RGB with so much more of the detail."""
    rgb, detail = picture[..., :3], np.ascontiguousarray(picture[..., 3])
    middle = 1 << (8 * picture.itemsize - 1)
    if picture.dtype != np.uint8:
        more = (detail.astype(np.float32) - middle) * gain * np.float32(_MOST)
        return np.asarray(np.clip(np.rint(rgb + more[..., None]), 0, 2 * middle - 1), rgb.dtype)
    rgb = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGBA2RGB))
    if not gain.any():
        return rgb
    up = cv2.multiply(cv2.subtract(detail, middle), gain, scale=_MOST / 255)
    down = cv2.multiply(cv2.subtract(middle, detail), gain, scale=_MOST / 255)
    return np.asarray(cv2.subtract(cv2.add(rgb, cv2.merge([up] * 3)), cv2.merge([down] * 3)))


def alike(first: Source, last: Source, origin: Float32[np.ndarray, "rows cols 2"]) -> Cells:
    """The correlation of both anchors' detail around each cell of the first, 0 to 1.

    Args:
        first: The first anchor.
        last: The last one.
        origin: Where the last anchor shows the first one's cells.
    """
    rows, cols = origin.shape[:2]
    width, height = first.size
    places = last.map(origin)
    found = []
    for band in bands(width, height):
        ours = first.pixels[:: first.zoom, :: first.zoom, 3][band][::_SAMPLED, ::_SAMPLED]
        theirs = last.fetch(places.rows(band)[::_SAMPLED, ::_SAMPLED])[..., 3]
        one, other = (np.float32(x) - np.float32(first.middle) for x in (ours, theirs))
        found.append(cv2.merge([one * one, other * other, one * other]))
    cells = cv2.resize(np.concatenate(found), (cols, rows), interpolation=cv2.INTER_AREA)
    own, other, common = cv2.split(cv2.GaussianBlur(cells, (0, 0), _PATCH))
    unsure = np.float32((_STEP * first.middle / 128) ** 2)
    return np.asarray(np.clip(common / (np.sqrt(own * other) + unsure), 0, 1))


def _enlarged(field: Cells, source: Source) -> Weights:
    """Weights of 0 to 1 over the picture, as its pixels are weighed."""
    if source.pixels.dtype == np.uint8:
        field = cv2.convertScaleAbs(field, alpha=255)
    return np.asarray(cv2.resize(field, source.size, interpolation=cv2.INTER_LINEAR))

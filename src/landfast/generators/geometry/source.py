"""An anchor's pixels, made ready to be fetched sharply and often.

Half-way samples are put between the pixels once, with the six-tap filter of H.264; after that a
bilinear fetch keeps about as much detail as a bicubic one from the picture and costs a fifth.
Pixels that do not move stay exactly as they are. The fourth channel, which costs nothing to fetch,
carries the luma's fine detail, of which mixing two anchors loses a part (see `blend`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.generators.base import Image
from landfast.generators.geometry.bands import Enlarged, bands, enlarged_map
from landfast.model.arrays import Float32, UInt8, UInt16
from landfast.vision.motion.flow import pixel_grid

Picture = UInt8[np.ndarray, "height width 4"] | UInt16[np.ndarray, "height width 4"]

_ENLARGED_PIXELS: Final = 4_500_000
"""Larger pictures are fetched bicubically as they are: four times their size is too much."""
_WORDS: Final = {1: np.uint32, 2: np.uint64}
"""Four channels in one number, by bytes a channel."""
_BEFORE: Final = 2
_AFTER: Final = 3
"""Pixels that the filter needs before and after the first of the two it stands between."""
_HALF_WAY: Final = np.array([[1, -5, 20, 20, -5, 1]], np.float32) / 32
_FINE: Final = 1.0
"""Detail is what a blur of so many pixels takes away: anchors half a pixel off do not share it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One anchor's pixels.

    Attributes:
        pixels: RGB and detail, `middle` where there is none.
        zoom: Samples per pixel, across and down: 1 or 2; sample `zoom * x` is pixel x.
        size: Width and height of the picture.
    """

    pixels: UInt8[np.ndarray, "rows cols 4"] | UInt16[np.ndarray, "rows cols 4"]
    zoom: int
    size: tuple[int, int]

    @property
    def middle(self) -> int:
        """The value of no detail: half the range."""
        return 1 << (8 * self.pixels.itemsize - 1)

    @property
    def kernel(self) -> int:
        """The kernel that suits the zoom."""
        return cv2.INTER_LINEAR if self.zoom > 1 else cv2.INTER_CUBIC

    def map(self, origin: Float32[np.ndarray, "rows cols 2"]) -> Enlarged:
        """Where every pixel's sample is, from a coarse map.

        Args:
            origin: For each cell of a grid of rows x cols the cell that its content comes from.
        """
        rows, cols = origin.shape[:2]
        width, height = self.size
        pixels = np.array([width / cols, height / rows], np.float32) * np.float32(self.zoom)
        return enlarged_map((origin - pixel_grid(cols, rows)) * pixels, self.size, self.zoom)

    def fetch(self, samples: Float32[np.ndarray, "height width 2"]) -> Picture:
        """RGB and detail from where a map says; edges are repeated."""
        if not samples.size:
            return np.empty((*samples.shape[:2], 4), self.pixels.dtype)
        return np.asarray(
            cv2.remap(self.pixels, samples, None, self.kernel, borderMode=cv2.BORDER_REPLICATE)
        )


def load_source(image: Image) -> Source:
    """Prepare an anchor."""
    height, width, _ = image.shape
    four = cv2.merge([*cv2.split(image), _detail(image)])
    if height * width > _ENLARGED_PIXELS:
        return Source(four, 1, (width, height))
    return Source(_with_half_samples(four), 2, (width, height))


def _detail(image: Image) -> np.ndarray:
    """Luma less its blurred self, from the middle of the range."""
    luma = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    blurred = cv2.GaussianBlur(luma, (0, 0), _FINE)
    return np.asarray(cv2.addWeighted(luma, 1, blurred, -1, 1 << (8 * image.itemsize - 1)))


def _with_half_samples(
    image: Picture,
) -> UInt8[np.ndarray, "rows cols 4"] | UInt16[np.ndarray, "rows cols 4"]:
    height, width, _ = image.shape
    packed = np.empty((2 * height, 2 * width), _WORDS[image.dtype.itemsize])
    for band in bands(width, height):
        above, beyond = max(0, band.start - _BEFORE), min(height, band.stop + _AFTER)
        inner = slice(band.start - above, band.stop - above)
        near = image[above:beyond]
        across = _between(near, _HALF_WAY)
        rows = packed[2 * band.start : 2 * band.stop]
        rows[::2, ::2] = _packed(near[inner])
        rows[::2, 1::2] = _packed(across[inner])
        rows[1::2, ::2] = _packed(_between(near, _HALF_WAY.T)[inner])
        rows[1::2, 1::2] = _packed(_between(across, _HALF_WAY.T)[inner])
    packed[:, -1] = packed[:, -2]  # beyond the last pixel lies the last pixel
    packed[-1] = packed[-2]
    return packed.view(image.dtype).reshape(2 * height, 2 * width, 4)


def _between(image: Picture, kernel: Float32[np.ndarray, "taps_y taps_x"]) -> Picture:
    """Samples half-way to the next pixel along the kernel's longer side."""
    anchor = (2, 0) if kernel.shape[1] > 1 else (0, 2)
    return np.asarray(
        cv2.filter2D(image, -1, kernel, anchor=anchor, borderType=cv2.BORDER_REPLICATE)
    )


def _packed(image: Picture) -> np.ndarray:
    """Four channels as one number, to be copied in one go."""
    return np.ascontiguousarray(image).view(_WORDS[image.dtype.itemsize])[..., 0]

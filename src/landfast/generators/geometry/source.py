"""An anchor's pixels, made ready to be fetched sharply and often.

Half-way samples are put between the pixels once, with the six-tap filter of H.264; after that a
bilinear fetch keeps about as much detail as a bicubic one from the picture and costs a fifth.
Pixels that do not move stay exactly as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, UInt8, UInt16

from landfast.generators.base import Image
from landfast.vision.flow import pixel_grid

Picture = UInt8[np.ndarray, "height width 4"] | UInt16[np.ndarray, "height width 4"]

_ENLARGED_PIXELS: Final = 4_500_000
"""Larger pictures are fetched bicubically as they are: four times their size is too much."""
_WORDS: Final = {1: np.uint32, 2: np.uint64}
"""Four channels in one number, by bytes a channel."""
_HALF_WAY: Final = np.array([[1, -5, 20, 20, -5, 1]], np.float32) / 32


@dataclass(frozen=True, slots=True)
class Source:
    """One anchor's pixels.

    Attributes:
        pixels: RGB and an unused fourth channel (four are fetched faster than three).
        zoom: Samples per pixel, across and down: 1 or 2; sample `zoom * x` is pixel x.
        size: Width and height of the picture.
    """

    pixels: UInt8[np.ndarray, "rows cols 4"] | UInt16[np.ndarray, "rows cols 4"]
    zoom: int
    size: tuple[int, int]

    @property
    def kernel(self) -> int:
        """The kernel that suits the zoom."""
        return cv2.INTER_LINEAR if self.zoom > 1 else cv2.INTER_CUBIC

    def fetch(self, origin: Float32[np.ndarray, "rows cols 2"]) -> Picture:
        """The picture whose pixels come from where a coarse map says; edges are repeated.

        Args:
            origin: For each cell of a grid of rows x cols the cell that its content comes from.
        """
        rows, cols = origin.shape[:2]
        width, height = self.size
        pixels = np.array([width / cols, height / rows], np.float32) * np.float32(self.zoom)
        away = (origin - pixel_grid(cols, rows)) * pixels
        full = cv2.resize(away, self.size, interpolation=cv2.INTER_LINEAR)
        cv2.add(full, _samples(width, height, self.zoom), dst=full)
        return np.asarray(
            cv2.remap(self.pixels, full, None, self.kernel, borderMode=cv2.BORDER_REPLICATE)
        )


@lru_cache(maxsize=4)
def _samples(width: int, height: int, zoom: int) -> Float32[np.ndarray, "height width 2"]:
    """Where every pixel's own sample is."""
    return pixel_grid(width, height) * np.float32(zoom)


def load_source(image: Image) -> Source:
    """Prepare an anchor."""
    height, width, _ = image.shape
    four = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2RGBA))
    if height * width > _ENLARGED_PIXELS:
        return Source(four, 1, (width, height))
    return Source(_with_half_samples(four), 2, (width, height))


def _with_half_samples(
    image: Picture,
) -> UInt8[np.ndarray, "rows cols 4"] | UInt16[np.ndarray, "rows cols 4"]:
    height, width, _ = image.shape
    across, down = _between(image, _HALF_WAY), _between(image, _HALF_WAY.T)
    packed = np.empty((2 * height, 2 * width), _WORDS[image.dtype.itemsize])
    packed[::2, ::2] = _packed(image)
    packed[::2, 1::2] = _packed(across)
    packed[1::2, ::2] = _packed(down)
    packed[1::2, 1::2] = _packed(_between(across, _HALF_WAY.T))
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

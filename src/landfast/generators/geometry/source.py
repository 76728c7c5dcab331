"""An anchor's pixels, made ready to be fetched sharply and often.

The picture is enlarged to twice its size once, bicubically; after that a bilinear fetch from the
enlargement looks like a bicubic fetch from the picture and costs a fifth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

Picture = UInt8[np.ndarray, "height width 4"]

_ENLARGED_PIXELS: Final = 4_500_000
"""Larger pictures are fetched bicubically as they are: four times their size is too much."""


@dataclass(frozen=True, slots=True)
class Source:
    """One anchor's pixels.

    Attributes:
        pixels: RGB and an unused fourth channel (four are fetched faster than three).
        zoom: How many of its pixels make one of the picture's.
        size: Width and height of the picture.
    """

    pixels: UInt8[np.ndarray, "rows cols 4"]
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
        height, width = self.pixels.shape[:2]
        half = np.float32(0.5)
        scale = np.array([width / cols, height / rows], np.float32)
        at = (origin + half) * scale - half
        full = cv2.resize(at, self.size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(
            cv2.remap(self.pixels, full, None, self.kernel, borderMode=cv2.BORDER_REPLICATE)
        )


def load_source(image: UInt8[np.ndarray, "height width 3"]) -> Source:
    """Prepare an anchor."""
    height, width, _ = image.shape
    four = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2RGBA))
    if height * width > _ENLARGED_PIXELS:
        return Source(four, 1, (width, height))
    size = (2 * width, 2 * height)
    return Source(
        np.asarray(cv2.resize(four, size, interpolation=cv2.INTER_CUBIC)), 2, (width, height)
    )

"""One frame of an overlay: only the part of it that is not clear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landfast.model.arrays import Float32, Shaped, UInt8, UInt16

Pixels = UInt8[np.ndarray, "rows columns 4"] | UInt16[np.ndarray, "rows columns 4"]


@dataclass(frozen=True, slots=True)
class Layer:
    """The bounding box of what an overlay shows in one frame; all around it is clear."""

    width: int
    """Pixels of the whole frame."""
    height: int
    left: int
    """Column of the box's first pixel."""
    top: int
    pixels: Pixels
    """RGBA, 0..255 or 0..65535; straight or premultiplied as the file has them."""

    @property
    def is_clear(self) -> bool:
        """True where the frame shows nothing."""
        return self.pixels.size == 0

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in pixels; the last two are just outside."""
        rows, columns = self.pixels.shape[:2]
        return self.left, self.top, self.left + columns, self.top + rows

    def whole(self) -> Pixels:
        """The frame in full size."""
        full = np.zeros((self.height, self.width, 4), self.pixels.dtype)
        left, top, right, bottom = self.box
        full[top:bottom, left:right] = self.pixels
        return full

    def premultiplied(self, *, stored: str) -> Float32[np.ndarray, "rows columns 4"]:
        """Colour times alpha, and alpha, both 0..1.

        Args:
            stored: "straight" or "premultiplied", what `pixels` are.
        """
        unit = self.pixels.astype(np.float32) * np.float32(1 / np.iinfo(self.pixels.dtype).max)
        if stored == "straight":
            unit[..., :3] *= unit[..., 3:]
        return unit


def layer_of(colour: Shaped[np.ndarray, "h w 3"], alpha: Shaped[np.ndarray, "h w"]) -> Layer:
    """A layer from whole pictures of one size and type."""
    left, top, right, bottom = opaque_box(alpha)
    pixels = np.dstack([colour[top:bottom, left:right], alpha[top:bottom, left:right]])
    return Layer(alpha.shape[1], alpha.shape[0], left, top, np.ascontiguousarray(pixels))


def opaque_box(alpha: Shaped[np.ndarray, "h w"]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is not clear; all zero where everything is."""
    rows = np.flatnonzero(alpha.any(axis=1))
    if len(rows) == 0:
        return 0, 0, 0, 0
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(alpha[top:bottom].any(axis=0))
    return int(columns[0]), top, int(columns[-1]) + 1, bottom

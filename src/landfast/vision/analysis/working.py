"""What the observers share of one shown frame: small pictures on fixed working grids."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace

import cv2
import numpy as np

from landfast.media.grid import Grid
from landfast.media.picture import Picture
from landfast.model.arrays import UInt8

FINE_SIDE = 960
"""Longer side at which sharpness, noise and exposure are measured, pixels."""
COARSE_SIDE = 480
"""Longer side at which motion, horizon and occlusion are measured, pixels."""
COLOUR_SIDE = 48
"""Longer side of the colour picture for layout, pixels."""
THUMB_SIDE = 192
"""Longer side of the film strip's pictures, pixels."""


def width_for(size: tuple[int, int], side: int) -> int:
    """Width at which a picture's longer side is about `side`, never more than its own width."""
    width, height = size
    return max(1, min(width, round(side * width / max(width, height))))


@dataclass(frozen=True, slots=True)
class WorkingFrame:
    """One frame at the sizes at which it is measured; smaller sources are never enlarged."""

    index: int
    fine: UInt8[np.ndarray, "fine_height fine_width"]
    """Full range luma, at most `FINE_SIDE` long."""
    coarse: UInt8[np.ndarray, "coarse_height coarse_width"]
    """Full range luma, at most `COARSE_SIDE` long."""
    half: UInt8[np.ndarray, "half_height half_width"]
    """`coarse` at half its size."""
    colours: UInt8[np.ndarray, "rows columns 3"]
    """RGB, at most `COLOUR_SIDE` long."""
    thumb: UInt8[np.ndarray, "thumb_height thumb_width 3"] | None = None
    """RGB, at most `THUMB_SIDE` long, where it was asked for."""

    @property
    def identity(self) -> str:
        """SHA-256 (hex) over size and pixels of `half` and `colours`."""
        digest = hashlib.sha256(f"{self.half.shape} {self.colours.shape}\n".encode())
        digest.update(np.ascontiguousarray(self.half).data)
        digest.update(np.ascontiguousarray(self.colours).data)
        return digest.hexdigest()

    @classmethod
    def of(cls, picture: Picture, *, strip: Collection[int] = ()) -> WorkingFrame:
        """Reduce a decoded picture; the decoder's buffer is not held.

        Args:
            strip: Frames that get a `thumb`.
        """
        fine, colour, thumb = (
            width_for(picture.size, side) for side in (FINE_SIDE, COLOUR_SIDE, THUMB_SIDE)
        )
        frame = cls.reduced(picture.index, *picture.small(fine, colour))
        return replace(frame, thumb=picture.rgb(thumb)) if picture.index in strip else frame

    @classmethod
    def reduced(
        cls,
        index: int,
        fine: UInt8[np.ndarray, "height width"],
        colours: UInt8[np.ndarray, "rows columns 3"],
    ) -> WorkingFrame:
        """The smaller sizes from the larger ones, by area average."""
        coarse = _shrunk(fine, coarse_grid(_size(fine)))
        return cls(index, fine, coarse, _shrunk(coarse, half_grid(_size(coarse))), colours)


def coarse_grid(fine: tuple[int, int]) -> Grid:
    """From `coarse` to `fine`, by the size of the latter (width, height)."""
    return Grid.working(fine, max(2, width_for(fine, COARSE_SIDE)))


def half_grid(coarse: tuple[int, int]) -> Grid:
    """From `half` to `coarse`, by the size of the latter: two by two pixels to one where it can."""
    width, height = coarse
    if min(coarse) >= 4 and width % 2 == height % 2 == 0:
        return Grid(width // 2, height // 2, width, height)
    return Grid.working(coarse, max(2, width // 2))


def _size(gray: UInt8[np.ndarray, "height width"]) -> tuple[int, int]:
    return gray.shape[1], gray.shape[0]


def _shrunk(gray: UInt8[np.ndarray, "h w"], grid: Grid) -> UInt8[np.ndarray, "height width"]:
    if grid.size == _size(gray):
        return gray
    return np.asarray(cv2.resize(gray, grid.size, interpolation=cv2.INTER_AREA))

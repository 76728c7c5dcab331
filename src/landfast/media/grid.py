"""The one pixel grid: every conversion between picture sizes stands here.

Points are `(x, y)` with `(0, 0)` at the centre of the top-left pixel. Scaling maps picture onto
picture, edge to edge, so a pixel centre `x` of a picture scaled by `s` is
`(x + 0.5) / s - 0.5` in the source: the half pixel is what `cv2.resize` and swscale do too.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from landfast.errors import InputError
from landfast.model.arrays import Float


@dataclass(frozen=True, slots=True)
class Grid:
    """A picture of `width` x `height` pixels made from one of `source_width` x `source_height`."""

    width: int
    height: int
    source_width: int
    source_height: int

    def __post_init__(self) -> None:
        sizes = (self.width, self.height, self.source_width, self.source_height)
        if min(sizes) < 1:
            raise InputError(f"has a size below one pixel: {sizes}", subject="grid")

    @classmethod
    def working(cls, source_size: tuple[int, int], width: int) -> Grid:
        """The grid for measuring at about `width` pixels: even, same shape, never enlarged.

        Args:
            source_size: Width and height of the source.
            width: Wanted width; a source that is not wider is taken as it is.
        """
        source_width, source_height = source_size
        if width >= source_width:
            return cls(source_width, source_height, source_width, source_height)
        even_width = max(2, width - width % 2)
        height = max(2, 2 * round(source_height * even_width / source_width / 2))
        return cls(even_width, min(height, source_height), source_width, source_height)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of this picture."""
        return self.width, self.height

    @property
    def scale_x(self) -> float:
        """Source pixels per pixel of this picture, across."""
        return self.source_width / self.width

    @property
    def scale_y(self) -> float:
        """Source pixels per pixel of this picture, down."""
        return self.source_height / self.height

    def matrix(self) -> Float[np.ndarray, "3 3"]:
        """Affine map from this picture's points to the source's."""
        x, y = self.scale_x, self.scale_y
        return np.array([[x, 0.0, (x - 1) / 2], [0.0, y, (y - 1) / 2], [0.0, 0.0, 1.0]])

    def to_source(self, points: Float[np.ndarray, "point 2"]) -> Float[np.ndarray, "point 2"]:
        """Points of this picture in source pixels; keeps float32 or float64."""
        scale = np.array([self.scale_x, self.scale_y], dtype=points.dtype)
        half = points.dtype.type(0.5)
        return np.asarray((points + half) * scale - half)

    def from_source(self, points: Float[np.ndarray, "point 2"]) -> Float[np.ndarray, "point 2"]:
        """Points of the source in this picture's pixels; keeps float32 or float64."""
        scale = np.array([self.scale_x, self.scale_y], dtype=points.dtype)
        half = points.dtype.type(0.5)
        return np.asarray((points + half) / scale - half)

    def homography_to_source(self, H: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
        """A homography between two pictures of this grid as one between source pictures."""
        up, down = _maps(self)
        return _unit(up @ H @ down)

    def homography_from_source(self, H: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
        """A homography between source pictures as one between pictures of this grid."""
        up, down = _maps(self)
        return _unit(down @ H @ up)


@functools.lru_cache(maxsize=64)
def _maps(grid: Grid) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3 3"]]:
    """To the source and back; kept, because they are asked for with every frame."""
    up = grid.matrix()
    return up, np.linalg.inv(up)


def _unit(H: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
    """The same homography with its last element 1, where it is not zero."""
    corner = H[2, 2]
    return H / corner if abs(corner) > np.finfo(np.float64).tiny else H

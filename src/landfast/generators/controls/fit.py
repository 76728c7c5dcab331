"""Footage pictures onto the control grid: cropped, scaled, never padded."""

from __future__ import annotations

import cv2
import numpy as np

from landfast.model.arrays import Bool, Shaped, UInt8
from landfast.model.controls import ControlGrid


def cropped(image: Shaped[np.ndarray, "..."], grid: ControlGrid) -> Shaped[np.ndarray, "..."]:
    """The part of a picture of the footage's size that the control pictures show, as a view."""
    x, y, width, height = grid.crop
    return image[y : y + height, x : x + width]


def fitted(
    image: UInt8[np.ndarray, "height width 3"], grid: ControlGrid
) -> UInt8[np.ndarray, "grid_height grid_width 3"]:
    """A footage picture as the control grid shows it: area average when smaller, cubic when larger.

    Args:
        image: RGB of the footage's displayed size.
    """
    return scaled(np.ascontiguousarray(cropped(image, grid)), (grid.width, grid.height))


def scaled(
    image: UInt8[np.ndarray, "height width 3"], size: tuple[int, int]
) -> UInt8[np.ndarray, "new_height new_width 3"]:
    """RGB in another size, edge to edge."""
    if image.shape[1::-1] == size:
        return image
    smaller = size[0] * size[1] < image.shape[0] * image.shape[1]
    filter_ = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=filter_), dtype=np.uint8)


def scaled_mask(
    mask: Bool[np.ndarray, "height width"], size: tuple[int, int]
) -> Bool[np.ndarray, "new_height new_width"]:
    """A mask in another size: true where more than half of the pixel is."""
    if mask.shape[::-1] == size:
        return mask
    share = mask.astype(np.float32)
    smaller = size[0] * size[1] < mask.size
    filter_ = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(share, size, interpolation=filter_) > 0.5)

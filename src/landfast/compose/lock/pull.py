"""A full frame read along a field of displacements: as sharp as it was, in strips."""

from __future__ import annotations

import cv2
import numpy as np

from landfast.compose.lock.resample import doubled
from landfast.model.arrays import Float32, Shaped, UInt8, UInt16

Image = UInt8[np.ndarray, "height width 3"] | UInt16[np.ndarray, "height width 3"]

_STRIP_PIXELS = 1 << 20
_REACH = 12
_SEAM_PX = 3.0


def pulled(image: Image, field: Float32[np.ndarray, "height width 2"], *, under: Image) -> Image:
    """The picture that shows at each pixel what `image` shows at pixel plus field.

    Args:
        image: The take's frame.
        field: Displacements, pixels.
        under: The footage's frame, which fills what lies beyond the take's edge.
    """
    height, width = image.shape[:2]
    result = np.empty_like(image)
    rows = max(16, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        part = slice(top, min(height, top + rows))
        result[part] = _strip(image, field[part], top, under[part])
    return result


def _strip(
    image: Image, field: Float32[np.ndarray, "rows width 2"], top: int, under: Image
) -> Image:
    height, width = image.shape[:2]
    rows = field.shape[0]
    at = field + np.dstack(np.meshgrid(np.arange(width), np.arange(top, top + rows))).astype(
        np.float32
    )
    low = max(0, int(np.floor(at[..., 1].min())) - _REACH)
    high = min(height, int(np.ceil(at[..., 1].max())) + _REACH + 1)
    most = np.float32(np.iinfo(image.dtype).max)
    source = cv2.copyMakeBorder(
        image[low:high].astype(np.float32), 0, 0, _REACH, _REACH, cv2.BORDER_REPLICATE
    )
    fine = doubled(np.dstack([source, np.full(source.shape[:2], most, np.float32)]))
    there = (at - np.array([-_REACH, low], np.float32)) * 2
    read = cv2.remap(fine, there, None, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
    mixed = _filled(read[..., :3], under, at, (width, height))
    return np.asarray(np.rint(np.clip(mixed, 0, most)), image.dtype)


def _filled(
    read: Float32[np.ndarray, "rows width 3"],
    under: Shaped[np.ndarray, "rows width 3"],
    at: Float32[np.ndarray, "rows width 2"],
    size: tuple[int, int],
) -> Float32[np.ndarray, "rows width 3"]:
    """Beyond the edge the footage, over a seam of a few pixels."""
    beyond = np.maximum(-at, at - (np.array(size, np.float32) - 1)).max(axis=2)
    share = np.clip(beyond / np.float32(_SEAM_PX), 0, 1)[..., None]
    if not share.any():
        return read
    return np.asarray(read * (1 - share) + under.astype(np.float32) * share, np.float32)

"""What lay under a layer of a take, filled from the footage."""

from __future__ import annotations

import cv2
import numpy as np

from landfast.media.layers.layer import Layer
from landfast.model.arrays import Bool, Float32, UInt8, UInt16

Image = UInt8[np.ndarray, "height width 3"] | UInt16[np.ndarray, "height width 3"]

_WIDER = 0.003
"""Share of the width by which the hole is wider than the layer's mask."""
_SEAM = 0.002
_RING = 0.02
_FEWEST = 200
_SOLID = 0.03


def filled(take: Image, footage: Image, layer: Layer) -> Image:
    """The take with the footage where the layer was, its light brought to the take's.

    Args:
        take: A frame of the take.
        footage: The same frame of the footage, of the same size and type.
        layer: What was added to the take, as it lies there.
    """
    if layer.is_clear:
        return take
    hole = _hole(layer)
    if not hole.any():
        return take
    ring = _ring(hole, layer.width)
    under = _like(footage, take, ring)
    mixed = take.astype(np.float32) * (1 - hole[..., None]) + under * hole[..., None]
    most = np.iinfo(take.dtype).max
    return np.asarray(np.rint(np.clip(mixed, 0, most)), take.dtype)


def _hole(layer: Layer) -> Float32[np.ndarray, "height width"]:
    """The mask, wider by a few pixels and with a soft seam."""
    alpha = layer.whole()[..., 3].astype(np.float32) / np.iinfo(layer.pixels.dtype).max
    wide = max(1, round(_WIDER * layer.width))
    seam = max(0.8, _SEAM * layer.width / 2)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * wide + 1, 2 * wide + 1))
    grown = cv2.dilate((alpha > _SOLID).astype(np.float32), kernel)
    return np.asarray(np.maximum(cv2.GaussianBlur(grown, (0, 0), seam), alpha), np.float32)


def _ring(
    hole: Float32[np.ndarray, "height width"], width: int
) -> Bool[np.ndarray, "height width"]:
    reach = max(4, round(_RING * width))
    kernel = np.ones((2 * reach + 1, 1), np.uint8)
    solid = (hole > 0).astype(np.uint8)
    around = cv2.dilate(cv2.dilate(solid, kernel), kernel.T)
    return np.asarray((around > 0) & (solid == 0))


def _like(
    footage: Image, take: Image, ring: Bool[np.ndarray, "height width"]
) -> Float32[np.ndarray, "height width 3"]:
    """The footage with mean and spread of the take around the hole, colour by colour."""
    result = footage.astype(np.float32)
    if ring.sum() < _FEWEST:
        return result
    here, there = result[ring], take[ring].astype(np.float32)
    gain = np.clip(there.std(axis=0) / np.maximum(here.std(axis=0), 1e-3), 0.8, 1.25)
    return np.asarray((result - here.mean(axis=0)) * gain + there.mean(axis=0), np.float32)

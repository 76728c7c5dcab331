"""An overlay laid over the footage."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8, UInt16

from landfast.media.layers.layer import Layer

Image = UInt8[np.ndarray, "height width 3"] | UInt16[np.ndarray, "height width 3"]


def laid_over(image: Image, layer: Layer, *, storage: str) -> Image:
    """The picture with the layer over it, in the footage's own transfer, depth kept."""
    if layer.is_clear:
        return image
    left, top, right, bottom = layer.box
    unit = layer.premultiplied(stored=storage)
    most = np.float32(np.iinfo(image.dtype).max)
    under = image[top:bottom, left:right].astype(np.float32)
    mixed = under * (1 - unit[..., 3:]) + unit[..., :3] * most
    result = image.copy()
    result[top:bottom, left:right] = np.rint(np.clip(mixed, 0, most)).astype(image.dtype)
    return result

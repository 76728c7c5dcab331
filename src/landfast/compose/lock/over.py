"""An overlay laid over the footage."""

from __future__ import annotations

import numpy as np

from landfast.media.layers.layer import Layer
from landfast.model.arrays import Float32, UInt8, UInt16

Image = UInt8[np.ndarray, "height width 3"] | UInt16[np.ndarray, "height width 3"]


def laid_over(
    image: Image,
    layer: Layer,
    *,
    storage: str,
    keep: Float32[np.ndarray, "rows columns"] | None = None,
) -> Image:
    """The picture with the layer over it, in the footage's own transfer, depth kept.

    Args:
        image: The footage.
        layer: The overlay.
        storage: How colour stands in it.
        keep: Share of the layer's box that is seen, 0..1; the rest is behind something nearer.
    """
    if layer.is_clear:
        return image
    left, top, right, bottom = layer.box
    unit = layer.premultiplied(stored=storage)
    if keep is not None:
        unit *= keep[..., None]
    most = np.float32(np.iinfo(image.dtype).max)
    under = image[top:bottom, left:right].astype(np.float32)
    mixed = under * (1 - unit[..., 3:]) + unit[..., :3] * most
    result = image.copy()
    result[top:bottom, left:right] = np.rint(np.clip(mixed, 0, most)).astype(image.dtype)
    return result

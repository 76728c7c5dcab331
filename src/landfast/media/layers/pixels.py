"""Alpha and colour of decoded frames, exactly, and only inside the box that shows something."""

from __future__ import annotations

import numpy as np

from landfast.media.layers.layer import Layer, layer_of, opaque_box
from landfast.media.picture import Picture
from landfast.media.planes import plane_of
from landfast.media.yuv import rgb_of_planes
from landfast.model.arrays import Shaped


def has_alpha(pixel_format: str) -> bool:
    """True for formats with an alpha channel, by FFmpeg's name."""
    packed = ("rgba", "argb", "bgra", "abgr", "gbrap", "yuva", "ayuv", "vuya")
    return pixel_format.startswith(packed) or pixel_format in ("ya8", "ya16le", "ya16be")


def layer_from_picture(picture: Picture) -> Layer:
    """The overlay's part of a decoded frame with alpha.

    8 bit formats stay 8 bit; deeper ones span 0..65535.
    """
    frame = picture.native
    name = frame.format.name
    if name.startswith("yuva444p") and not name.endswith("be") and not picture.converter.rotation:
        return _planar(picture)
    if name.startswith("yuva"):
        alpha = _spread(plane_of(frame, 3), frame.format.components[3].bits)
        colour = picture.rgb() if alpha.dtype == np.uint8 else picture.rgb16()
        return layer_of(colour, picture.turned(alpha))
    return _packed(picture)


def _planar(picture: Picture) -> Layer:
    frame = picture.native
    depth = frame.format.components[0].bits
    alpha = plane_of(frame, 3)
    left, top, right, bottom = opaque_box(alpha)
    planes = [plane_of(frame, k)[top:bottom, left:right] for k in range(3)]
    if right == left:
        clear = np.zeros((0, 0, 4), np.uint8 if depth == 8 else np.uint16)
        return Layer(frame.width, frame.height, 0, 0, clear)
    colour = rgb_of_planes(planes, depth=depth, colour=picture.converter.colour)
    inside = _spread(alpha[top:bottom, left:right], depth)
    if depth == 8:
        colour = np.asarray((colour.astype(np.uint32) + 128) // 257, np.uint8)
    return Layer(frame.width, frame.height, left, top, np.dstack([colour, inside]))


def _packed(picture: Picture) -> Layer:
    """RGB with alpha, packed or planar: the channels as they are."""
    frame = picture.native
    deep = max(component.bits for component in frame.format.components) > 8
    if frame.format.name.startswith("gbrap"):
        bits = frame.format.components[0].bits
        green, blue, red, alpha = (_spread(plane_of(frame, k), bits) for k in range(4))
        whole = np.dstack([red, green, blue, alpha])
    else:
        target = "rgba64le" if deep else "rgba"
        whole = picture.converter.scaler.reformat(frame, format=target).to_ndarray()
    whole = picture.turned(whole)
    left, top, right, bottom = opaque_box(whole[..., 3])
    pixels = np.ascontiguousarray(whole[top:bottom, left:right])
    return Layer(whole.shape[1], whole.shape[0], left, top, pixels)


def _spread(values: Shaped[np.ndarray, "h w"], bits: int) -> Shaped[np.ndarray, "h w"]:
    """Full range code values of `bits` over 0..255 or 0..65535."""
    if bits in (8, 16):
        return values
    gain = np.float32(65535 / ((1 << bits) - 1))
    return np.asarray(np.rint(values.astype(np.float32) * gain), np.uint16)

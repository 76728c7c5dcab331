"""One resampling of a layer, as sharp as the source: premultiplied, band-limited, in strips.

The picture is first read at double density by a half-band filter (16 taps, Kaiser window), which
keeps all it holds up to close to the Nyquist frequency; Lanczos of order 4 then reads between
those samples, where it loses nothing. Memory is bounded by the strip, whatever the size.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from landfast.media.layers.layer import Layer
from landfast.model.arrays import Float32
from landfast.vision.overlay.maps import Map, inverse, moved

Premultiplied = Float32[np.ndarray, "rows columns 4"]

_TAPS = 16
_KAISER = 4.0
_REACH = 12
"""Source pixels that a read may touch beyond its place."""
_STRIP_PIXELS = 1 << 20
_NOTHING_PX = 0.004
_EDGE_ALPHA = 1 / 64


def half_band() -> Float32[np.ndarray, " tap"]:
    """The filter that reads half way between samples, sum 1."""
    at = np.arange(_TAPS) - (_TAPS - 1) / 2
    taps = np.sinc(at) * np.kaiser(_TAPS, _KAISER)
    return np.asarray(taps / taps.sum(), np.float32)


_HALF = half_band()


def doubled(image: Premultiplied) -> Float32[np.ndarray, "high wide 4"]:
    """The picture at double density: sample (2 i, 2 j) is the picture's own (i, j)."""
    rows, columns = image.shape[:2]
    wide = np.empty((rows, 2 * columns, 4), np.float32)
    wide[:, ::2] = image
    wide[:, 1::2] = cv2.sepFilter2D(
        image, -1, _HALF, np.ones(1, np.float32), anchor=(_TAPS // 2 - 1, 0)
    )
    result = np.empty((2 * rows, 2 * columns, 4), np.float32)
    result[::2] = wide
    result[1::2] = cv2.sepFilter2D(
        wide, -1, np.ones(1, np.float32), _HALF, anchor=(0, _TAPS // 2 - 1)
    )
    return result


def warped(layer: Layer, by: Map, *, width: int, height: int, storage: str) -> Layer:
    """The layer under a homography.

    Args:
        layer: The overlay's frame.
        by: From the layer's pixels to the result's.
        width: Of the result's frame.
        height: Of the result's frame.
        storage: "straight" or "premultiplied": how colour stands in the pixels, and stays.
    """
    if layer.is_clear or _is_nothing(layer, by, width, height):
        return layer
    box = _target_box(layer, by, width, height)
    left, top, right, bottom = box
    pixels = np.zeros((max(0, bottom - top), max(0, right - left), 4), layer.pixels.dtype)
    if pixels.size == 0:
        return Layer(width, height, 0, 0, pixels[:0, :0])
    back = inverse(by)
    rows = max(16, _STRIP_PIXELS // (right - left))
    for first in range(top, bottom, rows):
        last = min(bottom, first + rows)
        part = _strip(layer, back, (left, first, right, last), storage)
        pixels[first - top : last - top] = _stored(part, layer.pixels.dtype, storage)
    return Layer(width, height, left, top, pixels)


def _is_nothing(layer: Layer, by: Map, width: int, height: int) -> bool:
    if (layer.width, layer.height) != (width, height):
        return False
    corners = _corners(layer.box)
    return bool(np.abs(moved(by, corners) - corners).max() < _NOTHING_PX)


def _corners(box: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = box
    return np.array(
        [(left, top), (right - 1, top), (right - 1, bottom - 1), (left, bottom - 1)], np.float64
    )


def _target_box(layer: Layer, by: Map, width: int, height: int) -> tuple[int, int, int, int]:
    there = moved(by, _corners(layer.box))
    low, high = there.min(axis=0) - 6, there.max(axis=0) + 7
    return (
        max(0, math.floor(low[0])), max(0, math.floor(low[1])),
        min(width, math.ceil(high[0])), min(height, math.ceil(high[1])),
    )  # fmt: skip


def _strip(layer: Layer, back: Map, box: tuple[int, int, int, int], storage: str) -> Premultiplied:
    """Some rows of the result, premultiplied."""
    left, top, right, bottom = box
    x, y = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
    at = cv2.perspectiveTransform(
        np.stack([x, y], axis=2).reshape(1, -1, 2).astype(np.float64), back
    ).reshape(bottom - top, right - left, 2)
    source, corner = _cut(layer, at, storage)
    if source is None:
        return np.zeros((bottom - top, right - left, 4), np.float32)
    fine = ((at - corner) * 2).astype(np.float32)
    read = cv2.remap(
        doubled(source), fine, None, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_CONSTANT
    )
    return _lawful(np.asarray(read))


def _lawful(read: Premultiplied) -> Premultiplied:
    """Overshoot beyond clear and opaque cut off, the hue beside it kept."""
    over = read[..., 3] > 1
    if over.any():
        read[over] /= read[over][:, 3:]
    alpha = np.maximum(read[..., 3:], 0)
    return np.asarray(np.clip(read, 0, alpha))


def _cut(layer: Layer, at: np.ndarray, storage: str) -> tuple[Premultiplied | None, np.ndarray]:
    """What of the layer these places read, clear pixels around it, and where it begins."""
    low = np.floor(at.min(axis=(0, 1))).astype(int) - _REACH
    high = np.ceil(at.max(axis=(0, 1))).astype(int) + _REACH + 1
    left, top, right, bottom = layer.box
    low = np.maximum(low, [left - _REACH, top - _REACH])
    high = np.minimum(high, [right + _REACH, bottom + _REACH])
    if (high <= low).any():
        return None, low
    x0, y0 = max(low[0], left), max(low[1], top)
    x1, y1 = min(high[0], right), min(high[1], bottom)
    if x1 <= x0 or y1 <= y0:
        return None, low
    inside = Layer(layer.width, layer.height, int(x0), int(y0),
                   layer.pixels[y0 - top : y1 - top, x0 - left : x1 - left])  # fmt: skip
    part = inside.premultiplied(stored=storage)
    pad = (int(y0 - low[1]), int(high[1] - y1), int(x0 - low[0]), int(high[0] - x1))
    return _framed(part, pad, layer, (int(x0), int(y0), int(x1), int(y1))), low


def _framed(
    part: Premultiplied, pad: tuple[int, int, int, int], layer: Layer, box: tuple[int, ...]
) -> Float32[np.ndarray, "high wide 4"]:
    """Clear pixels around the box, but where it is cut off by the frame its edge goes on."""
    up, down, left, right = pad
    on = (box[1] == 0, box[3] == layer.height, box[0] == 0, box[2] == layer.width)
    framed: np.ndarray = part
    for sides, border in ((on, cv2.BORDER_REPLICATE), ([not o for o in on], cv2.BORDER_CONSTANT)):
        t, b, lf, r = (
            size if use else 0 for size, use in zip((up, down, left, right), sides, strict=True)
        )
        framed = np.asarray(cv2.copyMakeBorder(framed, t, b, lf, r, border, value=0))
    return framed


def _stored(part: Premultiplied, dtype: np.dtype, storage: str) -> np.ndarray:
    """Back to the file's own way of storing, rounded once."""
    if storage == "straight":
        part = straightened(part)
    top = np.float32(np.iinfo(dtype).max)
    return np.asarray(np.rint(np.clip(part, 0, 1) * top), dtype)


def straightened(part: Premultiplied) -> Premultiplied:
    """Colour over alpha; where hardly anything is left, the colour of what is near.

    An encoder smears what lies beside an edge into it: black there would be a dark fringe.
    """
    alpha = part[..., 3]
    faint = alpha <= _EDGE_ALPHA
    result = part / np.where(faint, np.float32(1), alpha)[..., None]
    result[..., 3] = alpha
    if faint.any():
        result[..., :3][faint] = 0
        near = cv2.blur(part, (9, 9), borderType=cv2.BORDER_REPLICATE)
        use = faint & (near[..., 3] > 1e-4)
        beside = near[use]
        result[..., :3][use] = np.clip(beside[:, :3] / beside[:, 3:], 0, 1)
    return np.asarray(result, np.float32)

"""An overlay's frame made ready to be measured."""

from __future__ import annotations

import math

import cv2
import numpy as np

from landfast.media.grid import Grid
from landfast.media.layers.layer import Layer
from landfast.model.arrays import UInt8
from landfast.vision.overlay.drawing.own import OverlayView, view_of
from landfast.vision.overlay.maps import Map

MEASURED_WIDTH = 1920
"""Wider overlays are measured at a whole fraction of their size."""
_LUMA = np.array([0.2126, 0.7152, 0.0722, 0.0], np.float32)
_FAINT = 3


def reduction(width: int) -> int:
    """How many times smaller an overlay of this width is measured."""
    return max(1, math.ceil(width / MEASURED_WIDTH))


def to_footage(overlay: tuple[int, int], footage: tuple[int, int]) -> Map:
    """From the overlay's pixels to the footage's, edge to edge."""
    return Grid(*overlay, *footage).matrix()


def measured_to_footage(overlay: tuple[int, int], footage: tuple[int, int]) -> Map:
    """From the pixels in which an overlay is measured to the footage's."""
    factor = reduction(overlay[0])
    up = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2], [0, 0, 1.0]])
    return np.asarray(to_footage(overlay, footage) @ up)


def overlay_view(layer: Layer, *, storage: str) -> OverlayView | None:
    """Light and alpha in one grey picture, of what is more than a breath; None where clear."""
    if layer.is_clear:
        return None
    factor = reduction(layer.width)
    gray = _gray(layer, storage)
    left, top, _, _ = layer.box
    if factor > 1:
        gray = cv2.copyMakeBorder(
            gray, top % factor, -(top + gray.shape[0]) % factor,
            left % factor, -(left + gray.shape[1]) % factor, cv2.BORDER_CONSTANT, value=0,
        )  # fmt: skip
        size = gray.shape[1] // factor, gray.shape[0] // factor
        gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    if not (gray > _FAINT).any():
        return None
    width, height = -(-layer.width // factor), -(-layer.height // factor)
    return view_of(
        np.asarray(gray), left=left // factor, top=top // factor, width=width, height=height
    )


def _gray(layer: Layer, storage: str) -> UInt8[np.ndarray, "rows columns"]:
    unit = 255.0 / float(np.iinfo(layer.pixels.dtype).max)
    pixels = layer.pixels.astype(np.float32)
    light = cv2.transform(pixels, _LUMA[None] * np.float32(unit))
    alpha = pixels[..., 3] * np.float32(unit)
    if storage == "straight":
        light = light * alpha * np.float32(1 / 255)
    return np.asarray(np.clip(np.rint(0.5 * light + 0.5 * alpha), 0, 255), np.uint8)


def box_of(layer: Layer, there: Map) -> tuple[float, float, float, float] | None:
    """The layer's box in the footage's pixels; None where it is clear."""
    if layer.is_clear:
        return None
    left, top, right, bottom = layer.box
    corners = np.array([[[left, top], [right - 1, bottom - 1]]], np.float64)
    (x0, y0), (x1, y1) = cv2.perspectiveTransform(corners, there)[0].tolist()
    return x0, y0, x1, y1

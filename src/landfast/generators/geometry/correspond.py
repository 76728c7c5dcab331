"""Where every pixel of an anchor is in the other anchor and in the real frames beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.generators.base import Frame
from landfast.model.arrays import Float32, UInt8
from landfast.vision.motion.flow import (
    Preset,
    dense_flow,
    fetch,
    forward_backward_error,
    inside,
    pixel_grid,
)
from landfast.vision.tones import gray8

WORKING_WIDTH: Final = 960
"""Motion is measured on pictures at most this wide."""
FIELD_STEP: Final = 4
"""Motion fields are kept on every fourth pixel: the flow is hardly finer."""
_AGREE_PX: Final = 1.5
"""Forward and backward flow that agree within this are trusted half and more."""
_BRISK_STRIDE: Final = 4
_BRISK_DESCENTS: Final = 12
_LEAST_BRISK: Final = 64
"""Pictures below this height or width are measured with the full search, which costs nothing."""

Gray = UInt8[np.ndarray, "height width"]
Flow = Float32[np.ndarray, "height width 2"]
Field = Float32[np.ndarray, "rows cols 2"]
Cell = Float32[np.ndarray, " 2"]


@dataclass(frozen=True, slots=True)
class Side:
    """Motion seen from one anchor, on the field grid, in pixels of the working picture.

    Attributes:
        across: To the other anchor.
        trust: 0 to 1: how well forward and backward flow agree there.
        outward: To the farthest real frame on this anchor's own side; None without footage.
        reach: How many frames that one is away.
        beside: To a frame that is near enough to show the velocity; None without footage.
        beside_reach: How many frames that one is away.
        scale: Working pixels per field cell, across and down.
        shaken: The camera shakes from frame to frame (see `shake`).
    """

    across: Float32[np.ndarray, "height width 2"]
    trust: Float32[np.ndarray, "height width"]
    outward: Float32[np.ndarray, "height width 2"] | None
    reach: int
    beside: Float32[np.ndarray, "height width 2"] | None
    beside_reach: int
    scale: Float32[np.ndarray, " 2"]
    shaken: bool = False


def working_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the pictures that motion is measured on."""
    if width <= WORKING_WIDTH:
        return width, height
    return WORKING_WIDTH, max(2, round(height * WORKING_WIDTH / width))


def working_gray(image: Frame) -> Gray:
    """Luma at the working size, in 8 bits."""
    gray = gray8(image)
    size = working_size(gray.shape[1], gray.shape[0])
    if size == (gray.shape[1], gray.shape[0]):
        return gray
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))


def outward_flow(anchor: Gray, frame: Gray) -> Field:
    """Flow from an anchor to a real frame on its own side, on the field grid."""
    return thin(dense_flow(anchor, frame, preset="medium"))


def beside_flow(anchor: Gray, frame: Frame) -> Field:
    """Flow from an anchor to a real frame so near that motion is small, on the field grid.

    As fine as `outward_flow`, with sparser patches and fewer rounds, which a small motion does not
    need; it takes two thirds of the time.
    """
    gray = working_gray(frame)
    if min(anchor.shape) < _LEAST_BRISK:
        return thin(dense_flow(anchor, gray, preset="medium"))
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setPatchStride(_BRISK_STRIDE)
    search.setGradientDescentIterations(_BRISK_DESCENTS)
    return thin(np.asarray(search.calc(anchor, gray, None)))


def flow_over(a: Gray, b: Gray, guess: Flow, preset: Preset) -> Flow:
    """Flow from `a` to `b` over a wide gap, measured on top of a full-size guess."""
    height, width = a.shape
    grid = pixel_grid(width, height)
    left = dense_flow(a, fetch(b, grid + guess, resampling="linear"), preset=preset)
    return np.asarray(left + fetch(guess, grid + left, resampling="linear"))


def agreement(there: Field, back: Field, scale: Cell) -> Float32[np.ndarray, "rows cols"]:
    """Trust in a field of motion, 0 to 1, by the way back; 0 where it leads outside.

    Args:
        there: Motion to the other anchor, working pixels.
        back: The other anchor's motion here.
        scale: Working pixels per field cell.
    """
    cells = forward_backward_error(there / scale, back / scale)
    error = np.minimum(cells, np.float32(1e3)) * scale[0]
    return np.asarray(1 / (1 + (error / np.float32(_AGREE_PX)) ** 2) ** 2)


def staying(there: Field, scale: Cell) -> Float32[np.ndarray, "rows cols"]:
    """Trust in a field of motion to a frame beside the anchor: none where it leaves the picture."""
    return np.asarray(inside(there / scale), np.float32)


def field_size(width: int, height: int) -> tuple[int, int]:
    """Columns and rows of the field grid of a working picture."""
    return max(2, round(width / FIELD_STEP)), max(2, round(height / FIELD_STEP))


def field_scale(width: int, height: int) -> Float32[np.ndarray, " 2"]:
    """Working pixels per field cell, across and down."""
    cols, rows = field_size(width, height)
    return np.array([width / cols, height / rows], np.float32)


def thin(full: Flow) -> Field:
    """A full-size flow on the field grid; it is hardly finer, so sampling is enough."""
    size = field_size(full.shape[1], full.shape[0])
    return np.asarray(cv2.resize(full, size, interpolation=cv2.INTER_LINEAR))


def thicken(field: Field, width: int, height: int) -> Flow:
    """A field on the field grid enlarged to the working picture."""
    return np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR))


def field_pixels(width: int, height: int) -> Float32[np.ndarray, "rows cols 2"]:
    """Working pixels at the centres of the field grid's cells."""
    cols, rows = field_size(width, height)
    scale = field_scale(width, height)
    return np.asarray((pixel_grid(cols, rows) + np.float32(0.5)) * scale - np.float32(0.5))

"""A small descriptor of what stands where: colour and texture on a grid of 4 x 4 cells.

112 numbers: for each cell (row by row) the mean CIE L*a*b* colour over 100, then for each cell
the gradient energy in four directions (horizontal, falling, vertical, rising edges) as root mean
square over 32 grey levels. The Euclidean distance between two descriptors is about 0 for
neighbouring frames and above 1 for unrelated scenes. After the spatial envelope (GIST) of Oliva
and Torralba, IJCV 2001, reduced to one scale.
"""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

CELLS = 4
DIRECTIONS = 4
_EVERY = 2
"""Every second slope in either direction is enough for a mean."""


def describe_layout(
    thumb: UInt8[np.ndarray, "thumb_height thumb_width 3"],
    gray: UInt8[np.ndarray, "height width"],
) -> Float32[np.ndarray, "112"]:
    """Descriptor of a frame from its colour thumbnail (RGB) and a small luma picture."""
    thumb = cv2.resize(thumb, (8 * CELLS, 8 * CELLS), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(thumb.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2Lab)
    colour = cv2.resize(lab, (CELLS, CELLS), interpolation=cv2.INTER_AREA) / np.float32(100)
    energy = np.sqrt(np.maximum(_edge_energy(gray), 0)) / np.float32(32)
    return np.concatenate([colour.ravel(), energy.ravel()]).astype(np.float32)


def _edge_energy(gray: UInt8[np.ndarray, "height width"]) -> Float32[np.ndarray, "4 4 4"]:
    """Mean squared slope, by cell and direction, grey levels squared."""
    right = cv2.Sobel(gray, cv2.CV_32F, 1, 0, scale=0.125)[::_EVERY, ::_EVERY]
    down = cv2.Sobel(gray, cv2.CV_32F, 0, 1, scale=0.125)[::_EVERY, ::_EVERY]
    rising, falling = right + down, right - down
    planes = cv2.merge([right * right, falling * falling / 2, down * down, rising * rising / 2])
    cells = cv2.resize(planes, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    return np.asarray(cells, dtype=np.float32)


def layout_distance(
    a: Float32[np.ndarray, "*frames 112"], b: Float32[np.ndarray, "*frames 112"]
) -> Float32[np.ndarray, "*frames"]:
    """Euclidean distance of descriptors; 0 the same, above 1 unrelated."""
    return np.asarray(np.linalg.norm(a - b, axis=-1), dtype=np.float32)

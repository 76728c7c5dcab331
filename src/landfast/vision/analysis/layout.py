"""A small descriptor of what stands where: colour and texture on a grid of 4 x 4 cells.

112 numbers: for each cell (row by row) the mean CIE L*a*b* colour over 100, then for each cell
the gradient energy in four directions (horizontal, falling, vertical, rising edges) as root mean
square over 32 grey levels. The Euclidean distance between two descriptors is about 0 for
neighbouring frames and above 1 for unrelated scenes. After the spatial envelope (GIST) of Oliva
and Torralba, IJCV 2001, reduced to one scale.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from landfast.model.arrays import Float32, UInt8

CELLS = 4
_EVERY = 2
"""Every second slope in either direction is enough for a mean."""


def describe_layout(
    colours: UInt8[np.ndarray, "rows columns 3"],
    gray: UInt8[np.ndarray, "height width"],
) -> Float32[np.ndarray, "112"]:
    """Descriptor of a frame from a very small RGB picture and a small luma picture."""
    colour = cv2.resize(_lab(colours), (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    energy = np.sqrt(np.maximum(_edge_energy(gray), 0)) / np.float32(32)
    return np.concatenate([colour.ravel() / np.float32(100), energy.ravel()]).astype(np.float32)


def _lab(rgb: UInt8[np.ndarray, "height width 3"]) -> Float32[np.ndarray, "height width 3"]:
    """CIE L*a*b* (D65) of sRGB. OpenCV's own first spends a tenth of a second on tables."""
    xyz = cv2.transform(_LINEAR[rgb], _TO_XYZ)
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.asarray(cv2.transform(root.astype(np.float32), _TO_LAB), dtype=np.float32)


_CODES = np.arange(256) / 255
_LINEAR = np.where(_CODES > 0.04045, ((_CODES + 0.055) / 1.055) ** 2.4, _CODES / 12.92).astype(
    np.float32
)
# sRGB primaries (IEC 61966-2-1), white at 1 for X, Y and Z alike.
_TO_XYZ = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
) / np.array([[0.950456], [1.0], [1.088754]])
_TO_LAB = np.array([[0.0, 116, 0, -16], [500, -500, 0, 0], [0, 200, -200, 0]])


def _edge_energy(gray: UInt8[np.ndarray, "height width"]) -> Float32[np.ndarray, "4 4 4"]:
    """Mean squared slope, by cell and direction, grey levels squared."""
    right, down = (
        np.ascontiguousarray(cv2.Sobel(gray, cv2.CV_32F, *way, scale=0.125)[::_EVERY, ::_EVERY])
        for way in ((1, 0), (0, 1))
    )
    rows, columns = (_cell_weights(side) for side in right.shape)
    level, upright, both = (rows @ product @ columns.T for product in
                            (right * right, down * down, right * down))  # fmt: skip
    half = (level + upright) / 2
    return np.stack([level, half - both, upright, half + both], axis=2)


@lru_cache(maxsize=8)
def _cell_weights(length: int) -> Float32[np.ndarray, "4 place"]:
    """What each place along a side adds to the mean of each cell; cells may share a place."""
    edges = np.arange(CELLS + 1)[:, None] * length / CELLS
    place = np.arange(length)[None]
    shared = np.minimum(edges[1:], place + 1) - np.maximum(edges[:-1], place)
    return np.asarray(np.maximum(shared, 0) * CELLS / length, np.float32)


def layout_distance(
    a: Float32[np.ndarray, "*frames 112"], b: Float32[np.ndarray, "*frames 112"]
) -> Float32[np.ndarray, "*frames"]:
    """Euclidean distance of descriptors; 0 the same, above 1 unrelated."""
    return np.asarray(np.linalg.norm(a - b, axis=-1), dtype=np.float32)

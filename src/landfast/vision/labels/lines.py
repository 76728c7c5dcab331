"""Straight lines of a picture: which ways they run, and how much of the detail they are."""

from __future__ import annotations

from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.model.arrays import Float32, UInt8

Gray = UInt8[np.ndarray, "height width"]
Plane = Float32[np.ndarray, "height width"]
Small = Float32[np.ndarray, "small_height small_width"]
Segments = Float32[np.ndarray, "line 4"]

_SHORTEST: Final = 0.012
"""Length of a straight line that counts, share of the picture's longer side."""
_WINDOW: Final = 0.03
"""Side of the window over which lines are held against all detail, share of the width."""
_CORNER_WINDOW: Final = 0.12
"""Side of the window in which lines are sought that cross at right angles."""
_LONG: Final = 0.12
"""Length from which a line is long, share of the picture's longer side."""
_LONG_WINDOW: Final = 0.09
_DIRECTIONS: Final = 12
_ACROSS: Final = (5, 6, 7)
"""Directions from the commonest that cross it at a right angle, 15 degrees more or less."""
_LEVEL: Final = 0.18
"""Slope of a line, down over across, up to which it runs level."""
_FAINT: Final = 1.0
"""Slope, grey levels a pixel, that is taken for noise."""
_WIDE: Final = 3
"""Width of the strip about a line whose slopes are the line's, pixels."""


class Lines(NamedTuple):
    """Measurements on the small grid."""

    straight: Small
    """Share of the slopes around that lie along straight lines, 0 to 1; 0 without slopes."""
    crossed: Small
    """Share of the lines around that cross the commonest direction at a right angle."""
    upright: Small
    """Share of the lines around that stand upright."""
    beams: Small
    """Long lines that do not run level, pixels of length a pixel of area."""


def straight_lines(gray: Gray, size: tuple[int, int]) -> Lines:
    """Measure the segments of a picture (LSD: Grompone von Gioi et al., PAMI 2010).

    Args:
        gray: The picture's luma.
        size: Width and height of the small grid.
    """
    found = _segments(gray)
    scale = size[0] / gray.shape[1]
    ways = _directions(found, size, scale)
    return Lines(_share(gray, found, size), *ways, _beams(found, size, scale))


def _segments(gray: Gray) -> Segments:
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(gray)[0]
    if found is None:
        return np.zeros((0, 4), np.float32)
    ends = found.reshape(-1, 4).astype(np.float32)
    long = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    return np.asarray(ends[long >= _SHORTEST * max(gray.shape)])


def _directions(ends: Segments, size: tuple[int, int], scale: float) -> tuple[Small, Small]:
    """Shares of the lines that cross the commonest direction, and that stand upright."""
    turn = np.arctan2(ends[:, 3] - ends[:, 1], ends[:, 2] - ends[:, 0]) / np.pi
    number = np.floor(np.mod(turn, 1) * _DIRECTIONS + 0.5).astype(int) % _DIRECTIONS
    drawn = np.zeros((_DIRECTIONS, size[1], size[0]), np.float32)
    for (x0, y0, x1, y1), which in zip(_places(ends * scale), number.tolist(), strict=True):
        cv2.line(drawn[which], (x0, y0), (x1, y1), 1)
    side = max(3, round(_CORNER_WINDOW * size[0]))
    drawn = np.stack([cv2.blur(plane, (side, side)) for plane in drawn])
    total = drawn.sum(axis=0) + np.float32(1e-4)
    near = drawn + (np.roll(drawn, 1, axis=0) + np.roll(drawn, -1, axis=0)) / 2
    across = np.stack([np.roll(drawn, -turned, axis=0) for turned in _ACROSS]).sum(axis=0)
    crossed = np.take_along_axis(across, near.argmax(axis=0)[None], axis=0)[0] / total
    return np.asarray(crossed), np.asarray(drawn[_DIRECTIONS // 2] / total)


def _beams(ends: Segments, size: tuple[int, int], scale: float) -> Small:
    """Density of what is as long and straight as hardly anything that has grown or worn."""
    across, down = np.abs(ends[:, 2] - ends[:, 0]), np.abs(ends[:, 3] - ends[:, 1])
    keep = (np.hypot(across, down) >= _LONG * max(size) / scale) & (down > _LEVEL * across)
    drawn = np.zeros((size[1], size[0]), np.float32)
    for x0, y0, x1, y1 in _places(ends[keep] * scale):
        cv2.line(drawn, (x0, y0), (x1, y1), 1)
    side = max(3, round(_LONG_WINDOW * size[0]))
    return np.asarray(cv2.blur(drawn, (side, side)))


def _share(gray: Gray, ends: Segments, size: tuple[int, int]) -> Small:
    """How much of the slope lies along segments.

    Walls and roofs have their slopes in straight edges; leaves, rock and grass nearly nowhere.
    """
    calm = cv2.GaussianBlur(gray.astype(np.float32), (0, 0), 1.0)
    slope = np.hypot(*(cv2.Sobel(calm, -1, *way, scale=1 / 8) for way in ((1, 0), (0, 1))))
    slope = np.maximum(slope - np.float32(_FAINT), 0)
    strip = np.zeros(gray.shape, np.uint8)
    for x0, y0, x1, y1 in _places(ends):
        cv2.line(strip, (x0, y0), (x1, y1), 1, _WIDE)
    side = max(3, round(_WINDOW * gray.shape[1]))
    along, all_ = (cv2.blur(plane, (side, side)) for plane in (slope * strip, slope))
    share = np.asarray(along / (all_ + np.float32(0.3)), np.float32)
    return np.asarray(cv2.resize(share, size, interpolation=cv2.INTER_AREA))


def _places(ends: Segments) -> list[list[int]]:
    places: list[list[int]] = np.rint(ends).astype(int).tolist()
    return places

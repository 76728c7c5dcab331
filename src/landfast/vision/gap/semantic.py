"""How far apart in kind two pictures are: layout and texture, no matter what moved.

A descriptor holds histograms of colour, of gradient orientation and of local binary patterns over
a pyramid of one, then 2 x 2 cells (spatial pyramid, Lazebnik et al., CVPR 2006; LBP, Ojala et al.,
PAMI 2002). Two views of one place differ little in it even where nothing can be matched; a forest
and a city differ much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float64, UInt8

WIDTH: Final = 240
"""Longer side at which pictures are described, pixels; larger ones are averaged down."""
SPEAKING: Final = 0.012
"""Share of pixels with a gradient below which texture tells nothing."""

_GRIDS: Final = (1, 2)
_COLOURS: Final = (4, 6, 6)
"""Bins of CIE L*, a* and b*."""
_RANGES: Final = ((0.0, 100.0), (-48.0, 48.0), (-48.0, 48.0))
_DIRECTIONS: Final = 8
_STRENGTHS: Final = (6.0, 24.0)
"""Slopes, grey levels a pixel, that part faint, plain and strong gradients."""
_CONTRAST: Final = 3
"""Grey levels by which a neighbour must differ to count in a binary pattern: noise does not."""

Image = UInt8[np.ndarray, "height width 3"]
Histograms = Float64[np.ndarray, "cell _"]


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """What kind of picture this is: histograms of each cell, each summing to 1."""

    colour: Histograms
    gradient: Histograms
    pattern: Histograms
    texture: float
    """Share of pixels with a gradient above the faint ones."""


@dataclass(frozen=True, slots=True)
class Distance:
    """How unlike two pictures are in kind; each from 0, the same, to 1, nothing in common."""

    colour: float
    """Of what colours stand where."""
    texture: float
    """Of gradients and patterns by place; 0 where neither picture has texture."""

    @property
    def total(self) -> float:
        """Mean of colour and texture: light changes one, the subject both."""
        return (self.colour + self.texture) / 2


def kind_of(image: Image) -> Kind:
    """Describe a picture (RGB)."""
    scale = min(1.0, WIDTH / max(image.shape[:2]))
    size = max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    direction, strength = _gradients(gray)
    return Kind(
        colour=_pyramid(_colour_bins(small), _COLOURS[0] * _COLOURS[1] * _COLOURS[2]),
        gradient=_pyramid(direction + _DIRECTIONS * strength, _DIRECTIONS * 2 + 1),
        pattern=_pyramid(_patterns(gray), 10),
        texture=float((strength < 2).mean()),
    )


def semantic_distance(a: Kind, b: Kind) -> Distance:
    """Hellinger distance of the histograms, averaged over the pyramid's levels.

    Each 2 x 2 cell is held against the same cell of the other picture, so that land below sky is
    not sky below land.
    """
    silent = max(a.texture, b.texture) < SPEAKING
    texture = 0.0 if silent else (_apart(a.gradient, b.gradient) + _apart(a.pattern, b.pattern)) / 2
    return Distance(colour=_apart(a.colour, b.colour), texture=texture)


def _apart(a: Histograms, b: Histograms) -> float:
    shared = np.sqrt(a * b).sum(axis=1)
    cells: Float64[np.ndarray, " cell"] = np.sqrt(np.clip(1 - shared, 0, 1))
    return float((cells[0] + cells[1:].mean()) / 2)


def _pyramid(bins: UInt8[np.ndarray, "height width"], count: int) -> Histograms:
    """Histograms over the whole and over 2 x 2 cells."""
    height, width = bins.shape
    rows = []
    for grid in _GRIDS:
        for row in range(grid):
            for column in range(grid):
                cell = bins[
                    height * row // grid : height * (row + 1) // grid,
                    width * column // grid : width * (column + 1) // grid,
                ]
                rows.append(np.bincount(cell.ravel(), minlength=count) / cell.size)
    return np.stack(rows)


def _colour_bins(small: Image) -> UInt8[np.ndarray, "height width"]:
    lab = cv2.cvtColor(small.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2Lab)
    total = np.zeros(lab.shape[:2], np.uint8)
    for channel, (bins, (low, high)) in enumerate(zip(_COLOURS, _RANGES, strict=True)):
        place = (lab[..., channel] - low) / (high - low) * bins
        total = total * np.uint8(bins) + np.clip(place, 0, bins - 1).astype(np.uint8)
    return total


def _gradients(
    gray: UInt8[np.ndarray, "height width"],
) -> tuple[UInt8[np.ndarray, "height width"], UInt8[np.ndarray, "height width"]]:
    """Direction of every slope (0 for none) and 0 strong, 1 plain, 2 none."""
    right = cv2.Sobel(gray, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(gray, cv2.CV_32F, 0, 1, scale=0.125)
    size, angle = cv2.cartToPolar(right, down)
    turn = np.mod(np.floor(angle / np.pi * _DIRECTIONS + 0.5), _DIRECTIONS).astype(np.uint8)
    strength = np.where(size < _STRENGTHS[0], 2, np.where(size < _STRENGTHS[1], 1, 0))
    return np.where(strength == 2, 0, turn).astype(np.uint8), strength.astype(np.uint8)


def _patterns(gray: UInt8[np.ndarray, "height width"]) -> UInt8[np.ndarray, "height width"]:
    """Rotation-invariant uniform local binary patterns: 0 to 8 bright neighbours, 9 for others."""
    wide = cv2.copyMakeBorder(gray, 1, 1, 1, 1, cv2.BORDER_REPLICATE).astype(np.int16)
    height, width = gray.shape
    around = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
    centre = gray.astype(np.int16) + _CONTRAST
    above = np.stack([wide[y : y + height, x : x + width] >= centre for y, x in around])
    flips = (above != np.roll(above, 1, axis=0)).sum(axis=0)
    return np.where(flips <= 2, above.sum(axis=0), 9).astype(np.uint8)

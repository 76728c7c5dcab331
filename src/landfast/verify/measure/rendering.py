"""Each frame as another frame would show it: what must be there, and how it must look."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, UInt8
from landfast.verify.measure.lattice import STEP
from landfast.verify.measure.links import Places, identity, inside, sample
from landfast.vision.motion.flow import dense_flow, fetch, pixel_grid
from landfast.vision.statistics.medians import medians

Field = Float32[np.ndarray, "height width"]

_WIDTHS: Final = (1.5, 4.0, 10.0)
"""Spread in cells over which ways are averaged; wider where few cells nearby are trusted."""
_ENOUGH: Final = (0.25, 0.5, 0.5)
"""Share of trusted weight that each spread needs: a hole has to be enclosed by what is trusted, a
strip along the border of the picture is not."""
_TORN: Final = 1.2
"""Cells by which the ways of neighbours may differ: more is an edge in depth, behind which things
are hidden that one frame shows and another does not. Nothing is claimed there."""
_COARSE: Final = 2
"""Side, in cells, of the larger cells that ways are averaged on."""
_OFF_PX: Final = 3.0
_A_STEP_PX: Final = 0.5
"""How far ways may be off where they are known, px at working size, and more with every link."""
_MARGIN: Final = 0.04
"""Share of the width left out along the borders."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where the pixels of a frame stand in another, both of half the working size."""

    at: Float32[np.ndarray, "height width 2"]
    known: np.ndarray
    """Pixels that the other frame should show; bool."""


@dataclass(frozen=True, slots=True)
class Course:
    """The same by cells: a sixteenth of the numbers."""

    at: Float32[np.ndarray, "rows columns 2"]
    """Where cells stand, in cells."""
    known: np.ndarray
    """Whether the way there is; bool."""

    def way(self, size: tuple[int, int]) -> Way:
        """By pixels, in pictures of that width and height."""
        at = upsampled(self.at, size)
        shown = cv2.resize(self.known.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        return Way(at, shown & _inside(at, size) & _clear(*size))


def course_onto(
    here: UInt8[np.ndarray, "_ _"],
    other: UInt8[np.ndarray, "_ _"],
    places: Places,
    size: tuple[int, int],
    steps: int,
) -> Course:
    """Smoothed way from this frame to another.

    Ways are smoothed over whole surfaces, so that they lead to where a thing must have been,
    not to where something like it can be found: what was put in or taken away stays visible as a
    difference.

    Args:
        here: This frame in grey, at a quarter of the working size: only broad motion is read off.
        other: The other.
        places: Where this frame's cells stand in it.
        size: Width and height at half the working size.
        steps: Frames from one to the other. What is off by more than links can be is not motion
            but a facade or a fence found a period off.
    """
    way, known = _smooth(places)
    first = fetch(other, upsampled(way, here.shape[::-1]), resampling="linear")
    left = dense_flow(here, first, preset="rough")
    left[cv2.magnitude(*cv2.split(left)) > (_OFF_PX + _A_STEP_PX * steps) / 4] = 0
    return Course(sample(way, _broad(left, size, way.shape[:2])), known)


def _smooth(places: Places) -> tuple[np.ndarray, np.ndarray]:
    """Ways averaged over trusted neighbours, and where they are known; cells."""
    rows, columns = places.known.shape
    move = places.at - identity(rows, columns)
    base = _middle(move, places.known)
    x, y = cv2.split(move - base)
    every = places.known.astype(np.float32)
    weighted = cv2.merge([x, y, x * x + y * y, np.ones_like(x)]) * every[..., None]
    weighted = cv2.resize(
        weighted, (-(-columns // _COARSE), -(-rows // _COARSE)), interpolation=cv2.INTER_AREA
    )
    out, known = np.zeros_like(weighted[..., :2]), np.zeros(weighted.shape[:2], bool)
    spread = np.full(known.shape, np.inf, np.float32)
    for width, enough in zip(_WIDTHS, _ENOUGH, strict=True):
        # Zero beyond the border: nothing is trusted there.
        mean = cv2.GaussianBlur(weighted, (0, 0), width / _COARSE, borderType=cv2.BORDER_CONSTANT)
        x, y, square, share = cv2.split(mean)
        fresh = ~known & (share > enough)
        x, y, square = (one / np.maximum(share, 1e-6) for one in (x, y, square))
        deviation = np.sqrt(np.maximum(square - (x * x + y * y), 0)) / np.float32(width)
        np.copyto(out, cv2.merge([x, y]), where=fresh[..., None])
        np.copyto(spread, deviation, where=fresh)
        known |= fresh
        if known.all():
            break
    way = identity(rows, columns) + base + cv2.resize(out, (columns, rows))
    whole = (known & (spread < _TORN)).astype(np.uint8)
    firm = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_NEAREST) > 0
    return way, firm & inside(way)


def _middle(move: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Commonest way of the whole picture, so that borders pull towards it."""
    if not known.any():
        return np.zeros(2, np.float32)
    some = known[::4, ::4]
    some, field = (some, move[::4, ::4]) if some.any() else (known, move)
    return np.asarray(medians(field[some]), np.float32)


def upsampled(way: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Ways of cells as absolute places of pixels, on a picture of that width and height."""
    rows, columns = way.shape[:2]
    scale = np.array([size[0] / columns, size[1] / rows], np.float32)
    move = (way - identity(rows, columns)) * scale
    at: np.ndarray = cv2.resize(move, size, interpolation=cv2.INTER_LINEAR)
    at += pixel_grid(*size)
    return at


def _broad(flow: np.ndarray, size: tuple[int, int], cells: tuple[int, int]) -> np.ndarray:
    """Where the cells stand by what is left of the motion, as far as whole surfaces share it."""
    (height, width), (rows, columns) = flow.shape[:2], cells
    coarse = (max(1, size[0] // STEP), max(1, size[1] // STEP))
    small = cv2.resize(flow, coarse, interpolation=cv2.INTER_AREA)
    each = [cv2.medianBlur(cv2.medianBlur(one, 5), 5) for one in cv2.split(small)]
    left = cv2.resize(cv2.merge(each), (columns, rows), interpolation=cv2.INTER_LINEAR)
    scale = np.array([columns / width, rows / height], np.float32)
    return np.asarray(identity(rows, columns) + left * scale)


def _inside(at: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    width, height = size
    margin = _MARGIN * width
    low, high = (margin, margin), (width - 1 - margin, height - 1 - margin)
    return np.asarray(cv2.inRange(at, low, high) > 0)


@lru_cache(maxsize=4)
def _clear(width: int, height: int) -> np.ndarray:
    """Pixels off the margin of a picture."""
    return _inside(pixel_grid(width, height), (width, height))

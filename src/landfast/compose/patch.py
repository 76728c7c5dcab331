"""A part of one take laid into another: real or better pixels everywhere else, a soft edge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import cv2
import numpy as np

from landfast.compose.conform import resized
from landfast.compose.fill import Image
from landfast.compose.fill import Picture as Other
from landfast.model.arrays import Bool, Float32
from landfast.vision.tones import white

FEATHER: Final = 0.015
"""Width of the soft edge outside a region, as a share of the picture's width."""
_COMPARED: Final = 320
"""Two takes are compared at this width ..."""
_CELL: Final = 4
"""... in cells of so many pixels."""
_QUIET: Final = 4.0
"""Grey levels, of 255, that colour, grain and encoding may put between them."""

Share = Float32[np.ndarray, "height width"]
Mask = Bool[np.ndarray, "height width"]
Regions = Sequence[tuple[float, float, float, float]]


def inside(regions: Regions, size: tuple[int, int]) -> Mask:
    """True within the regions.

    Args:
        regions: x, y, width, height as shares of the picture.
        size: Width and height in pixels.
    """
    width, height = size
    mask = np.zeros((height, width), bool)
    for left, top, across, down in regions:
        x, y = round(left * width), round(top * height)
        mask[y : round((top + down) * height), x : round((left + across) * width)] = True
    return mask


def feathered(mask: Mask) -> Share:
    """1 within a mask, falling smoothly to 0 outside it."""
    reach = max(1.0, FEATHER * mask.shape[1])
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    share = np.clip(1 - np.asarray(away, np.float32) / np.float32(reach), 0, 1)
    if mask.all():
        share[:] = 1
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def grown(
    regions: Regions, base: Iterable[Image], take: Iterable[Other], size: tuple[int, int]
) -> Mask:
    """The regions, and all around them where the two takes show different things at some time.

    What moves, or was melted in the base, reaches farther than where that failed: cut off at the
    region's edge it would be half in either take. Cells differ where levels are further apart than
    if the smoother of the two were shifted by a pixel.

    Args:
        regions: Where the base failed, as shares of the picture.
        base: Frames from anchor to anchor.
        take: As many, of any size.
        size: Width and height of the mask.
    """
    shape = _COMPARED, max(_CELL, round(_COMPARED * size[1] / size[0]))
    cells = shape[0] // _CELL, shape[1] // _CELL
    differs = inside(regions, cells)
    seed = differs.copy()
    for one, other in zip(base, take, strict=True):
        differs |= _apart(_levels(one, shape), _levels(other, shape), cells) > 1
    _, labels = cv2.connectedComponents(differs.astype(np.uint8), connectivity=8)
    joined = np.isin(labels, np.unique(labels[seed])) & differs
    joined = cv2.dilate(joined.astype(np.uint8), np.ones((3, 3), np.uint8))
    wide = cv2.resize(joined, size, interpolation=cv2.INTER_NEAREST) > 0
    return np.asarray(wide | inside(regions, size))


def _apart(one: np.ndarray, other: np.ndarray, cells: tuple[int, int]) -> np.ndarray:
    """Difference of two pictures over what a shift by a pixel makes, per cell."""

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.resize(values.max(axis=2), cells, interpolation=cv2.INTER_AREA))

    def slope(image: np.ndarray) -> np.ndarray:
        across = np.abs(np.diff(image, axis=1, append=image[:, -1:]))
        return mean(across + np.abs(np.diff(image, axis=0, append=image[-1:])))

    usual = _QUIET + np.minimum(slope(one), slope(other))
    return np.asarray(mean(cv2.absdiff(one, other)) / usual)


def _levels(image: Other, size: tuple[int, int]) -> Float32[np.ndarray, "_ _ 3"]:
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(small * np.float32(255 / white(image)))


def laid_in(base: Iterable[Image], take: Iterable[Other], share: Share) -> Iterator[Image]:
    """The base's frames with the take's where `share` says so; both ends are the base's alone.

    Args:
        base: Frames from anchor to anchor.
        take: As many, of any size, and of 8 bits or the base's; sized to the base's here.
        share: Of the take, 0 to 1.
    """
    weight = share[..., None]
    held: tuple[Image, Other] | None = None
    first = True
    for pair in zip(base, take, strict=True):
        if held is not None:
            yield held[0] if first else _blended(*held, weight)
            first = False
        held = pair
    if held is not None:
        yield held[0]


def _blended(base: Image, take: Other, weight: Float32[np.ndarray, "_ _ 1"]) -> Image:
    height, width = base.shape[:2]
    over = resized(take, width, height).astype(np.float32)
    over *= np.float32(white(base) // white(take))
    mixed = base + (over - base) * weight
    return np.asarray(np.rint(mixed), base.dtype)

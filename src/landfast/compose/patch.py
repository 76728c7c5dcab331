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

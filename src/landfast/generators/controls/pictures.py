"""Edges, masks, labels and blanked-out footage as control pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from landfast.generators.controls.depth import grey_picture
from landfast.generators.controls.fit import scaled_mask
from landfast.model.arrays import Bool, UInt8
from landfast.model.controls import Convention

Image = UInt8[np.ndarray, "height width 3"]
Mask = Bool[np.ndarray, "height width"]
Measured = UInt8[np.ndarray, "measured_height measured_width"]
MeasuredMask = Bool[np.ndarray, "measured_height measured_width"]

LABEL_COLOURS: Final[dict[str, tuple[int, int, int]]] = {
    "sky": (70, 130, 180),
    "water": (0, 60, 220),
    "vegetation": (60, 150, 30),
    "built": (140, 140, 140),
    "moving": (230, 30, 40),
    "ground": (180, 120, 60),
}
"""Flat colours of a `labels` video; black is no label."""


def edge_picture(edges: Measured, size: tuple[int, int]) -> Image:
    """White lines on black; a line stays one when the picture is larger or smaller."""
    if edges.shape[::-1] == size:
        return grey_picture(edges > 0)
    smaller = size[0] < edges.shape[1]
    kept = cv2.dilate(edges, np.ones((2, 2), np.uint8)) if smaller else edges
    return grey_picture(
        np.asarray(cv2.resize(kept, size, interpolation=cv2.INTER_NEAREST_EXACT) > 0)
    )


def generated(region: MeasuredMask | None, in_gap: bool, size: tuple[int, int]) -> Mask:
    """Which pixels of a frame are to be generated: the region, or all of it, inside the gap.

    Args:
        region: Of any size; None for the whole picture.
        in_gap: Whether the frame lies in the gap.
    """
    if not in_gap:
        return np.zeros(size[::-1], bool)
    return np.ones(size[::-1], bool) if region is None else scaled_mask(region, size)


def mask_picture(wanted: Mask, convention: Convention) -> Image:
    """A mask in the model's polarity."""
    white = wanted if convention.mask_polarity == "white is generated" else ~wanted
    return grey_picture(white)


def source_picture(image: Image, wanted: Mask, content: Image | int) -> Image:
    """Real pixels, and where they are to be generated a grey level or another control's picture."""
    filled = np.full_like(image, content) if isinstance(content, int) else content
    return np.where(wanted[..., None], filled, image)


def label_picture(index: Measured, names: Sequence[str], size: tuple[int, int]) -> Image:
    """One flat colour a label, black where there is none; never a mixture.

    Args:
        index: Position in `names` a pixel, above the last where it has no label.
    """
    table = np.zeros((256, 3), np.uint8)
    for place, name in enumerate(names):
        table[place] = LABEL_COLOURS[name]
    sized = cv2.resize(index, size, interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(table[sized])

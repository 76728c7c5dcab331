"""The two anchors of a take, from their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from landfast.errors import InputError
from landfast.media.stills import load_image
from landfast.model.arrays import UInt8

Image = UInt8[np.ndarray, "height width 3"]


def load_pair(start: Path, end: Path) -> tuple[Image, Image]:
    """Two anchors from their files.

    Raises:
        InputError: A file is no picture, or they differ in size.
    """
    first, last = load_image(start), load_image(end)
    if first.shape != last.shape:
        sizes = [f"{image.shape[1]}x{image.shape[0]}" for image in (first, last)]
        raise InputError(
            f"is {sizes[1]} while {start.name} is {sizes[0]}",
            subject=str(end),
            remedy="give two frames of the same footage",
        )
    return first, last

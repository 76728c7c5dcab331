"""A take's frames written as a video, by the ending of its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import UInt8

from landfast.media.codings import Codec, Quality
from landfast.media.encode import Encoder
from landfast.model.clip import Colour

Image = UInt8[np.ndarray, "height width 3"]

WRITTEN_AS: Final[dict[str, tuple[Codec, Quality]]] = {
    ".mp4": ("h264", "master"),
    ".mov": ("prores", "good"),
    ".mkv": ("ffv1", "lossless"),
}


@dataclass(frozen=True, slots=True)
class Grid:
    """A take's frames: how many, at which rate, of which size."""

    frames: int
    fps: Fraction
    width: int
    height: int


def write_take(out: Path, images: Iterable[Image], grid: Grid, colour: Colour) -> int:
    """Write a take's frames at the grid's rate; returns how many there were."""
    codec, quality = WRITTEN_AS[out.suffix.lower()]
    odd = grid.width % 2 or grid.height % 2
    count = 0
    with Encoder(
        out,
        width=grid.width,
        height=grid.height,
        time_base=1 / grid.fps,
        codec=codec,
        colour=colour,
        pixel_format="yuv444p" if odd and codec == "h264" else None,
        quality=quality,
        fps=grid.fps,
    ) as encoder:
        for count, image in enumerate(images, 1):
            encoder.write(image, tick=count - 1, duration=1)
    return count

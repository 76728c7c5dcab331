"""A take's frames written as a video, by the ending of its name."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from landfast.conduct.depth import Image
from landfast.media.codings import Codec, Quality
from landfast.media.encode import Encoder
from landfast.model.clip import Colour

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
    """Write a take's frames at the grid's rate; returns how many there were.

    Pictures of 16 bits are written with the 10 that H.264 and ProRes have, or 12 without loss:
    four steps to each of footage of 10 bits.
    """
    codec, quality = WRITTEN_AS[out.suffix.lower()]
    waiting = iter(images)
    shown = list(itertools.islice(waiting, 1))
    deep = bool(shown) and shown[0].dtype == np.uint16
    count = 0
    with Encoder(
        out,
        width=grid.width,
        height=grid.height,
        time_base=1 / grid.fps,
        codec=codec,
        colour=colour,
        pixel_format=_pixel_format(codec, grid, deep=deep),
        quality=quality,
        fps=grid.fps,
    ) as encoder:
        for count, image in enumerate(itertools.chain(shown, waiting), 1):
            encoder.write(image, tick=count - 1, duration=1)
    return count


def _pixel_format(codec: Codec, grid: Grid, *, deep: bool) -> str | None:
    """None leaves it to the codec."""
    if codec == "ffv1":
        return "yuv444p12le" if deep else None
    if codec == "h264":
        odd = grid.width % 2 or grid.height % 2
        return f"yuv4{'44' if odd else '20'}p{'10le' if deep else ''}"
    return None

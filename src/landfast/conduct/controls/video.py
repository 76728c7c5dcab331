"""Control pictures as a video: lossless FFV1, or H.264 at CRF 10 for services that want MP4."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from landfast.media.codings import Codec
from landfast.media.encode import Encoder
from landfast.model.arrays import UInt8
from landfast.model.clip import Clip, Colour
from landfast.model.controls import Container, ControlFrame, ControlGrid, ControlKind

Image = UInt8[np.ndarray, "height width 3"]

_WHOLE: Final = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="full")
_USUAL: Final = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")


def write_video(
    path: Path,
    images: Iterator[Image],
    kind: ControlKind,
    *,
    clip: Clip,
    grid: ControlGrid,
    frames: Sequence[ControlFrame],
    container: Container,
    progress: Callable[[int, int], None],
) -> str:
    """Write one control video, whole or not at all.

    In `mkv` every grey level comes back exactly as it was (8 bit, full range), colours to within
    one level (10 bit: FFmpeg's conversion from RGB and back rounds).

    Returns:
        What was written, in words.

    Raises:
        InputError: The file cannot be written.
    """
    base, ticks = _ticks(clip, grid, frames)
    codec: Codec = "h264" if container == "mp4" else "ffv1"
    pixels = _pixels(kind, grid, container)
    own = grid.fps is None and (grid.width, grid.height) == (clip.width, clip.height)
    with Encoder(
        path,
        width=grid.width,
        height=grid.height,
        time_base=base,
        codec=codec,
        colour=_USUAL if container == "mp4" else _WHOLE,
        pixel_format=pixels,
        quality="master" if container == "mp4" else "lossless",
        fps=grid.fps or clip.fps,
        sample_aspect=_aspect(clip) if own else Fraction(1),
    ) as encoder:
        for k, image in enumerate(images):
            encoder.write(image, tick=ticks[k], duration=ticks[k + 1] - ticks[k])
            progress(k + 1, len(frames))
    return f"H.264, CRF 10, {pixels}" if container == "mp4" else f"FFV1, lossless, {pixels}"


def _ticks(
    clip: Clip, grid: ControlGrid, frames: Sequence[ControlFrame]
) -> tuple[Fraction, list[int]]:
    """A time base, and when each frame is shown and the last one ends."""
    if grid.fps is not None:
        return 1 / grid.fps, list(range(len(frames) + 1))
    times = [frame.time for frame in frames]
    times.append(clip.time_of(frames[-1].source_index + 1))
    return clip.time_base, [int((time - times[0]) / clip.time_base) for time in times]


def _pixels(kind: ControlKind, grid: ControlGrid, container: Container) -> str:
    if container == "mp4":
        return "yuv444p" if grid.width % 2 or grid.height % 2 else "yuv420p"
    return "yuv444p10le" if kind in ("source", "labels") else "yuv444p"


def _aspect(clip: Clip) -> Fraction:
    return 1 / clip.sample_aspect if clip.rotation in (90, 270) else clip.sample_aspect

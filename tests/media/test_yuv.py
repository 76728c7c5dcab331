"""RGB to planes: where chroma lies, and how it is rounded."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landfast.media.codings import Codec
from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.media.yuv import frame_from_rgb
from landfast.model.clip import Colour

COLOUR = Colour(matrix="bt709", range="full")


def plane(frame: Any, index: int) -> np.ndarray[Any, Any]:
    data = np.frombuffer(memoryview(frame.planes[index]), np.uint8)
    return data.reshape(frame.planes[index].height, -1)[:, : frame.planes[index].width]


@pytest.mark.parametrize("range_", ["full", "limited"])
@pytest.mark.parametrize(
    ("rgb", "full", "limited"),
    [
        ((0, 0, 0), (0, 128, 128), (16, 128, 128)),
        ((255, 255, 255), (255, 128, 128), (235, 128, 128)),
        ((255, 0, 0), (54, 99, 255), (63, 102, 240)),
        ((0, 0, 255), (18, 255, 116), (32, 240, 118)),
    ],
)
def test_known_colours(rgb: Any, full: Any, limited: Any, range_: Any) -> None:
    image = np.full((4, 4, 3), rgb, np.uint8)
    colour = Colour(matrix="bt709", range=range_)
    frame = frame_from_rgb(image, pixel_format="yuv444p", colour=colour, siting="left")
    found = tuple(int(plane(frame, index)[0, 0]) for index in range(3))
    assert found == (full if range_ == "full" else limited)


def ramp(axis: int) -> np.ndarray[Any, Any]:
    """Red on a steady slope that is no multiple of a level, so that rounding evens out."""
    image = np.full((64, 96, 3), 120, np.uint8)
    steps = np.rint(30 + np.arange(image.shape[axis]) * 2.17).astype(np.uint8)
    image[..., 0] = steps[None, :] if axis == 1 else steps[:, None]
    return image


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(
    ("codec", "name", "pixel_format"),
    [
        ("h264", "a.mp4", "yuv420p"),
        ("h264", "a.mp4", "yuv422p"),
        ("hevc", "a.mp4", "yuv420p"),
        ("prores", "a.mov", "yuv422p10le"),
        ("ffv1", "a.mkv", "yuv420p"),
        ("ffv1", "a.mkv", "yuv422p"),
    ],
)
def test_chroma_does_not_move(
    codec: Codec, name: str, pixel_format: str, axis: int, tmp_path: Path
) -> None:
    image = ramp(axis)
    path = tmp_path / name
    with Encoder(
        path,
        width=96,
        height=64,
        time_base=Fraction(1, 25),
        codec=codec,
        colour=COLOUR,
        pixel_format=pixel_format,
        quality="master" if codec == "prores" else "lossless",
    ) as encoder:
        encoder.write(image, tick=0, duration=1)
    back = next(decode(path)).rgb()
    inner = (slice(8, -8), slice(8, -8), 0)
    # A chroma sample half a pixel off would shift the slope by 0.8 levels.
    assert abs(float(np.mean(back[inner].astype(float) - image[inner]))) < 0.2

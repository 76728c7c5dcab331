"""Halving decoded planes, against averages in floating point."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from av.video.frame import VideoFrame

from landfast.media.halving import by_halves, halved, halvings
from landfast.media.picture import Converter, Picture
from landfast.model.clip import Colour, Rotation


def averaged(plane: np.ndarray, times: int) -> np.ndarray:
    side = 2**times
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    return plane.reshape(rows, side, columns, side).mean(axis=(1, 3))


def noise_frame(pixel_format: str, width: int = 160, height: int = 96) -> VideoFrame:
    rng = np.random.default_rng(3)
    frame = VideoFrame(width, height, pixel_format)
    for plane, component in zip(frame.planes, frame.format.components, strict=True):
        dtype = np.uint8 if component.bits == 8 else np.uint16
        values = np.frombuffer(memoryview(plane), dtype)
        values[:] = rng.integers(0, 1 << component.bits, values.shape, dtype)
    return frame


def planes_of(frame: VideoFrame) -> list[np.ndarray]:
    dtype = np.dtype(np.uint8 if frame.format.components[0].bits == 8 else np.uint16)
    return [
        np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)[:, : plane.width]
        for plane in frame.planes
    ]


def picture(frame: VideoFrame, rotation: Rotation = 0) -> Picture:
    converter = Converter(Colour(matrix="bt709", range="full"), rotation, "clip.mp4")
    return Picture(5, Fraction(1), Fraction(1, 25), frame, converter)


@pytest.mark.parametrize("times", [0, 1, 2, 3])
@pytest.mark.parametrize("top", [1 << 8, 1 << 10])
def test_by_halves_is_the_average(times: int, top: int) -> None:
    dtype = np.uint8 if top == 256 else np.uint16
    plane = np.random.default_rng(1).integers(0, top, (320, 480), dtype=dtype)
    before = plane.copy()
    off = by_halves(plane, times) - averaged(plane, times)
    assert np.abs(off).max() <= (0, 0.5, 0.75, 1.1)[times]
    assert np.array_equal(plane, before)
    # Two roundings leave no trend: one of them is up, the other down.
    assert abs(off.mean()) < (0.02 if times % 2 == 0 else 0.15)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj422p", "yuv444p", "yuv420p10le"])
def test_every_plane_is_halved(pixel_format: str) -> None:
    frame = noise_frame(pixel_format)
    small = halved(frame, 2)
    assert (small.width, small.height, small.format.name) == (40, 24, pixel_format)
    for whole, part in zip(planes_of(frame), planes_of(small), strict=True):
        assert np.abs(part - averaged(whole, 2)).max() <= 0.75


@pytest.mark.parametrize(
    ("pixel_format", "size", "least", "times"),
    [
        ("yuv420p", (160, 96), (40, 24), 2),
        ("yuv420p", (160, 96), (41, 24), 1),
        ("yuv420p", (160, 96), (1, 1), 4),
        ("yuv420p", (854, 480), (100, 50), 0),
        ("nv12", (160, 96), (40, 24), 0),
        ("rgb24", (160, 96), (40, 24), 0),
    ],
)
def test_how_far_it_can_go(
    pixel_format: str, size: tuple[int, int], least: tuple[int, int], times: int
) -> None:
    assert halvings(VideoFrame(*size, pixel_format), least) == times


@pytest.mark.parametrize("rotation", [0, 90])
def test_reduced_picture_shows_the_same(rotation: Rotation) -> None:
    whole = picture(noise_frame("yuv444p"), rotation)
    small = whole.reduced(whole.size[0] // 4)
    assert small.size == (whole.size[0] // 4, whole.size[1] // 4)
    assert (small.index, small.time) == (5, 1)
    width = small.size[0]
    assert np.abs(small.gray(width).astype(int) - whole.gray(width)).max() <= 1
    assert np.abs(small.gray(width) - averaged(whole.gray(), 2)).max() <= 1

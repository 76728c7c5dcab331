"""Halving decoded planes, against averages in floating point."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame

from landfast.media.halving import by_halves, halved, halvings, sampled, shrunk
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


def ramp(width: int, height: int, top: int = 255) -> np.ndarray:
    """Brightness rising to the right and downwards: it shows any shift of the grid."""
    x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    dtype = np.uint8 if top < 256 else np.uint16
    return np.rint(top * (0.7 * x + 0.3 * y)).astype(dtype)


@pytest.mark.parametrize(
    ("size", "slack"),
    # Where halving does not lead all the way, a pixel on the border of two counts for one of them.
    [((960, 540), 0), ((480, 270), 0.5), ((240, 135), 0.75), ((192, 108), 2.5), ((427, 240), 4)],
)
@pytest.mark.parametrize("top", [255, 1023])
def test_shrunk_is_the_area_average(size: tuple[int, int], slack: float, top: int) -> None:
    rng = np.random.default_rng(4)
    plane = ramp(960, 540, top - 8)
    plane += rng.integers(0, 9, plane.shape).astype(plane.dtype)
    whole = cv2.resize(plane.astype(np.float64), size, interpolation=cv2.INTER_AREA)
    off = shrunk(plane, size) - whole
    assert off.shape == size[::-1] and np.abs(off).max() <= slack
    assert abs(off.mean()) < 0.15


@pytest.mark.parametrize("side", [(1921, 1081), (1922, 1080), (854, 480), (200, 112)])
def test_shrunk_keeps_odd_sides_in_place(side: tuple[int, int]) -> None:
    size = 192, 108
    assert np.abs(shrunk(ramp(*side), size).astype(int) - ramp(*size)).max() <= 1


@pytest.mark.parametrize("side", [(1920, 1080), (960, 540), (1919, 1079), (427, 240), (300, 200)])
def test_sampled_stands_where_the_area_average_does(side: tuple[int, int]) -> None:
    size = 192, 108
    plane = ramp(*side)
    # A sample stands at most half a step from the middle of what it stands for.
    step = max(1, min(side[1] // (2 * size[1]), side[0] // (2 * size[0])))
    slack = 1 + 255 * (0.7 / side[0] + 0.3 / side[1]) * step / 2
    off = sampled(plane, size).astype(float) - ramp(*size)
    assert np.abs(off).max() <= slack


def test_sampled_takes_the_middle_of_what_it_stands_for() -> None:
    fine = ramp(1920, 1080, 65535)
    off = sampled(fine, (192, 108)).astype(float) - ramp(192, 108, 65535)
    assert np.abs(off).max() <= 2


def test_sampled_averages_four_values_or_more() -> None:
    noise = np.random.default_rng(5).normal(128, 40, (1080, 1920)).clip(0, 255).astype(np.uint8)
    assert sampled(noise, (192, 108)).std() < 1.1 * noise.std() / 2


def smooth_frame(pixel_format: str, width: int, height: int) -> VideoFrame:
    """Y, Cb and Cr each a ramp of its own."""
    frame = VideoFrame(width, height, pixel_format)
    top = (1 << frame.format.components[0].bits) - 1
    for index, plane in enumerate(frame.planes):
        values = ramp(plane.width, plane.height, top)
        dtype = values.dtype
        rows = np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)
        rows[:, : plane.width] = (values, values[::-1], values[:, ::-1])[index] // 2 + top // 4
    return frame


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize(
    ("pixel_format", "size"),
    [
        ("yuv420p", (1920, 1080)),
        ("yuvj422p", (640, 360)),
        ("yuv444p", (321, 181)),
        ("yuv420p10le", (960, 540)),
        ("yuv420p", (160, 96)),
    ],
)
def test_small_is_gray_and_rgb(
    pixel_format: str, size: tuple[int, int], rotation: Rotation
) -> None:
    whole = picture(smooth_frame(pixel_format, *size), rotation)
    width, colour_width = whole.size[0] // 2, whole.size[0] // 5
    luma, colour = whole.small(width, colour_width)
    assert np.abs(luma.astype(int) - whole.gray(width)).max() <= 1
    assert np.abs(colour.astype(int) - whole.rgb(colour_width)).max() <= 6


def test_small_of_packed_planes_is_made_the_long_way() -> None:
    frame = VideoFrame.from_ndarray(np.dstack([ramp(320, 180)] * 3), format="rgb24")
    whole = picture(frame)
    luma, colour = whole.small(160, 64)
    assert np.array_equal(luma, whole.gray(160)) and np.array_equal(colour, whole.rgb(64))

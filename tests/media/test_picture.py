"""Conversions of one frame, against the formulas of ITU-T H.273."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame

from landfast.errors import InputError
from landfast.media.picture import Converter, Picture, luma_plane
from landfast.model.clip import Colour, Rotation

WEIGHTS = {"bt709": (0.2126, 0.0722), "smpte170m": (0.299, 0.114), "bt2020nc": (0.2627, 0.0593)}


def noise_frame(pixel_format: str, *, low: float = 0, high: float = 1) -> VideoFrame:
    """Random planes within a share of the code range."""
    rng = np.random.default_rng(3)
    frame = VideoFrame(70, 38, pixel_format)
    for plane, component in zip(frame.planes, frame.format.components, strict=True):
        depth = component.bits
        dtype = np.dtype(np.uint8 if depth == 8 else np.uint16)
        values = np.frombuffer(memoryview(plane), dtype)
        top = (1 << depth) - 1
        values[:] = rng.integers(int(low * top), int(high * top) + 1, values.shape, dtype)
    return frame


def planes_of(frame: VideoFrame) -> list[np.ndarray[Any, Any]]:
    found = []
    for plane, component in zip(frame.planes, frame.format.components, strict=True):
        dtype = np.dtype(np.uint8 if component.bits == 8 else np.uint16)
        rows = np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)
        found.append(rows[:, : plane.width].astype(np.float64))
    return found


def picture(
    frame: VideoFrame, matrix: str = "bt709", range_: Any = "limited", rotation: Rotation = 0
) -> Picture:
    converter = Converter(Colour(matrix=matrix, range=range_), rotation, "clip.mp4")
    return Picture(0, Fraction(0), Fraction(1, 25), frame, converter)


def exact_rgb(frame: VideoFrame, matrix: str, range_: str, top: int) -> np.ndarray[Any, Any]:
    depth = frame.format.components[0].bits
    y, u, v = planes_of(frame)
    unit, full = 2.0 ** (depth - 8), 2.0**depth - 1
    if range_ == "full":
        y, u, v = y / full, (u - 128 * unit) / full, (v - 128 * unit) / full
    else:
        y, u, v = (y / unit - 16) / 219, (u / unit - 128) / 224, (v / unit - 128) / 224
    red, blue = WEIGHTS[matrix]
    r, b = y + 2 * (1 - red) * v, y + 2 * (1 - blue) * u
    g = (y - red * r - blue * b) / (1 - red - blue)
    return np.clip(np.stack([r, g, b], -1), 0, 1) * top


@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize("range_", ["limited", "full"])
@pytest.mark.parametrize("pixel_format", ["yuv444p", "yuv444p10le"])
def test_rgb_is_the_formula(matrix: str, range_: str, pixel_format: str) -> None:
    frame = noise_frame(pixel_format, low=0.1, high=0.9)
    rgb = picture(frame, matrix, range_).rgb()
    assert rgb.dtype == np.uint8 and rgb.shape == (38, 70, 3)
    # swscale is exact for 8 bit; deeper full range goes through its coarser range tables.
    limit = 0.52 if pixel_format == "yuv444p" else 1.5
    assert np.abs(rgb - exact_rgb(frame, matrix, range_, 255)).max() <= limit


@pytest.mark.parametrize("range_", ["limited", "full"])
def test_sixteen_bit_keeps_the_depth(range_: str) -> None:
    frame = noise_frame("yuv444p10le", low=0.2, high=0.8)
    rgb = picture(frame, "bt2020nc", range_).rgb16()
    assert rgb.dtype == np.uint16
    assert np.abs(rgb - exact_rgb(frame, "bt2020nc", range_, 65535)).max() < 1
    assert len(np.unique(rgb)) > 1024


def test_range_by_name_is_full() -> None:
    frame = noise_frame("yuvj444p")
    assert np.array_equal(
        picture(frame, range_="full").rgb(),
        picture(_renamed(frame, "yuv444p"), range_="full").rgb(),
    )


def _renamed(frame: VideoFrame, pixel_format: str) -> VideoFrame:
    copy = VideoFrame(frame.width, frame.height, pixel_format)
    for source, target in zip(frame.planes, copy.planes, strict=True):
        np.frombuffer(memoryview(target), np.uint8)[:] = np.frombuffer(memoryview(source), np.uint8)
    return copy


@pytest.mark.parametrize(
    ("pixel_format", "range_"),
    [
        ("yuv420p", "limited"),
        ("yuvj420p", "full"),
        ("yuv420p10le", "limited"),
        ("yuv422p12le", "full"),
        ("gray", "limited"),
    ],
)
def test_gray_is_luma_in_full_range(pixel_format: str, range_: str) -> None:
    frame = noise_frame(pixel_format)
    depth = frame.format.components[0].bits
    y = planes_of(frame)[0]
    unit, full = 2.0 ** (depth - 8), 2.0**depth - 1
    level = y / full if range_ == "full" else (y / unit - 16) / 219
    gray = picture(frame, range_=range_).gray()
    assert gray.dtype == np.uint8
    assert np.abs(gray - np.clip(level, 0, 1) * 255).max() <= 0.5


def test_ten_bit_at_the_top_of_the_word() -> None:
    frame = VideoFrame(16, 16, "p010le")
    np.frombuffer(memoryview(frame.planes[0]), np.uint16)[:] = 940 << 6
    luma = luma_plane(frame)
    assert luma is not None and (luma == 940).all()
    assert (picture(frame).gray() == 255).all()


def test_gray_of_rgb_formats() -> None:
    image = np.zeros((16, 16, 3), np.uint8)
    image[..., 1] = 200
    for name in ("rgb24", "gbrp", "bgra"):
        frame = VideoFrame.from_ndarray(image, "rgb24").reformat(format=name)
        assert np.abs(picture(frame).gray().astype(int) - round(0.587 * 200)).max() <= 1
        assert np.array_equal(picture(frame).rgb(), image)


def test_scaled_gray_is_the_area_average() -> None:
    frame = noise_frame("yuv420p", low=0.2, high=0.8)
    y = planes_of(frame)[0].astype(np.float32)
    small = picture(frame, range_="full").gray(35)
    assert small.shape == (18, 34)
    assert np.abs(small - cv2.resize(y, (34, 18), interpolation=cv2.INTER_AREA)).max() <= 1


def test_scaled_rgb_has_the_same_grid_as_gray() -> None:
    frame = VideoFrame(64, 48, "yuv444p")
    for plane in frame.planes:
        np.frombuffer(memoryview(plane), np.uint8)[:] = 128
    luma = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(48, -1)
    luma[:, :] = 20
    luma[16:24, 24:32] = 220
    shot = picture(frame, range_="full")
    gray, rgb = shot.gray(16).astype(float), shot.rgb(16)[..., 1].astype(float)
    assert gray.shape == rgb.shape == (12, 16)
    for image in (gray - 20, rgb - 20):
        y, x = np.mgrid[:12, :16]
        assert (x * image).sum() / image.sum() == pytest.approx(6.5, abs=0.05)
        assert (y * image).sum() / image.sum() == pytest.approx(4.5, abs=0.05)


def test_never_enlarged() -> None:
    shot = picture(noise_frame("yuv420p"))
    assert shot.rgb(4000).shape == (38, 70, 3) and shot.gray(4000).shape == (38, 70)


@pytest.mark.parametrize(("rotation", "turns"), [(0, 0), (90, -1), (180, 2), (270, 1)])
def test_rotation_is_applied(rotation: Rotation, turns: int) -> None:
    frame = noise_frame("yuv420p", low=0.3, high=0.6)
    flat, turned = picture(frame), picture(frame, rotation=rotation)
    assert turned.size == ((38, 70) if rotation in (90, 270) else (70, 38))
    assert np.array_equal(turned.rgb(), np.rot90(flat.rgb(), turns))
    assert np.array_equal(turned.gray(), np.rot90(flat.gray(), turns))
    assert turned.gray(20).shape == turned.rgb(20).shape[:2]
    assert turned.gray(20).shape[1] == 20


def test_native_frame_is_left_alone() -> None:
    frame = noise_frame("yuv420p")
    frame.colorspace, frame.color_range, frame.color_trc = 9, 1, 16
    before = [bytes(memoryview(plane)) for plane in frame.planes]
    shot = picture(frame)
    shot.rgb(20), shot.rgb16(), shot.gray(20)
    assert (frame.colorspace, frame.color_range, frame.color_trc) == (9, 1, 16)
    assert before == [bytes(memoryview(plane)) for plane in frame.planes]


def test_matrix_that_cannot_be_undone() -> None:
    with pytest.raises(InputError, match=r"clip\.mp4: uses the colour matrix ictcp"):
        picture(noise_frame("yuv420p10le"), "ictcp").rgb()


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuvj444p", "yuv420p10le"])
@pytest.mark.parametrize(("matrix", "range_"), [("bt709", "limited"), ("smpte170m", "full")])
def test_planes_give_the_values_that_packed_pixels_have(
    pixel_format: str, matrix: str, range_: str
) -> None:
    whole = picture(noise_frame(pixel_format), matrix, range_)
    packed = whole._scaled("rgb24", whole.size).to_ndarray()
    np.testing.assert_array_equal(whole.rgb(), packed)
    np.testing.assert_array_equal(whole.bgr(), packed[..., ::-1])

"""Planes of decoded frames against what was written into them."""

from __future__ import annotations

import numpy as np
import pytest
from av.video.frame import VideoFrame

from landfast.media.planes import is_planar, plane_of, planes_of


@pytest.mark.parametrize(
    ("pixel_format", "top"), [("yuv420p", 255), ("yuv420p10le", 1023), ("yuv444p", 255)]
)
def test_planes_come_without_the_padding_of_their_rows(pixel_format: str, top: int) -> None:
    frame = VideoFrame(50, 38, pixel_format)
    rng = np.random.default_rng(3)
    written = []
    for plane in frame.planes:
        dtype = np.uint8 if top == 255 else np.uint16
        rows = np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)
        assert rows.shape[1] > plane.width, "there must be padding"
        rows[:] = rng.integers(0, top, rows.shape)
        written.append(rows[:, : plane.width].copy())
    for index, (found, wanted) in enumerate(zip(planes_of(frame), written, strict=True)):
        np.testing.assert_array_equal(found, wanted)
        np.testing.assert_array_equal(found, plane_of(frame, index))


def test_nothing_is_copied() -> None:
    frame = VideoFrame(64, 32, "yuv420p")
    plane_of(frame, 0)[3, 5] = 77
    assert plane_of(frame, 0)[3, 5] == 77


@pytest.mark.parametrize(
    ("pixel_format", "planar"),
    [("yuv422p12le", True), ("yuvj420p", True), ("nv12", False), ("rgb24", False)],
)
def test_planar(pixel_format: str, planar: bool) -> None:
    assert is_planar(VideoFrame(16, 16, pixel_format)) is planar

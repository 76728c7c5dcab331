from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from landfast.compose.lock.export import (
    after_effects,
    exr_files,
    nuke_chan,
    nuke_corner_pin,
    pins,
    st_map,
)

SHIFT = np.array([[1, 0, 3.0], [0, 1, -2.0], [0, 0, 1]])


def test_corner_pins_move_the_corners() -> None:
    corners = pins([None, SHIFT], 100, 60)
    assert corners[0].tolist() == [[0, 0], [100, 0], [100, 60], [0, 60]]
    assert corners[1][0] == pytest.approx([3, -2])
    text = after_effects(corners, fps=25.0, width=100, height=60)
    heading = "Effects\tCorner Pin #1\tLower Left #4\n\tFrame\tX pixels\tY pixels\n"
    assert heading + "\t0\t0.0000\t60.0000\n\t1\t3.0000\t58.0000" in text
    assert text.endswith("End of Keyframe Data\n")


def test_nuke_counts_from_the_lower_left() -> None:
    text = nuke_corner_pin(pins([SHIFT], 100, 60), width=100, height=60)
    assert " to1 {{curve x1 3.0000} {curve x1 2.0000}}" in text
    assert " from3 {100 60}" in text


def test_the_chan_holds_the_pan() -> None:
    camera = np.array([[800.0, 0, 479.5], [0, 800, 269.5], [0, 0, 1]])
    turn, _ = cv2.Rodrigues(np.array([[0.0], [-np.radians(5)], [0.0]]))
    scene = camera @ turn @ np.linalg.inv(camera)
    text = nuke_chan([np.eye(3), scene / scene[2, 2]], focal_px=800.0, width=960, height=540)
    values = [float(part) for part in text.splitlines()[1].split("\t")]
    assert values[4:7] == pytest.approx([0, -5, 0], abs=1e-4)


def test_an_st_map_says_where_pixels_come_from(tmp_path: Path) -> None:
    image = st_map(SHIFT, 64, 32)
    assert image[10, 20, 0] == pytest.approx((17 + 0.5) / 64)
    assert image[10, 20, 1] == pytest.approx(1 - (12 + 0.5) / 32)
    (tmp_path / "a.exr").write_bytes(next(exr_files(iter([image]))))
    with av.open(str(tmp_path / "a.exr")) as file:
        frame = next(file.decode(video=0))
    assert frame.to_ndarray(format="gbrpf32le")[10, 20] == pytest.approx(image[10, 20])

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.compose.lock.resample import warped
from landfast.media.layers.layer import Layer, layer_of
from overlays import drawing, placed

START = np.array([[1, 0, 60.3], [0, 1, 40.8], [0, 0, 1]])
SIZE = (320, 180)


def similar(x: float, y: float, degrees: float = 0.0) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, x], [s, c, y], [0, 0, 1]])


def sharpness(layer: Layer) -> float:
    light = layer.premultiplied(stored="straight")[..., :3].mean(axis=2)
    light = np.pad(light, 8)
    across, down = (cv2.Sobel(light, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    return float(cv2.magnitude(across, down).sum())


@pytest.mark.parametrize("by", [similar(0.5, 0.5), similar(2.3, -1.7, 0.4), similar(0.25, 0.1)])
def test_sharpness_is_kept_within_two_percent(by: np.ndarray) -> None:
    layer = placed(drawing(), START, SIZE)
    moved = warped(layer, by, width=320, height=180, storage="straight")
    assert sharpness(moved) / sharpness(layer) == pytest.approx(1, abs=0.02)


def test_no_fringe_is_darker_or_brighter_than_the_drawing() -> None:
    layer = placed(drawing(), START, SIZE)
    moved = warped(layer, similar(3.4, 1.6, 0.7), width=320, height=180, storage="straight")
    shown = moved.pixels[moved.pixels[..., 3] > 6][:, :3].astype(int)
    assert np.abs(shown - np.array([242, 217, 76])).max() <= 8


def test_a_whole_shift_moves_pixels_as_they_are() -> None:
    layer = placed(drawing(), START, SIZE)
    moved = warped(layer, similar(7, -4), width=320, height=180, storage="straight")
    expected = np.roll(layer.whole(), (-4, 7), axis=(0, 1))
    assert np.abs(moved.whole()[..., 3].astype(int) - expected[..., 3]).max() <= 1


def test_strips_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = placed(drawing(), START, SIZE)
    by = similar(1.37, 0.61, 1.0)
    whole = warped(layer, by, width=320, height=180, storage="straight")
    monkeypatch.setattr("landfast.compose.lock.resample._STRIP_PIXELS", 1)
    parts = warped(layer, by, width=320, height=180, storage="straight")
    assert np.array_equal(whole.pixels[..., 3], parts.pixels[..., 3])


def test_sixteen_bits_stay_and_nothing_to_do_changes_nothing() -> None:
    alpha = np.zeros((60, 80), np.uint16)
    alpha[20:40, 20:60] = 65535
    layer = layer_of(np.full((60, 80, 3), 40000, np.uint16), alpha)
    assert warped(layer, np.eye(3), width=80, height=60, storage="straight") is layer
    moved = warped(layer, similar(0.5, 0), width=80, height=60, storage="straight")
    assert moved.pixels.dtype == np.uint16
    assert moved.whole()[30, 40, 0] == pytest.approx(40000, abs=1)

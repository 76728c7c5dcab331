from __future__ import annotations

import numpy as np
import pytest

from landfast.vision.overlay.drawing.own import OverlayFrame, OverlayTracker, OverlayView, view_of
from landfast.vision.overlay.maps import moved

WIDTH, HEIGHT = 320, 180


def seen(to: np.ndarray, soft_px: float) -> OverlayView:
    """A disc of 18 pixels across, more or less soft, under a shift."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    away = np.hypot(x - to[0, 2], 1.4 * (y - to[1, 2])) - 9
    whole = np.rint(255 / (1 + np.exp(away / soft_px))).astype(np.uint8)
    rows, columns = np.flatnonzero(whole.any(axis=1)), np.flatnonzero(whole.any(axis=0))
    part = whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return view_of(part, left=int(columns[0]), top=int(rows[0]), width=WIDTH, height=HEIGHT)


def at(x: float, y: float) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


@pytest.mark.parametrize("soft_px", [0.4, 1.5])
def test_what_has_hardly_a_corner_is_followed_as_a_whole(soft_px: float) -> None:
    tracker = OverlayTracker()
    ways = [(120 + 3.3 * k, 80 - 1.7 * np.sin(k)) for k in range(8)]
    found = [tracker.see(seen(at(*way), soft_px), None) for way in ways]
    for way, frame in zip(ways, found, strict=True):
        assert isinstance(frame, OverlayFrame)
        shift = np.array(way) - np.array(ways[frame.anchor])
        expected = moved(at(*shift), frame.start)
        assert np.abs(frame.arrived - expected).max() < 0.2


def test_another_drawing_is_not_followed() -> None:
    tracker = OverlayTracker()
    tracker.see(seen(at(120, 80), 0.4), None)
    view = seen(at(121, 80), 0.4)
    half = view.gray.copy()
    half[:, half.shape[1] // 2 :] = 0
    other = OverlayView(half, view.left, view.top, view.width, view.height)
    assert tracker.see(other, None) is None

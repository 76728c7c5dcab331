from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.vision.overlay.scene.near import moves_along
from landfast.vision.overlay.scene.planes import SceneTracker

SIZE = (320, 180)
BOX = (120.0, 10.0, 200.0, 40.0)
FRAMES = 8


def pan_under_noise() -> list[np.ndarray]:
    """A steady pan over ground; the sky above shows nothing but noise, new in every frame."""
    rng = np.random.default_rng(4)
    ground = cv2.GaussianBlur(rng.integers(0, 255, (100, 400), np.uint8), (0, 0), 2)
    ground = cv2.normalize(ground, None, 30, 220, cv2.NORM_MINMAX)
    frames = []
    for number in range(FRAMES):
        gray = np.clip(180 + rng.normal(0, 12, SIZE[::-1]), 0, 255).astype(np.uint8)
        gray[90:] = ground[:90, 6 * number : 6 * number + SIZE[0]]
        frames.append(gray)
    return frames


def test_noise_near_the_overlay_does_not_wear_the_anchor() -> None:
    tracker = SceneTracker()
    frames = [tracker.see(gray, BOX) for gray in pan_under_noise()]
    assert len(tracker.stretches) == 1
    last = frames[-1]
    assert last is not None and last.plane is not None
    there = last.plane @ np.array([160.0, 130.0, 1.0])
    assert np.abs(there[:2] / there[2] - (160 - 6 * (FRAMES - 1), 130)).max() < 0.1


def test_errors_add_up_from_anchor_to_anchor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SceneTracker, "_is_worn", lambda _: True)
    tracker = SceneTracker()
    frames = [tracker.see(gray, BOX) for gray in pan_under_noise()]
    errors = [frame.layers["plane"].error_px for frame in frames if frame is not None]
    assert len(tracker.stretches) == len(errors) == FRAMES
    assert errors[-1] > 2 * errors[1]


def test_points_that_depart_as_their_neighbours_do_are_no_noise() -> None:
    rng = np.random.default_rng(8)
    points = rng.uniform(0, 300, (200, 2)).astype(np.float32)
    smooth = np.column_stack([points[:, 0] / 60, np.zeros(200)]).astype(np.float32)
    assert moves_along(points, points + smooth).mean() > 0.95
    noise = rng.normal(0, 3, (200, 2)).astype(np.float32)
    assert moves_along(points, points + noise).mean() < 0.15

from __future__ import annotations

import numpy as np

from landfast.vision.overlay.maps import moved
from landfast.vision.overlay.own import OverlayFrame
from landfast.vision.overlay.stand import stand
from landfast.vision.overlay.swim import Swim, drift_of, pinned, swim_on

FRAMES = 30
BOX = (100.0, 80.0, 220.0, 130.0)


def ground() -> list[np.ndarray]:
    """A flight over level ground: what lies lower in the picture moves faster."""
    return [
        np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -4e-5 * k, 1.0]]) for k in range(FRAMES)
    ]


def label(maps: list[np.ndarray], at: np.ndarray, swim_px: float = 0.0) -> list[OverlayFrame]:
    grid = np.stack(np.meshgrid(np.arange(105, 220, 12), np.arange(85, 130, 9)), axis=2)
    start = grid.reshape(-1, 2).astype(np.float32)
    frames = []
    for k, scene in enumerate(maps):
        shift = moved(scene, at[None])[0] - at + swim_px * np.sin(k / 3)
        frames.append(OverlayFrame(0, start, (start + shift).astype(np.float32)))
    return frames


def on_middle(maps: list[np.ndarray], frames: list[OverlayFrame]) -> Swim:
    middle = np.array([(BOX[0] + BOX[2]) / 2, (BOX[1] + BOX[3]) / 2])
    swim = swim_on(pinned(maps, middle), frames, [BOX] * FRAMES)
    assert swim is not None
    return swim


def test_a_label_that_stands_off_its_middle_does_not_swim() -> None:
    maps = ground()
    at = np.array([160.0, 98.0])
    frames = label(maps, at)
    middle = on_middle(maps, frames)
    stood = stand(middle, maps, hold="label")
    swim = swim_on(pinned(maps, stood.point), frames, [BOX] * FRAMES)
    assert swim is not None
    assert drift_of(middle) > 0.5
    assert drift_of(swim) < 0.05
    assert abs(stood.point[1] - at[1]) < 1.5


def test_swim_is_not_taken_for_another_place() -> None:
    maps = ground()
    middle = np.array([160.0, 105.0])
    frames = label(maps, middle, swim_px=3.0)
    stood = stand(on_middle(maps, frames), maps, hold="label")
    assert abs(stood.point[1] - middle[1]) < 5
    assert stood.loose_px > 0.3


def test_where_the_user_says() -> None:
    maps = ground()
    stood = stand(on_middle(maps, label(maps, np.array([160.0, 98.0]))), maps, hold="label",
                  at=(150.0, 120.0))  # fmt: skip
    assert stood.point.tolist() == [150.0, 120.0]
    assert stood.loose_px == 0

from __future__ import annotations

import numpy as np

from landfast.vision.overlay.drawing.own import OverlayFrame
from landfast.vision.overlay.maps import moved
from landfast.vision.overlay.scene.backings import Backing
from landfast.vision.overlay.scene.hanging import Hanging
from landfast.vision.overlay.stand import Stand, stand
from landfast.vision.overlay.swim import Swim, drift_of, swim_on

FRAMES = 30
BOX = (100.0, 80.0, 220.0, 130.0)
VIEWS = np.array([[[1, 0, 0, -0.5 * k], [0, 1, 0, 0.2 * k], [0, 0, 1, 0]] for k in range(FRAMES)])


def ground() -> list[np.ndarray]:
    """A flight over level ground: what lies lower in the picture moves faster."""
    return [
        np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -4e-5 * k, 1.0]]) for k in range(FRAMES)
    ]


def label(path: np.ndarray, swim_px: float = 0.0) -> list[OverlayFrame]:
    """Points that all go along a path."""
    grid = np.stack(np.meshgrid(np.arange(105, 220, 12), np.arange(85, 130, 9)), axis=2)
    start = grid.reshape(-1, 2).astype(np.float32)
    return [
        OverlayFrame(0, start, (start + step + swim_px * np.sin(k / 3)).astype(np.float32))
        for k, step in enumerate(path - path[0])
    ]


def own(frames: list[OverlayFrame]) -> Swim:
    swim = swim_on([np.eye(3)] * FRAMES, frames, [BOX] * FRAMES)
    assert swim is not None
    return swim


def drift(stood: Stand, frames: list[OverlayFrame]) -> float:
    swim = swim_on(stood.ways, frames, [BOX] * FRAMES)
    assert swim is not None
    return drift_of(swim).rms_px


def on_ground(at: np.ndarray) -> np.ndarray:
    return np.array([moved(scene, at[None])[0] for scene in ground()])


def put(
    frames: list[OverlayFrame], at: tuple[float, float] | None = None, free: bool = False
) -> Stand:
    hanging = Hanging(np.zeros((0, 2)), np.zeros((0, FRAMES, 2)), VIEWS, (-0.5, 0.5), np.eye(3))
    surface = Backing("plane", tuple(ground()), 0.02)
    stood = stand(own(frames), [surface], hanging if free else None, hold="label", at=at)
    assert stood is not None
    return stood


def test_a_label_that_stands_off_its_middle_does_not_swim() -> None:
    at = np.array([160.0, 98.0])
    frames = label(on_ground(at))
    stood = put(frames)
    assert drift(stood, frames) < 0.06
    assert abs(stood.point[1] - at[1]) < 1.5
    assert stood.loose_px < 0.2


def test_a_label_over_its_point() -> None:
    at = np.array([160.0, 190.0])
    frames = label(on_ground(at))
    stood = put(frames)
    assert drift(stood, frames) < 0.1
    assert abs(stood.point[1] - at[1]) < 3


def test_swim_is_not_taken_for_another_place() -> None:
    middle = np.array([160.0, 105.0])
    frames = label(on_ground(middle), swim_px=3.0)
    stood = put(frames)
    assert drift(stood, frames) > 1.5
    assert stood.loose_px > 0.3


def test_a_label_in_free_air_has_a_depth_of_its_own() -> None:
    frames = label(np.array([[-0.5 * k * 0.7, 0.2 * k * 0.7] for k in range(FRAMES)]))
    stood = put(frames, free=True)
    assert stood.place == "depth"
    assert drift(stood, frames) < 0.3
    assert drift(put(frames), frames) > 1.0


def test_where_the_user_says() -> None:
    frames = label(on_ground(np.array([160.0, 98.0])))
    stood = put(frames, at=(150.0, 120.0))
    assert stood.point.tolist() == [150.0, 120.0]
    assert stood.loose_px == 0

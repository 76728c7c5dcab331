"""The layout descriptor tells scenes apart, and neighbours alike."""

from __future__ import annotations

import cv2
import numpy as np

from landfast.vision.analysis.layout import describe_layout, layout_distance
from scenes import Image, Scene, path, video


def describe(image: Image) -> np.ndarray:
    return describe_layout(image, cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def test_neighbours_are_near_and_other_scenes_far() -> None:
    first, second = video(Scene(), path("forward", 2))
    (other,) = video(Scene(seed=5), path("still", 1))
    near = float(layout_distance(describe(first), describe(second)))
    far = float(layout_distance(describe(first), describe(other)))
    assert near < 0.15
    assert far > 5 * near


def test_cells_and_directions_stand_where_they_should() -> None:
    image = np.full((64, 64, 3), 40, np.uint8)
    image[:16, 48:] = 255
    lab = describe(image)[:48].reshape(4, 4, 3)
    assert np.unravel_index(lab[..., 0].argmax(), (4, 4)) == (0, 3)
    bars = np.broadcast_to((np.arange(64) // 4 % 2 * 200)[None, :, None], (64, 64, 3))
    energy = describe(np.ascontiguousarray(bars, np.uint8))[48:].reshape(4, 4, 4).mean((0, 1))
    assert energy.argmax() == 0 and energy[2] < 1e-3

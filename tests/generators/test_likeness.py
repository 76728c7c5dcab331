"""Pictures decide between two depths, and only where they show something."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.generators.geometry.camera import Lens, Motion
from landfast.generators.geometry.correspond import field_size
from landfast.generators.geometry.likeness import detail, likeliest

SIZE = WIDTH, HEIGHT = 480, 272
SIDEWAYS = Motion(np.zeros(3), np.array([-1.0, 0.0, 0.0]))
LENS = Lens(WIDTH, HEIGHT)
SHIFT_PX = 12


def pair(contrast: float) -> tuple[np.ndarray, np.ndarray]:
    """A textured plane, and the same `SHIFT_PX` farther to the left."""
    noise = np.random.default_rng(4).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 6)
    own = np.clip(128 + contrast * soft / soft.std(), 0, 255).astype(np.uint8)
    return own, np.roll(own, -SHIFT_PX, axis=1)


@pytest.mark.parametrize(("contrast", "true_counts"), [(30, (0.9, 1.01)), (0, (-0.01, 0.01))])
def test_the_true_depth_is_believed_where_there_is_something_to_see(contrast, true_counts) -> None:
    own, other = (detail(one) for one in pair(contrast))
    columns, rows = field_size(*SIZE)
    true = np.full((rows, columns), SHIFT_PX / LENS.focal, np.float32)
    wrong = np.zeros_like(true)
    found = likeliest((wrong, true), own, [(SIDEWAYS, other)], LENS)
    inner = found[4:-4, 4:-4] / true[0, 0]
    assert true_counts[0] <= inner.min() <= inner.max() <= true_counts[1]

from __future__ import annotations

import numpy as np
import pytest

from landfast.vision.overlay.evidence import _even
from landfast.vision.overlay.scene.hanging import Hanging

FRAMES = 30
VIEWS = np.array([[[1, 0, 0, -0.5 * k], [0, 1, 0, 0.2 * k], [0, 0, 1, 0]] for k in range(FRAMES)])


def test_a_drift_that_is_another_depth_is_known_for_one() -> None:
    hanging = Hanging(np.zeros((0, 2)), np.zeros((0, FRAMES, 2)), VIEWS, (-0.5, 0.5), np.eye(3))
    point, k = np.array([50.0, 40.0]), np.arange(FRAMES)[:, None]
    near, far = np.array([[-0.4, 0.16]]) * k, np.array([[-4.0, 1.6]]) * k
    assert hanging.explained(point, near, is_near=True) > 0.99
    assert hanging.explained(point, far, is_near=True) < 0.01
    assert hanging.explained(point, far, is_near=False) > 0.99


def test_what_goes_evenly_may_be_a_flight() -> None:
    k = np.arange(FRAMES)[:, None]
    assert _even(np.array([[0.3, -0.1]]) * k) == pytest.approx(1)
    assert _even(np.sin(k / 2.5) * np.array([[2.0, 1.0]])) < 0.7

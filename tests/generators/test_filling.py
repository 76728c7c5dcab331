"""Motion where flow is not to be believed."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.generators.geometry.correspond import Side
from landfast.generators.geometry.filling import filled, steady
from landfast.vision.motion.flow import pixel_grid

ROWS, COLS = 60, 100
SCALE = np.array([4, 4], np.float32)
HOLE = np.s_[20:45, 30:70]


def zooming(share: float = 1.0) -> np.ndarray:
    """The camera goes ahead and tilts: a homography's motion, pixels."""
    x, y = np.moveaxis((pixel_grid(COLS, ROWS) - (50, 30)) * SCALE, -1, 0)
    ahead = 1 - share * 1e-4 * y
    x1, y1 = (1 + share * 0.1) * x / ahead, (1 + share * 0.1) * y / ahead
    return np.dstack([x1 - x + 3 * share, y1 - y - 5 * share]).astype(np.float32)


def wrong(motion: np.ndarray) -> np.ndarray:
    """With a hole in which everything matches something else."""
    broken = motion.copy()
    broken[HOLE] += np.random.default_rng(1).normal(0, 40, broken[HOLE].shape)
    return broken


def off(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    return np.linalg.norm(found - true, axis=2)


def side(beside: np.ndarray, outward: np.ndarray) -> Side:
    still = np.zeros_like(beside)
    return Side(still, still[..., 0] + 1, outward, 4, beside, 2, SCALE)


def test_a_hole_is_filled_as_the_picture_moves():
    true = zooming()
    trust = np.ones((ROWS, COLS), np.float32)
    trust[HOLE] = 0
    assert off(filled(wrong(true), trust, SCALE), true).max() < 0.2


def test_a_hole_in_what_moves_by_itself_moves_with_that():
    true = zooming()
    true[:, 60:] += (6, 0)
    trust = np.ones((ROWS, COLS), np.float32)
    trust[28:32, 80:84] = 0
    broken = true.copy()
    broken[28:32, 80:84] = 50
    assert off(filled(broken, trust, SCALE), true)[28:32, 80:84].max() < 0.5


def test_what_is_trusted_stays():
    true = zooming()
    true[10:12, 10:12] += 7
    assert off(filled(true, np.ones((ROWS, COLS), np.float32), SCALE), true).max() < 1e-3


def test_nothing_trusted_is_no_motion_but_finite():
    found = filled(wrong(zooming()), np.zeros((ROWS, COLS), np.float32), SCALE)
    assert np.abs(found).max() < 1e-3


def test_velocity_that_does_not_go_on_is_not_believed():
    beside, outward = zooming(0.1), zooming(0.2)
    found = steady(side(wrong(beside), outward))
    assert off(found, beside).max() < 0.5


def test_a_camera_that_speeds_up_is_believed():
    beside = zooming(0.1)
    beside[:, 60:] += (2, 0)
    outward = 2 * beside - np.float32(8)
    assert off(steady(side(beside, outward)), beside).max() < 0.05


def test_footage_is_needed():
    nothing = np.zeros((ROWS, COLS, 2), np.float32)
    lone = Side(nothing, nothing[..., 0], None, 0, None, 0, SCALE)
    with pytest.raises(ValueError, match="needs footage"):
        steady(lone)

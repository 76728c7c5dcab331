"""Shake is what departs from the smooth path."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.vision.analysis.shake import find_shake

TIME = np.arange(100) / 25


def shake_of(position: np.ndarray, cuts: tuple[int, ...] = ()) -> np.ndarray:
    """Shake of a path given by horizontal positions."""
    steps = np.append(np.diff(position), np.nan).astype(np.float32)
    is_cut = np.zeros(len(position), bool)
    is_cut[list(cuts)] = True
    zero = np.where(np.isnan(steps), np.nan, 0).astype(np.float32)
    return find_shake(
        dx=steps, dy=zero, rotation_deg=zero, is_cut=is_cut, time_s=TIME, size=(320, 180)
    )


def test_steady_speed_and_acceleration_are_no_shake() -> None:
    assert np.nanmax(shake_of(30 * TIME + 12 * TIME**2)) < 1e-3


def test_a_fast_swing_is_shake_of_its_own_size() -> None:
    swing = 4 * np.sin(2 * np.pi * 6 * TIME)
    rms = float(np.sqrt(np.mean(shake_of(50 * TIME + swing)[10:-10] ** 2)))
    assert rms == pytest.approx(4 / np.sqrt(2), rel=0.1)


def test_unknown_motion_is_unknown_shake() -> None:
    position = 3.0 * np.arange(100)
    position[50] = np.nan
    shake = shake_of(position)
    assert np.isnan(shake[50])
    assert np.isfinite(shake[[0, 48, 52, 99]]).all()


def test_a_cut_is_no_shake() -> None:
    position = np.concatenate([np.arange(50.0), 500 - np.arange(50.0)])
    position_steps = shake_of(position, cuts=(50,))
    assert np.nanmax(position_steps) < 1e-3

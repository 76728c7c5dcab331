"""Nearness that is hardly known, led on along the plane that its surroundings lie in."""

from __future__ import annotations

import numpy as np

from landfast.generators.geometry.surface import surface

ROWS, COLS = 60, 80
X, Y = np.meshgrid(np.linspace(-0.5, 0.5, COLS), np.linspace(-0.4, 0.4, ROWS))
POINTS = np.dstack([X, Y]).astype(np.float32)
WALL = (0.5 + 0.6 * X - 0.3 * Y).astype(np.float32)


def test_a_slanted_wall_is_led_on_through_noise() -> None:
    noise = np.random.default_rng(4).normal(0, 0.1, WALL.shape).astype(np.float32)
    known = np.where(X > -0.1, 1.0, 0.01).astype(np.float32)
    found = surface(WALL + noise * (known < 1), known, POINTS)
    near = (X > -0.2) & (X < -0.1)
    assert np.abs(found.nearness - WALL)[near].max() < 0.03
    assert found.misfit[X > 0.1].max() < 0.02


def test_an_edge_in_depth_fits_no_plane() -> None:
    step = np.where(X > 0, 1.0, 0.2).astype(np.float32)
    found = surface(step, np.ones_like(step), POINTS)
    assert found.misfit[:, COLS // 2].min() > 0.1
    assert found.misfit[:, :10].max() < 0.01


def test_nothing_known_is_no_error() -> None:
    found = surface(np.zeros_like(WALL), np.zeros_like(WALL), POINTS)
    assert np.isfinite(found.nearness).all() and np.isfinite(found.misfit).all()

"""Nearness of cells: their own where a flow tells it, the plane around them where it does not."""

from __future__ import annotations

import numpy as np

from landfast.generators.geometry.nearness import smoothed

FOCAL = 400.0
ROWS, COLS = 60, 80


def test_an_edge_of_depth_that_the_flow_shows_stays_an_edge():
    near = np.where(np.arange(COLS) < 40, 1.0, 0.2).astype(np.float32)[None].repeat(ROWS, 0)
    weight = np.ones((ROWS, COLS), np.float32)
    found = smoothed(near * weight, weight, focal=FOCAL)
    assert np.abs(found[:, :38] - 1.0).max() < 0.02
    assert np.abs(found[:, 42:] - 0.2).max() < 0.02


def test_noise_that_flow_cannot_tell_from_depth_gives_way_to_the_slope_around_it():
    """A sloping ground, seen well but for its last columns, where flow shows next to nothing."""
    slope = np.linspace(0.2, 1.0, ROWS, dtype=np.float32)[:, None].repeat(COLS, 1)
    weight = np.full((ROWS, COLS), 0.01, np.float32)
    weight[:, 70:] = 1e-6
    noise = np.random.default_rng(3).normal(0, 0.3, slope.shape).astype(np.float32)
    own = np.where(weight < 1e-5, slope + noise, slope)
    found = smoothed(own * weight, weight, focal=FOCAL)
    assert np.abs(found - slope)[3:-3, 70:].mean() < 0.02
    assert np.abs(own - slope)[3:-3, 70:].mean() > 0.2


def test_nothing_known_is_far_away():
    nothing = np.zeros((ROWS, COLS), np.float32)
    assert (smoothed(nothing, nothing, focal=FOCAL) == 0).all()

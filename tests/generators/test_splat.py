"""Forward mapping on small grids whose result is known."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.generators.geometry.splat import Layer, splat
from landfast.vision.motion.flow import pixel_grid


def layer(shift: tuple[float, float], value: float, weight: float) -> Layer:
    cells = pixel_grid(20, 12) + np.float32(shift)
    return Layer(cells, np.full((12, 20), value, np.float32), np.full((12, 20), weight, np.float32))


@pytest.mark.parametrize("shift", [(3, 2), (3.5, 2.25), (-2.75, 1.5)])
def test_a_ramp_lands_where_it_is_sent(shift):
    across, down = pixel_grid(20, 12)[..., 0], pixel_grid(20, 12)[..., 1]
    sent = Layer(
        pixel_grid(20, 12) + np.float32(shift), across + 20 * down, np.ones((12, 20), np.float32)
    )
    landed = splat([sent], (12, 20))
    expected = (across - shift[0]) + 20 * (down - shift[1])
    assert np.allclose(landed[6:9, 7:13], expected[6:9, 7:13], atol=0.5)


def test_the_heavier_layer_wins_where_two_meet():
    landed = splat([layer((0, 0), 1.0, 1.0), layer((0, 0), 5.0, 1000.0)], (12, 20))
    assert np.allclose(landed, 5, atol=0.01)


def test_holes_take_from_around():
    landed = splat([layer((9, 0), 3.0, 1.0)], (12, 20))
    assert np.allclose(landed, 3, atol=1e-3)


def test_what_lands_outside_is_dropped():
    outside = layer((400, -900), 7.0, 1.0)
    assert np.allclose(splat([layer((0, 0), 1.0, 1.0), outside], (12, 20)), 1)


def test_places_between_cells_are_shared():
    one = Layer(np.float32([[[4.25, 6.0]]]), np.float32([[1.0]]), np.float32([[1.0]]))
    ground = layer((0, 0), 0.0, 1.0)
    landed = splat([ground, one], (12, 20))
    assert landed[6, 4] > 2 * landed[6, 5] > 0
    assert landed[6, 6] < 0.05

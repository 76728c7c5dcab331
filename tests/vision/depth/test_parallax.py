"""What a turn leaves unexplained: never more than there is, whatever the focal length."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.vision.depth.parallax import survey
from landfast.vision.depth.rigid import exponential

WIDTH, FOCAL = 640, 576.0


def seen(turn_deg: float, ahead: float, focal: float = FOCAL) -> np.ndarray:
    """Two views of a far sky over ground that comes near; pixels from the centre."""
    rng = np.random.default_rng(4)
    at = rng.uniform([-320, -180], [320, 180], (900, 2))
    near = np.where(at[:, 1] > 20, at[:, 1] / 180, 0)
    rays = np.column_stack([at / focal, np.ones(len(at))])
    turn = exponential(np.radians([[0.0, turn_deg, 0.0]]))[0]
    moved = (rays - near[:, None] * [0, 0, ahead]) @ turn.T
    there = focal * moved[:, :2] / moved[:, 2:] + rng.normal(0, 0.2, at.shape)
    return np.stack([at, there])


@pytest.mark.parametrize("turn", [0.0, 2.2, -8.0])
def test_a_turn_is_taken_out_of_the_parallax(turn: float) -> None:
    still, turned = (
        survey(seen(angle, 0.12), [0, 1], WIDTH, FOCAL)[0].rest_px for angle in (0.0, turn)
    )
    assert turned == pytest.approx(still, rel=0.15)


@pytest.mark.parametrize("focal", [360.0, 576.0, 1500.0])
def test_a_turn_through_any_lens_leaves_nothing(focal: float) -> None:
    assert survey(seen(4.0, 0.0, focal), [0, 1], WIDTH, FOCAL)[0].rest_px < 0.6

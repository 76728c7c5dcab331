from __future__ import annotations

import numpy as np

from landfast.media.grid import Grid
from landfast.vision.overlay.scene.backings import backings
from landfast.vision.overlay.scene.sight import SceneFrame, Sight, unmoved

GRID = Grid.working((1920, 1080), 960)


def seen(stray_px: float, *, far: bool, above: bool = True) -> list[SceneFrame]:
    """An overlay on the horizon, over what departs from one plane by so much."""
    layers = unmoved().layers | {"far": Sight(np.eye(3) if far else None, 0.0)}
    frame = SceneFrame(
        layers=layers, points=300, near=60, plane_px=stray_px, turn_px=3.0, is_far=above,
        far_off_px=2.0,
    )  # fmt: skip
    return [unmoved(), *[frame] * 9]


def test_what_moves_below_the_horizon_carries_nothing_on_it() -> None:
    (layer,), why = backings(seen(1.1, far=True), [], GRID)
    assert layer.model == "far layer"
    assert "moves by itself" in why


def test_without_a_far_layer_it_is_known_no_better_than_it_moves() -> None:
    near, _ = backings(seen(1.1, far=False), [], GRID)
    assert all(layer.error_px >= 2.2 for layer in near)


def test_firm_ground_below_the_horizon_is_weighed() -> None:
    near, _ = backings(seen(0.1, far=True), [], GRID)
    assert near[0].model == "plane"
    assert near[0].error_px < 0.1


def test_points_that_stray_together_leave_more_open_than_their_number_says() -> None:
    firm, loose = (backings(seen(by, far=False, above=False), [], GRID)[0][0] for by in (0.1, 0.6))
    assert firm.error_px < 0.1
    assert 0.3 < loose.error_px < 0.6

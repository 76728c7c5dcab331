"""Warps too small for one window: what opposite neighbours and several windows share."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from landfast.model.constraint import KeepScene
from landfast.verify import judge
from landfast.verify.opposites import sway, uneven
from landfast.verify.strain import Look, Strain, region, span
from verify.faults import bulge

AWAY = [-4, -2, 2, 4]


def shared(before: float, after: float) -> np.ndarray:
    """Neighbours x 2 x 3 x 3: x moves with the square of the distance, y not at all."""
    each = [before, before / 4, after / 4, after]
    field = np.zeros((4, 2, 3, 3))
    field[:, 0] = np.array(each)[:, None, None]
    return field


def test_what_comes_and_goes_stays_and_a_wrong_depth_cancels() -> None:
    assert sway(shared(0.4, 0.4), AWAY)[0] == pytest.approx(0.4)
    assert sway(shared(0.4, -0.4), AWAY) == pytest.approx(0.0)


def test_a_block_hidden_on_one_side_has_no_sway() -> None:
    field = shared(0.4, 0.4)
    field[2:, :, 0, 0] = np.nan
    found = sway(field, AWAY)
    assert np.isnan(found[:, 0, 0]).all()
    assert np.isfinite(found[:, 1, 1]).all()


def test_near_neighbours_alone_are_not_blown_up() -> None:
    field = shared(0.4, 0.4)
    field[[0, 3], :, 0, 0] = np.nan
    assert abs(sway(field, AWAY)[0, 0, 0]) < 0.1


def test_an_even_camera_is_even_and_one_that_starts_is_not() -> None:
    seen = np.ones((4, 5), bool)
    even = np.zeros((4, 5, 2))
    even[:, :, 0] = np.array([-8, -4, 4, 8])[:, None]
    starting = even + np.array([0.0, 0.0, 4.0, 12.0])[:, None, None]
    assert uneven(even, seen, AWAY) == 0.0
    assert uneven(starting, seen, AWAY) == pytest.approx(6 * np.sqrt(2))


def look(peak: float) -> Look:
    """Three windows of 9 x 9 blocks, a spot that falls by half over two blocks in the second."""
    y, x = np.mgrid[:9, :9]
    spot = np.maximum(0, 1 - np.hypot(x - 4, y - 3) / 4)
    strains = [
        Strain(at, share * peak * spot, np.ones((9, 9)), np.ones((9, 9), bool))
        for at, share in ((4, 0.6), (6, 1.0), (8, 0.7))
    ]
    return Look.of(strains)


def test_a_box_ends_where_half_of_the_evidence_is_left() -> None:
    left, top, across, down = region(look(3.0), (216, 216))
    assert left + across / 2 == pytest.approx(4.5 / 9, abs=0.03)
    assert top + down / 2 == pytest.approx(3.5 / 9, abs=0.03)
    assert across == pytest.approx(4 / 9, abs=0.12)
    assert down == pytest.approx(4 / 9, abs=0.12)


def test_a_span_is_that_of_the_windows_over_the_limit() -> None:
    assert span([look(0.8)], Fraction(10)) is None
    found = span([look(3.0)], Fraction(10))
    assert found is not None
    assert found == (0.4, 0.9)


@pytest.mark.parametrize("footage", [True, False])
def test_a_warp_of_four_pixels_at_1920_fails_where_it_is(shot, footage: bool) -> None:
    made = bulge(shot.frames, 4 * 640 / 1920, (0.7, 0.75))
    found = judge(
        shot.take(made),
        start=shot.frames[0],
        end=shot.frames[-1],
        footage=shot.footage if footage else None,
        constraints=[KeepScene()],
    ).verdict.findings[0]
    assert found.state == "fail"
    assert found.region is not None
    left, top, across, down = found.region
    assert abs(left + across / 2 - 0.7) < 0.08
    assert abs(top + down / 2 - 0.75) < 0.12
    assert across < 0.35

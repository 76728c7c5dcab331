"""Warps too small for one window: what opposite neighbours and several windows share."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from landfast.model.constraint import KeepScene
from landfast.verify import judge
from landfast.verify.checks.strain import Look, Strain, region, span
from landfast.verify.measure.links import Link
from landfast.verify.measure.opposites import sway
from landfast.verify.measure.sway import swaying
from landfast.verify.measure.window import Window
from verify.faults import bulge

AWAY = [-4, -2, 2, 4]
LAST = 16


def still(frames: int) -> tuple[Link, ...]:
    """Links of a camera that stands still over 9 x 9 blocks."""
    zero, sure = np.zeros((27, 27, 2), np.float32), np.ones((27, 27), bool)
    return (Link(zero, zero, sure, sure, 0.0, 0.0, 0.0),) * frames


def window(at: int, apart: tuple[int, ...], off: np.ndarray, wrong_depth: float = 0.0) -> Window:
    """What a window sees of a spot of 3 x 3 blocks that lies `off` its place over time, px."""
    away = [-k for k in reversed(apart)] + list(apart)
    shared = np.zeros((len(away), 2, 9, 9))
    for n, k in enumerate(away):
        shared[n, 0, 3:6, 3:6] = off[at + k] - off[at] + wrong_depth * k
    blank = np.zeros((9, 9), np.float32)
    return Window(at, blank, "plane", blank, 0.0, 0.0, sway(shared, away), apart)


def placed(off: np.ndarray, wrong_depth: float = 0.0) -> np.ndarray:
    """How far the spot is found off its place in every second frame, px."""
    near = [window(at, (2,), off, wrong_depth) for at in range(2, LAST, 2)]
    wide = [window(8, (6, 8), off, wrong_depth)]
    found = swaying(tuple(near), tuple(wide), still(LAST))
    return np.array([one.residual[4, 4] for one in found])


def test_a_spot_that_comes_and_goes_is_found_off_its_place_all_the_while() -> None:
    off = 0.5 * np.sin(np.pi * np.clip((np.arange(LAST + 1) - 2) / 12, 0, 1))
    found = placed(off)
    assert found == pytest.approx(off[2:LAST:2], abs=0.12)
    assert found.argmax() == 3


def test_at_twice_the_rate_a_spot_is_found_as_far_off_its_place() -> None:
    off = 0.5 * np.sin(np.pi * np.arange(LAST + 1) / LAST)
    slow = [window(at, (2, 4), off) for at in range(4, LAST - 3, 2)]
    fast = [replace(one, at=2 * one.at, apart=(4, 8)) for one in slow]
    found = [
        [one.residual[4, 4] for one in swaying(tuple(some), (), still(LAST * beat), beat)]
        for beat, some in ((1, slow), (2, fast))
    ]
    assert found[0] == pytest.approx(found[1]) != pytest.approx([0.0] * len(slow))


def test_a_wrong_depth_is_not_off_its_place() -> None:
    assert placed(np.zeros(LAST + 1), wrong_depth=0.3) == pytest.approx(0.0, abs=1e-6)


def test_a_block_that_most_windows_lose_counts_less() -> None:
    off = np.maximum(0, 1 - np.abs(np.arange(LAST + 1) - 8) / 4)
    near = [window(at, (2,), off) for at in range(2, LAST, 2)]
    for one in near[:3] + near[4:]:
        one.sway[:, :, 4, 4] = np.nan
    found = swaying(tuple(near), (), still(LAST))[3].residual
    assert found[3, 3] > 0.1
    assert found[4, 4] < 0.1 * found[3, 3]


def test_a_frame_that_shows_nothing_far_from_all_that_do_is_not_told() -> None:
    off = np.zeros(61)
    seen = window(19, (12, 16), off)
    lost = replace(window(38, (), off), sway=np.empty((0, 2, 9, 9), np.float32))
    found = swaying((lost,), (seen,), still(60))
    assert np.isnan(found[0].residual).all()


def test_a_block_hidden_on_one_side_tells_nothing() -> None:
    field = np.full((4, 2, 3, 3), 0.4)
    field[3, :, 0, 0] = np.nan
    found = sway(field, AWAY)
    assert found.shape == (2, 2, 3, 3)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1, :, 0, 0]).all()


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


def test_parts_of_a_fault_close_to_each_other_share_a_box() -> None:
    spots = np.zeros((9, 9))
    spots[2:5, 1:3] = spots[2:5, 5:7] = 2.0
    strain = Strain(4, spots, np.ones((9, 9)), np.ones((9, 9), bool))
    left, _, across, _ = region(Look.of([strain, strain]), (216, 216))
    assert left == pytest.approx(1 / 9, abs=0.05)
    assert across == pytest.approx(6 / 9, abs=0.08)


def test_a_span_holds_what_is_seen_of_a_fault_before_and_after_its_worst() -> None:
    assert span(look(0.8), still(14), Fraction(10)) is None
    assert span(look(3.0), still(14), Fraction(10)) == (0.2, 1.3)


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

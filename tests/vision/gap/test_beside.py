"""Image motion beside a gap, from homographies put into a table."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.vision.gap.beside import Beside, motion_beside
from planning.footage import steady_clip, table_of

CLIP = steady_clip(100)
SIZE = (CLIP.width, CLIP.height)


def shifts(px: np.ndarray) -> np.ndarray:
    """Homographies that shift by so many pixels to the right."""
    maps = np.tile(np.eye(3), (len(px), 1, 1))
    maps[:, 0, 2] = px
    return maps


def test_even_motion_neither_turns_nor_shakes():
    table = table_of(CLIP, homography=shifts(np.full(100, 4.0)))
    found = motion_beside(table, 40, 60, size=SIZE)
    assert found.turn_px == pytest.approx(0, abs=1e-9)
    assert found.unsteady_px == pytest.approx(0, abs=1e-9)


def test_a_turn_is_the_difference_of_both_sides():
    px = np.where(np.arange(100) < 50, 4.0, -1.0)
    found = motion_beside(table_of(CLIP, homography=shifts(px)), 40, 60, size=SIZE)
    assert found.turn_px == pytest.approx(5)
    assert found.unsteady_px == pytest.approx(0, abs=1e-9)


def test_the_shakier_side_counts():
    px = np.where(np.arange(100) < 60, 0.0, np.where(np.arange(100) % 2, 3.0, -3.0))
    found = motion_beside(table_of(CLIP, homography=shifts(px)), 40, 60, size=SIZE)
    assert found.unsteady_px == pytest.approx(6)


def test_what_happens_in_the_gap_does_not_count():
    px = np.where((np.arange(100) >= 40) & (np.arange(100) < 60), 50.0, 1.0)
    found = motion_beside(table_of(CLIP, homography=shifts(px)), 40, 60, size=SIZE)
    assert found.turn_px == pytest.approx(0, abs=1e-9)


def test_a_cut_ends_a_side():
    cut = np.zeros(100, np.bool_)
    cut[[36, 64]] = True
    px = np.where((np.arange(100) < 36) | (np.arange(100) >= 64), 90.0, 2.0)
    maps = shifts(px)
    maps[[35, 63]] = np.nan
    table = table_of(CLIP, is_cut=cut, homography=maps)
    assert motion_beside(table, 40, 60, size=SIZE).turn_px == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("start", "end"), [(0, 60), (1, 60), (40, 99)])
def test_a_side_without_frames_is_unknown(start: int, end: int):
    table = table_of(CLIP, homography=shifts(np.full(100, 4.0)))
    assert motion_beside(table, start, end, size=SIZE) == Beside(None, None)


def test_a_side_that_was_not_measured_is_unknown():
    maps = shifts(np.full(100, 4.0))
    maps[60:] = np.nan
    found = motion_beside(table_of(CLIP, homography=maps), 40, 60, size=SIZE)
    assert found == Beside(None, None)

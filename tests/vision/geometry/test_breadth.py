"""Parallax is believed where much of the picture has it."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.vision.geometry.breadth import cells_of, is_broad

WIDTH, HEIGHT = 640, 400
GRID = np.stack(np.meshgrid(np.arange(10, 640, 20), np.arange(10, 400, 20)), axis=-1)
POINTS = GRID.reshape(-1, 2).astype(float)


def test_cells_are_numbered_row_by_row() -> None:
    corners = np.array([[0.0, 0], [639, 0], [0, 399], [640, 400]])
    assert cells_of(corners, WIDTH, HEIGHT).tolist() == [0, 7, 32, 39]


@pytest.mark.parametrize(("share", "broad"), [(0.1, False), (0.4, True), (1.0, True)])
def test_a_small_part_of_the_picture_is_not_broad(share: float, broad: bool) -> None:
    rng = np.random.default_rng(1)
    bent = rng.normal(0, 0.1, (3, 2, len(POINTS)))
    flat = bent + 4.0 * (POINTS[:, 0] < share * WIDTH)
    seen = np.ones((3, len(POINTS)), bool)
    assert is_broad(flat, bent, seen, cells_of(POINTS, WIDTH, HEIGHT)) is broad


def test_nothing_seen_is_not_broad() -> None:
    left = np.zeros((2, 2, len(POINTS)))
    seen = np.zeros((2, len(POINTS)), bool)
    assert not is_broad(left, left, seen, cells_of(POINTS, WIDTH, HEIGHT))

"""Which cells of two pictures count as showing the same."""

from __future__ import annotations

import cv2
import numpy as np

from landfast.compose.cells import seen

RNG = np.random.default_rng(6)
NOISE = cv2.GaussianBlur(RNG.normal(0, 1, (270, 480, 3)), (0, 0), 9)
PICTURE = np.clip(120 + 40 * NOISE / NOISE.std(), 20, 230).astype(np.uint8)


def test_a_picture_shows_the_same_as_itself_in_other_colours() -> None:
    darker = (PICTURE * 0.7).astype(np.uint8)
    found = seen(darker, PICTURE)
    assert found.cells.shape == found.wanted.shape == (54, 96, 3)
    assert found.sure.min() > 0.9


def test_another_picture_does_not() -> None:
    assert seen(PICTURE[:, ::-1].copy(), PICTURE).sure.mean() < 0.35


def test_clipped_cells_do_not_count() -> None:
    bright = PICTURE.copy()
    bright[:, :240] = 255
    sure = seen(bright, PICTURE).sure.reshape(54, 96)
    assert not sure[:, :46].any()
    assert sure[:, 56:].min() > 0.9


def test_only_what_is_known_counts() -> None:
    known = np.zeros(PICTURE.shape[:2], np.float32)
    known[:, 240:] = 1
    sure = seen(PICTURE, PICTURE, known).sure.reshape(54, 96)
    assert not sure[:, :48].any()
    assert sure[:, 48:].all()


def test_levels_of_16_bits_are_those_of_8() -> None:
    deep = PICTURE.astype(np.uint16) * 257
    np.testing.assert_allclose(seen(deep, PICTURE).cells, seen(PICTURE, PICTURE).cells, atol=1e-3)

"""Ghosts are told from exposure, from motion and from what was laid beside its place."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.verify.measure.mixture import mixture

SIZE = (320, 200)
EVERYWHERE = np.ones(SIZE[::-1], bool)


def pattern(seed: int, grain: float = 3.0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((SIZE[1], SIZE[0], 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), grain)
    return np.asarray(128 + 30 * smooth / smooth.std(), np.float32)


def contrast(picture: np.ndarray, times: float) -> np.ndarray:
    return np.clip(np.rint(128 + times * (picture - 128)), 0, 255).astype(np.uint8)


def moved(picture: np.ndarray, across: float, down: float) -> np.ndarray:
    way = np.array([[1, 0, across], [0, 1, down]])
    return cv2.warpAffine(picture, way, SIZE, borderMode=cv2.BORDER_REFLECT)


def thing(share: float) -> np.ndarray:
    """A square of 40 px of another pattern, so far faded in."""
    mask = np.zeros((SIZE[1], SIZE[0], 1), np.float32)
    mask[80:120, 140:180] = share
    return contrast(pattern(1) * (1 - mask) + pattern(2) * mask, 1)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_what_is_faded_is_a_ghost_where_it_is(share: float) -> None:
    small, large = mixture(thing(share), thing(0), thing(1), EVERYWHERE)
    inside = np.s_[42:58, 72:88]
    assert small[inside].min() > 5 and large[inside].min() > 5
    away = np.ones(small.shape, bool)
    away[28:72, 58:102] = False
    assert small[away].max() < 1 and large[away].max() < 1


def test_what_one_of_both_shows_is_no_ghost() -> None:
    for share in (0.0, 1.0):
        small, large = mixture(thing(share), thing(0), thing(1), EVERYWHERE)
        assert small.max() == 0 and large.max() == 0


@pytest.mark.parametrize("times", [(0.6, 0.8, 1.0), (1.2, 0.9, 0.7)])
def test_an_exposure_that_changes_makes_no_ghosts(times: tuple[float, float, float]) -> None:
    before, here, after = (contrast(pattern(1), one) for one in times)
    small, large = mixture(here, before, after, EVERYWHERE)
    assert small.max() < 1 and large.max() < 1


def test_pictures_laid_beside_their_place_make_no_ghosts() -> None:
    here = contrast(pattern(1), 1)
    before, after = moved(here, 3.5, 2.0), moved(here, -2.5, -3.0)
    small, large = mixture(here, before, after, EVERYWHERE)
    assert small.max() < 5 and large.max() < 5


def test_what_neither_shows_changes_nothing_beside_it() -> None:
    known = EVERYWHERE.copy()
    known[:, 240:] = False
    garbage = [thing(one) for one in (0.5, 0, 1)]
    plain = mixture(*garbage, known)
    for one, level in zip(garbage, (0, 255, 90), strict=True):
        one[:, 240:] = level
    for one, other in zip(plain, mixture(*garbage, known), strict=True):
        assert np.array_equal(one, other)

"""What the clock leaves of velocity at a seam, on pictures moved by known ways."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import scenes
from landfast.compose.joining import Join, fit_join, no_join
from landfast.compose.placing import STAYS, placed
from landfast.vision.geometry.bend import TERMS, sources

SIZE, LENGTH = (384, 216), 31
PX = SIZE[0] / 960
"""Pixels that are one at 960 wide."""


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    camera = scenes.path("still", 1, size=SIZE)[0]
    return scenes.render(scenes.Scene("terrain", seed=5, sky="clouds"), camera).image


def moved(picture: np.ndarray, x: float, y: float, turn: float = 0.0) -> np.ndarray:
    """The picture's content shifted, pixels, and turned about its centre, radians."""
    middle = (SIZE[0] - 1) / 2, (SIZE[1] - 1) / 2
    matrix = cv2.getRotationMatrix2D(middle, -np.degrees(turn), 1.0)
    matrix[:, 2] += x, y
    return np.asarray(
        cv2.warpAffine(
            picture, matrix, SIZE, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT_101
        )
    )


def gray(picture: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))


def join_of(
    picture: np.ndarray, real: tuple[np.ndarray, np.ndarray], made: tuple[np.ndarray, np.ndarray]
) -> Join:
    near, far = map(gray, real)
    return fit_join(gray(picture), (near, far), (gray(made[0]), gray(made[1])), LENGTH)


def test_a_take_that_leaves_another_way_is_turned_to_the_footages(picture: np.ndarray) -> None:
    real = moved(picture, -1.0, 0.2), moved(picture, -2.0, 0.4)
    made = moved(picture, 1.0, 0.3, 0.001), moved(picture, 2.0, 0.6, 0.002)
    join = join_of(picture, real, made)
    assert join.before is not None and join.after is not None
    assert join.before * PX == pytest.approx(0.5, abs=0.1)
    assert join.after * PX < 0.06
    for step, (image, wanted) in enumerate(zip(made, ((1.0, -0.2), (2.0, -0.4)), strict=True), 1):
        laid = placed(image, STAYS, STAYS, 0.0, join.at(step))
        inside = np.s_[16:-16, 16:-16]
        left = np.abs(laid[inside].astype(float) - moved(picture, *wanted)[inside]).mean()
        came = np.abs(image[inside].astype(float) - moved(picture, *wanted)[inside]).mean()
        assert left < 0.35 * came


def test_a_shutters_bend_goes_on_too(picture: np.ndarray) -> None:
    bow = np.zeros((TERMS, 2))
    bow[5, 0], bow[4, 1] = 0.03, 0.02

    def bent(times: float) -> np.ndarray:
        at = sources(times * bow, SIZE)
        return cv2.remap(picture, at, None, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT_101)

    join = join_of(picture, (bent(-1), bent(-2)), (picture, picture))
    assert join.before is not None and join.after is not None
    assert join.after < 0.5 * join.before
    left = placed(picture, STAYS, STAYS, 0.0, join.at(2)).astype(float) - bent(2)
    came = picture.astype(float) - bent(2)
    inside = np.s_[16:-16, 16:-16]
    assert np.abs(left[inside]).mean() < 0.5 * np.abs(came[inside]).mean()


def test_near_and_far_that_part_go_on_each_as_they_came(picture: np.ndarray) -> None:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float32)
    near = np.exp(-((x - 250) ** 2 + (y - 150) ** 2) / (2 * 60**2))

    def parted(times: float) -> np.ndarray:
        at = x - np.float32(times) * (0.3 + near), y
        return cv2.remap(picture, *at, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT_101)

    join = join_of(picture, (parted(-1), parted(-2)), (picture, picture))
    assert join.before is not None and join.after is not None
    assert join.after < 0.12 * join.before, "a polynomial alone leaves a quarter"


def test_a_take_that_goes_on_is_left_alone(picture: np.ndarray) -> None:
    real = moved(picture, -1.0, 0.2), moved(picture, -2.0, 0.4)
    join = join_of(picture, real, (moved(picture, 1.0, -0.2), moved(picture, 2.0, -0.4)))
    assert join.is_identity
    assert join.before is not None and join.before * PX < 0.03


def test_another_course_than_the_footages_is_left_to_the_verifier(picture: np.ndarray) -> None:
    real = moved(picture, -1.0, 0.2), moved(picture, -2.0, 0.4)
    join = join_of(picture, real, (moved(picture, -1.0, 0.0), moved(picture, -2.0, 0.0)))
    assert join.is_identity
    assert join.before is not None and join.before > 2


def test_nothing_to_follow_moves_nothing() -> None:
    flat = np.full((*SIZE[::-1], 3), 90, np.uint8)
    join = join_of(flat, (flat, flat), (flat, flat))
    assert join.is_identity
    assert join.before is None


def test_the_correction_dies_away_without_a_jerk() -> None:
    rest = np.zeros((TERMS, 2))
    rest[0, 0] = 0.3
    join = Join(rest, 2 * rest, 8, 1.0, 0.0)
    way = np.array([join.at(step)[0, 0] for step in range(LENGTH)])
    assert way[0] == 0
    assert way[1:3] == pytest.approx([0.3, 0.6])
    assert (way[10:] == 0).all()
    assert np.abs(np.diff(way, 2)).max() < 0.55 * 0.3


def test_no_join_moves_nothing(picture: np.ndarray) -> None:
    assert no_join().is_identity
    assert placed(picture, STAYS, STAYS, 0.5, no_join().at(1)) is picture

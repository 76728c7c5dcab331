import cv2
import numpy as np
import pytest

from compose.clips import images
from landfast.compose.colour import ColourLock, fit_grade, lock_colour


def _drifted(image: np.ndarray, gain, offset) -> np.ndarray:
    return np.clip(np.rint(image * np.array(gain) + np.array(offset)), 0, 255).astype(np.uint8)


FIRST, LAST = (list(images(40, (320, 180)))[k] for k in (0, 39))


def test_a_planted_drift_is_taken_back_at_both_ends() -> None:
    first = _drifted(FIRST, (0.9, 1.0, 1.08), (6, -4, 2))
    last = _drifted(LAST, (1.05, 0.95, 1.0), (0, 5, -8))
    lock = lock_colour(start=FIRST, first=first, end=LAST, last=last)
    for drifted, real, place in ((first, FIRST, 0.0), (last, LAST, 1.0)):
        before = np.abs(drifted.astype(int) - real).mean()
        after = np.abs(lock.apply(drifted, place).astype(int) - real).mean()
        assert before > 3
        assert after < 0.7


def test_in_the_middle_it_is_half_of_each() -> None:
    first = _drifted(FIRST, (1, 1, 1), (10, 10, 10))
    lock = lock_colour(start=FIRST, first=first, end=LAST, last=LAST)
    grey = np.full((4, 4, 3), 100, np.uint8)
    assert [int(lock.apply(grey, place)[0, 0, 0]) for place in (0, 0.5, 1)] == [90, 95, 100]


@pytest.mark.parametrize("place", [0.3, 0.5, 0.8])
def test_contrast_that_creeps_away_is_given_back_on_the_way(place: float) -> None:
    def crept(image: np.ndarray, by: float) -> np.ndarray:
        return _drifted(image, (1 - 0.5 * by,) * 3, (64 * by,) * 3)

    lock = lock_colour(start=FIRST, first=FIRST, end=LAST, last=crept(LAST, 1))
    fixed = lock.apply(crept(FIRST, place), place)
    assert np.abs(fixed.astype(int) - FIRST).mean() < 1.5


@pytest.mark.parametrize("noise", [0, 4])
def test_within_noise_nothing_changes(noise: int) -> None:
    grain = np.random.default_rng(1).normal(0, noise, FIRST.shape)
    take = np.clip(np.rint(FIRST + grain), 0, 255).astype(np.uint8)
    lock = lock_colour(start=FIRST, first=take, end=LAST, last=LAST)
    assert lock.start.is_identity
    assert lock.end.is_identity
    assert lock.apply(take, 0.3) is take


def test_a_foreign_object_does_not_pull_the_colours() -> None:
    take = _drifted(FIRST, (1, 1, 1), (8, 8, 8))
    take[:60, :90] = 255 - take[:60, :90]
    grade = fit_grade(take, FIRST)
    fixed = ColourLock(grade, grade).apply(take, 0.0)
    assert np.abs(fixed[70:, 100:].astype(int) - FIRST[70:, 100:]).mean() < 1


def test_a_flat_picture_keeps_to_the_target() -> None:
    take = np.full((90, 160, 3), 100, np.uint8)
    grade = fit_grade(take, np.full((90, 160, 3), 110, np.uint8))
    fixed = ColourLock(grade, grade).apply(take, 0.0)
    assert np.abs(fixed.astype(int) - 110).max() <= 1


@pytest.mark.parametrize(
    "drift",
    [
        lambda v: v * np.array([1.12, 1.0, 0.88]),
        lambda v: (v - 128) * 0.85 + 128,
        lambda v: 255 * (v / 255) ** 1.3,
        lambda v: v.mean(axis=2, keepdims=True) + 0.7 * (v - v.mean(axis=2, keepdims=True)),
    ],
    ids=["white balance", "contrast", "gamma", "saturation"],
)
def test_every_kind_of_drift_is_below_one_after(drift) -> None:
    colours = np.random.default_rng(8).uniform(40, 210, (6, 9, 3)).astype(np.float32)
    scene = cv2.resize(colours, (320, 180), interpolation=cv2.INTER_CUBIC)
    real = np.clip(np.rint(scene), 0, 255).astype(np.uint8)
    take = np.clip(np.rint(drift(real.astype(float))), 0, 255).astype(np.uint8)
    grade = fit_grade(take, real)
    assert grade.before > 2
    assert grade.after < 1
    fixed = ColourLock(grade, grade).apply(take, 1.0)
    assert np.abs(fixed.astype(int) - real).mean() < 2


def test_sizes_may_differ() -> None:
    assert fit_grade(FIRST[::2, ::2], FIRST).is_identity

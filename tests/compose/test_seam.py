import numpy as np
import pytest

from compose.clips import images
from landfast.compose.seam import Grade, fit_grade, lock_colour


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
    assert np.abs(grade.gain * 128 + grade.offset - 120).max() < 1


def test_a_flat_picture_gets_an_offset_only() -> None:
    grade = fit_grade(np.full((90, 160, 3), 100, np.uint8), np.full((90, 160, 3), 110, np.uint8))
    assert np.allclose(grade.gain, 1)
    assert np.allclose(grade.offset, 10)


def test_sizes_may_differ() -> None:
    small = FIRST[::2, ::2]
    assert isinstance(fit_grade(small, FIRST), Grade)

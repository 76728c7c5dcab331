from fractions import Fraction

import cv2
import numpy as np
import pytest

from landfast.compose.inbetween import between, pictures_at
from landfast.errors import InputError

NOISE = np.random.default_rng(5).integers(0, 256, (90, 180, 3), np.uint8)
WORLD = cv2.normalize(
    cv2.GaussianBlur(NOISE, (0, 0), 3).astype(np.float32), None, 10, 245, cv2.NORM_MINMAX
).astype(np.uint8)
SHOWN = [np.ascontiguousarray(WORLD[:, k : k + 160]) for k in range(17)]
"""The picture moves by a pixel a frame."""


def _off(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a[8:-8, 16:-16].astype(int) - b[8:-8, 16:-16]).mean())


def test_frames_in_between_lie_on_the_way() -> None:
    take = SHOWN[::4]
    made = list(pictures_at(take, [Fraction(k, 4) for k in range(17)]))
    for k, (picture, truth) in enumerate(zip(made, SHOWN, strict=True)):
        if k % 4 == 0:
            assert np.array_equal(picture, truth)
            continue
        before, after = take[k // 4].astype(float), take[k // 4 + 1]
        faded = before + (after - before) * (k % 4) / 4
        assert _off(picture, truth) < 0.25 * _off(faded, truth)


def test_a_position_may_be_asked_for_twice() -> None:
    made = list(pictures_at(SHOWN[:3], [Fraction(1), Fraction(1), Fraction(2)]))
    assert [np.array_equal(a, SHOWN[k]) for a, k in zip(made, (1, 1, 2), strict=True)] == [True] * 3


def test_what_nothing_joins_is_not_mixed() -> None:
    """Over a cut the nearer frame is shown."""
    noise = np.random.default_rng(3).integers(0, 256, (2, 90, 160, 3), np.uint8)
    joined = between(noise[0], noise[1])
    assert np.array_equal(joined.view(0.4), noise[0])
    assert np.array_equal(joined.view(0.6), noise[1])


def test_a_take_that_is_too_short_is_refused() -> None:
    with pytest.raises(InputError, match="ends before its frame 3"):
        list(pictures_at(SHOWN[:3], [Fraction(0), Fraction(5, 2)]))

"""The footage's grain, measured and given to views that lack it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.vision.grain import Grain, grain_of

HEIGHT, WIDTH = 144, 208
BRIGHT = np.linspace(60, 180, WIDTH, dtype=np.float32)[None, :, None].repeat(HEIGHT, 0).repeat(3, 2)


def grainy(number: int, sigma: float, *, deep: bool = False) -> np.ndarray:
    """A frame of the same smooth scene with grain of its own."""
    noise = np.random.default_rng(number).normal(0, sigma, (HEIGHT, WIDTH, 1))
    scale, kind = (257, np.uint16) if deep else (1, np.uint8)
    return np.rint((BRIGHT + noise) * scale).astype(kind)


def measured(frames: list[np.ndarray]) -> Grain | None:
    """Two anchors, each with a frame on its other side."""
    return grain_of(frames[1], frames[2], before=frames[:1], after=frames[3:])


def finest(image: np.ndarray) -> np.ndarray:
    scale = 257 if image.dtype == np.uint16 else 1
    luma = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / scale
    return luma - cv2.GaussianBlur(luma, (0, 0), 1)


@pytest.mark.parametrize("deep", [False, True], ids=["8 bits", "16 bits"])
def test_a_view_without_grain_gets_the_footages_new_in_each_frame(deep):
    frames = [grainy(number, 5.0, deep=deep) for number in range(4)]
    grain = measured(frames)
    assert grain is not None
    views = [grain.added(grainy(0, 0.0, deep=deep), t) for t in (0.4, 0.5, 0.5)]
    assert np.array_equal(views[1], views[2])
    own, one, other = (finest(image) for image in (frames[1], *views[:2]))
    assert 0.8 * own.std() < one.std() < own.std()
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.05


def test_a_view_with_an_anchors_grain_gets_grain_of_its_own_instead():
    frames = [grainy(number, 5.0) for number in range(4)]
    grain = measured(frames)
    assert grain is not None
    made, stale = finest(grain.added(frames[1], 0.5)), finest(frames[1])
    assert 0.8 * stale.std() < made.std() < 1.05 * stale.std()
    assert np.corrcoef(made.ravel(), stale.ravel())[0, 1] < 0.6


def test_clean_footage_has_none():
    assert measured([grainy(number, 0.3) for number in range(4)]) is None


def test_fine_texture_that_stays_on_its_surface_is_no_grain():
    texture = grainy(7, 8.0)
    assert measured([np.roll(texture, 2 * number, 1) for number in range(4)]) is None


def test_without_footage_beside_the_anchors_nothing_is_called_grain():
    assert grain_of(grainy(1, 5.0), grainy(2, 5.0), before=(), after=()) is None


def test_a_black_frame_beside_an_anchor_does_not_tell_grain():
    frames = [grainy(number, 5.0) for number in range(4)]
    frames[3] = np.zeros_like(frames[3])
    assert measured(frames) is None


@pytest.mark.parametrize("size", [(12, 12), (16, 320), (36, 64)])
def test_small_pictures_have_none_to_speak_of(size):
    frames = [np.ascontiguousarray(grainy(number, 5.0)[:12]) for number in range(4)]
    frames = [np.resize(frame, (*size, 3)) for frame in frames]
    assert measured(frames) is None

"""A model's take, spoilt in known ways, against the true frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import cv2
import numpy as np
import pytest

import scenes
from landfast.compose.fitting import Fit, Real, fit_take
from landfast.compose.inbetween import pictures_at
from landfast.errors import InputError

LENGTH, SIDE, SIZE = 31, 4, (288, 162)
FRAMES = 17
"""Of the take: 16 a second where the footage has 30."""


@lru_cache(maxsize=1)
def footage() -> tuple[np.ndarray, ...]:
    world = scenes.Scene(kind="terrain", seed=5, sky="clouds")
    cameras = scenes.path("forward", LENGTH + 2 * SIDE, step=1.0, size=SIZE)
    return tuple(scenes.video(world, cameras))


def real() -> Real:
    shown = footage()
    inner = shown[SIDE:-SIDE]
    return Real(inner[0], inner[-1], shown[:SIDE], shown[-SIDE:], LENGTH)


@lru_cache(maxsize=8)
def take(clock: float = 0.0, crop: float = 0.0, drift: float = 0.0) -> tuple[np.ndarray, ...]:
    """The true frames, 17 of them, shown by another clock, cropped, and creeping off in colour."""
    at = np.linspace(0, 1, FRAMES)
    at = (at + clock * np.sin(2 * np.pi * at) / (2 * np.pi)) * (LENGTH - 1)
    positions = [Fraction(round(float(one) * 4096), 4096) for one in at]
    width, height = SIZE
    cut = np.array([[1 + crop, 0, -crop * width / 3], [0, 1 + crop, -crop * height / 4]])
    tint = np.array([30.0, 0, -26]) * drift
    shown = []
    for k, image in enumerate(pictures_at(footage()[SIDE:-SIDE], positions)):
        if crop:
            image = cv2.warpAffine(
                image, cut, SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
            )
        tinted = image + tint * (k / (FRAMES - 1) - 0.3)
        shown.append(np.clip(np.rint(tinted), 0, 255).astype(np.uint8))
    return tuple(shown)


def fitted(shown: tuple[np.ndarray, ...]) -> tuple[Fit, list[np.ndarray]]:
    fit = fit_take(lambda: iter(shown), len(shown), real())
    return fit, list(fit.apply(iter(shown), len(shown)))


def quality(frames: list[np.ndarray]) -> float:
    truth = footage()[SIDE:-SIDE]
    error = [np.square(a.astype(float) - b).mean() for a, b in zip(frames, truth, strict=True)]
    return 10 * float(np.log10(255**2 / np.mean(error)))


def nearest(shown: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    return [shown[round(k * (FRAMES - 1) / (LENGTH - 1))] for k in range(LENGTH)]


def test_a_good_take_of_another_rate_is_only_filled_up_along_the_motion() -> None:
    fit, frames = fitted(take())
    assert fit.words == ()
    assert fit.time.is_even
    assert len(frames) == LENGTH
    assert quality(frames) > quality(nearest(take())) + 3


@pytest.mark.parametrize("clock", [0.6, -0.6])
def test_velocity_is_made_to_continue(clock: float) -> None:
    fit, frames = fitted(take(clock=clock))
    for seam in (fit.time.start, fit.time.end):
        assert seam.before is not None
        assert seam.after is not None
        assert seam.after < max(0.1, 0.5 * seam.before)
    assert all(b >= a for a, b in zip(fit.time.positions, fit.time.positions[1:], strict=False))
    assert quality(frames) > quality(nearest(take(clock=clock))) + 2
    assert any("re-timed" in words for words in fit.words)


def test_a_crop_is_taken_back() -> None:
    fit, frames = fitted(take(crop=0.01))
    assert any("laid on the anchors" in words for words in fit.words)
    assert abs(fit.start.terms[0] - (1 / 1.01 - 1)) < 1e-4
    assert abs(fit.start.terms[1]) < 1e-4
    assert quality(frames) > quality(nearest(take(crop=0.01))) + 5


def test_colours_that_creep_are_locked_at_both_ends() -> None:
    fit, frames = fitted(take(drift=1.0))
    assert fit.colour.end.before > 5
    assert fit.colour.end.after < 1
    assert fit.colour.start.after < 1
    assert quality(frames) > quality(nearest(take(drift=1.0))) + 6


def test_colours_that_go_off_between_the_ends_are_held_against_both_anchors() -> None:
    """Right at both ends, which therefore tell nothing of what lies between them."""
    tint = np.array([24.0, 0, -20])
    swelling = tuple(
        np.clip(np.rint(image + tint * np.sin(np.pi * k / (FRAMES - 1))), 0, 255).astype(np.uint8)
        for k, image in enumerate(take())
    )
    fit, frames = fitted(swelling)
    truth = footage()[SIDE:-SIDE]
    assert fit.colour.start.is_identity and fit.colour.end.is_identity
    off = [np.abs(a.mean((0, 1)) - b.mean((0, 1))) for a, b in zip(frames, truth, strict=True)]
    assert np.max(off) < 4
    assert np.abs(np.diff(off, axis=0)).max() < 2, "and nothing pumps"
    assert not fitted(take())[0].colour.between


def test_a_smooth_take_gets_the_footages_grain() -> None:
    noise = np.random.default_rng(1)

    def grainy(image: np.ndarray) -> np.ndarray:
        level = noise.normal(0, 8, (*image.shape[:2], 1))
        return np.clip(np.rint(image + level), 0, 255).astype(np.uint8)

    clean = real()
    sides = ([grainy(one) for one in side] for side in (clean.before, clean.after))
    shown = Real(grainy(clean.first), grainy(clean.last), *sides, LENGTH)
    fit = fit_take(lambda: iter(take()), FRAMES, shown)
    assert any("grain" in words for words in fit.words)
    made, smooth = (
        list(one.apply(iter(take()), FRAMES))[10:12] for one in (fit, replace(fit, grain=None))
    )
    one, other = (
        a.astype(float).mean(axis=2) - b.mean(axis=2) for a, b in zip(made, smooth, strict=True)
    )
    assert 2 < one.std() < 8
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.3


def test_a_take_that_lacks_frames_is_refused() -> None:
    with pytest.raises(InputError, match="has no frame 20"):
        fit_take(lambda: iter(take()), 21, real())


def test_pictures_without_anything_in_them_pass_through() -> None:
    grey = np.full((90, 160, 3), 90, np.uint8)

    def shown() -> Iterator[np.ndarray]:
        return iter([grey] * 9)

    fit = fit_take(shown, 9, Real(grey, grey, (grey,) * 4, (grey,) * 4, 17))
    assert all(np.array_equal(one, grey) for one in fit.apply(shown(), 9))

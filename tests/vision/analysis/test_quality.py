"""Exposure, noise and sharpness against pictures made to measure."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from landfast.vision.analysis.quality import exposure, noise, sharpness
from scenes import Scene, gaussian_noise, path, video

GRAY = cv2.cvtColor(video(Scene(), path("still", 1, size=(640, 360)))[0], cv2.COLOR_RGB2GRAY)


def noisy(gray: np.ndarray, sigma: float) -> np.ndarray:
    return gaussian_noise([gray], sigma, seed=1)[0]


def blurred(gray: np.ndarray, sigma: float) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), sigma))


def test_exposure_of_a_known_picture() -> None:
    picture = np.full((100, 100), 100, np.uint8)
    picture[:10], picture[10:15] = 0, 255
    found = exposure(picture)
    assert found.luma_mean == pytest.approx(0.1 * 0 + 0.05 * 255 + 0.85 * 100)
    assert (found.luma_p01, found.luma_p99) == (0, 255)
    assert (found.clip_low, found.clip_high) == pytest.approx((0.1, 0.05))


@pytest.mark.parametrize("sigma", [3.0, 8.0])
def test_noise_is_estimated_on_a_plain_picture(sigma: float) -> None:
    assert noise(noisy(np.full((360, 640), 128, np.uint8), sigma)) == pytest.approx(sigma, rel=0.1)


def test_noise_is_estimated_on_a_landscape() -> None:
    assert noise(noisy(GRAY, 6)) == pytest.approx(6, rel=0.25)


def test_noise_needs_room() -> None:
    assert math.isnan(noise(np.zeros((40, 640), np.uint8)))
    assert math.isnan(noise(np.zeros((360, 640), np.uint8)))


@pytest.mark.parametrize("sigma", [0.0, 4.0])
def test_sharpness_falls_with_blur_and_not_with_noise(sigma: float) -> None:
    pictures = [noisy(p, sigma) for p in (GRAY, blurred(GRAY, 1), blurred(GRAY, 2))]
    sharp, soft, softer = (sharpness(p, noise(p)) for p in pictures)
    assert soft < 0.75 * sharp
    assert softer < 0.6 * sharp


def test_far_out_of_focus_a_coders_noise_is_not_sharpness() -> None:
    soft = noisy(blurred(GRAY, 6), 0.3)
    assert sharpness(soft, 0.1) < 0.1 * sharpness(GRAY, 0.1)


def test_sharpness_does_not_hang_on_contrast() -> None:
    weak = np.rint(GRAY * 0.5 + 64).astype(np.uint8)
    whole, half = (sharpness(p, noise(p)) for p in (GRAY, weak))
    assert half == pytest.approx(whole, rel=0.08)


def test_a_plain_picture_has_no_sharpness() -> None:
    assert math.isnan(sharpness(np.full((90, 160), 77, np.uint8), 0.0))

"""Points on water: what surrounds them becomes another picture, ground only shifts."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from landfast.vision.depth.afloat import is_afloat

KEYS = (0, 3, 6, 9, 12, 15, 18)
FPS = 25


def _frames(spread: float, noise: float) -> list[np.ndarray]:
    """Trains of waves that run at speeds a spread apart; ground is what runs at one speed."""
    rng = np.random.default_rng(3)
    x, y = np.meshgrid(np.arange(320), np.arange(180))
    trains = rng.uniform([0.1, 0, 0, -1], [0.7, 2 * np.pi, 2 * np.pi, 1], (40, 4))
    images = []
    for k in range(KEYS[-1] + 1):
        high = sum(
            np.sin(n * (np.cos(a) * (x - 1.5 * k) + np.sin(a) * y) + p - spread * speed * k)
            for n, a, p, speed in trains
        )
        image = 110 + 8 * np.asarray(high) + rng.normal(0, noise, x.shape)
        images.append(np.clip(image, 0, 255).astype(np.uint8))
    return images


@pytest.mark.parametrize(
    ("spread", "noise", "light", "afloat"),
    [
        (0.15, 2.0, 1.0, True),
        (0.0, 2.0, 1.0, False),
        (0.0, 12.0, 1.0, False),
        (0.0, 2.0, 0.6, False),
    ],
    ids=["waves", "ground", "noisy ground", "ground in changing light"],
)
def test_waves_are_told_from_ground(
    spread: float, noise: float, light: float, afloat: bool
) -> None:
    images = _frames(spread, noise)
    images = [cv2.convertScaleAbs(im, alpha=light ** (k / 18)) for k, im in enumerate(images)]
    times = [Fraction(k, FPS) for k in range(len(images))]
    spots = np.random.default_rng(4).uniform([30, 30], [240, 150], (60, 2))
    seen = np.stack([spots + np.array([1.5 * key, 0]) for key in KEYS])
    assert is_afloat(images, times, KEYS, seen) is afloat


def test_stills_far_apart_in_time_are_not_judged() -> None:
    images, times = _frames(0.15, 2.0)[:3], [Fraction(k) for k in range(3)]
    seen = np.full((3, 60, 2), 90.0)
    assert not is_afloat(images, times, (0, 1, 2), seen)

"""Points on water: its look and its glint together, neither alone."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.vision.depth.afloat import is_afloat

WATER, LAND = (30, 80, 110), (150, 120, 80)
GLINT, STILL = 14.0, 0.0


@pytest.mark.parametrize(
    ("colour", "change", "afloat"),
    [(WATER, GLINT, True), (WATER, STILL, False), (LAND, GLINT, False)],
)
def test_points_are_afloat_where_what_looks_like_water_glints(
    colour: tuple[int, int, int], change: float, afloat: bool
) -> None:
    rng = np.random.default_rng(3)
    spots = rng.uniform(20, 140, (40, 2))
    images = []
    for _ in range(12):
        light = rng.normal(0, 1, (30, 40)).repeat(6, 0).repeat(6, 1) * change
        grain = np.random.default_rng(5).normal(0, 8, (180, 240))
        image = np.array(colour, float) + (light + grain)[..., None]
        images.append(np.clip(image, 0, 255).astype(np.uint8))
    seen = np.repeat(spots[None], 3, axis=0)
    assert is_afloat(images, (0, 5, 11), seen) is afloat
    grey = [image[..., 0].copy() for image in images]
    assert not is_afloat(grey, (0, 5, 11), seen)

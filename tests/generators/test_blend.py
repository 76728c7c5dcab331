"""Pictures mixed in 8 and 16 bits, and the detail that mixing takes given back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.generators.geometry import blend
from landfast.generators.geometry.blend import alike, blend_of, magnified, mixed, sharpened
from landfast.generators.geometry.source import load_source
from landfast.vision.motion.flow import pixel_grid

CELLS = (12, 20)
ONES = np.ones(CELLS, np.float32)


def grain(seed: int) -> np.ndarray:
    """Fine grey grain of 80 x 48 pixels."""
    made = np.random.default_rng(seed).normal(128, 20, (48, 80, 1))
    return np.repeat(np.clip(made, 0, 255), 3, axis=2).astype(np.uint8)


def amplitude(picture: np.ndarray) -> float:
    return float(picture[8:-8, 8:-8].astype(np.float64).std())


def test_a_mixture_in_8_bits_is_within_a_level_and_keeps_what_is_equal():
    made = np.random.default_rng(4)
    one, other = made.integers(0, 256, (2, 20, 30, 4), np.uint8)
    other[:, :10] = one[:, :10]
    share = made.integers(0, 256, (20, 30), np.uint8)
    exact = other + (one.astype(np.float64) - other) * (share[..., None] / 255)
    got = mixed(one, other, share)
    assert np.abs(got - exact).max() <= 1.01
    assert np.array_equal(got[:, :10], one[:, :10])


@pytest.mark.parametrize("deep", [False, True], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("same", [True, False], ids=["alike", "of its own"])
def test_a_mixture_has_the_detail_that_both_anchors_have(deep, same, monkeypatch):
    """Half and half, details of their own leave 1/sqrt(2), of which all is given back here."""
    monkeypatch.setattr(blend, "_RESTORED", 1.0)
    scale = 257 if deep else 1
    pictures = [grain(seed) * np.array(scale, np.uint16 if deep else np.uint8) for seed in (1, 2)]
    first, last = load_source(pictures[0]), load_source(pictures[0 if same else 1])
    still = pixel_grid(CELLS[1], CELLS[0])
    shared = alike(first, last, still)
    assert shared.mean() > 0.9 if same else shared.mean() < 0.2
    how = blend_of(ONES / 2, shared, (ONES, ONES), first)
    every = slice(0, 48)
    one, other = (side.fetch(side.map(still).rows(every)) for side in (first, last))
    plain = mixed(one, other, how.share)
    kept = amplitude(plain[..., :3]) / amplitude(pictures[0])
    given = amplitude(sharpened(plain, how.gain)) / amplitude(pictures[0])
    assert kept == pytest.approx(1.0 if same else 0.5**0.5, abs=0.04)
    assert given == pytest.approx(1.0 if same else 0.95, abs=0.04)


def test_what_is_shown_larger_is_known_and_smaller_loses_nothing():
    grid = pixel_grid(CELLS[1], CELLS[0])
    assert magnified(grid / np.float32(2)).mean() == pytest.approx(0.5, abs=0.01)
    assert magnified(grid * np.float32(2)).min() == 1


def test_an_anchor_of_hardly_any_weight_is_left_out():
    how = blend_of(ONES * np.float32(0.02), ONES, (ONES, ONES), load_source(grain(1)))
    assert not how.share.any()
    assert not how.gain.any()


def test_weights_of_16_bits_are_enlarged_as_exactly():
    field = np.linspace(0, 1, ONES.size, dtype=np.float32).reshape(CELLS)
    how = blend_of(field, ONES, (ONES, ONES), load_source(grain(1) * np.uint16(257)))
    wide = cv2.resize(np.clip((field - 0.03) / 0.94, 0, 1), (80, 48))
    assert np.abs(how.share - wide).max() < 1e-5

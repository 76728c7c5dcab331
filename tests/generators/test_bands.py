"""Coarse fields enlarged band by band, and pictures mixed in 8 bits."""

from __future__ import annotations

import cv2
import numpy as np

from landfast.generators.geometry.bands import bands, enlarged
from landfast.generators.geometry.bridge import _mixed

SIZE = (203, 117)


def test_bands_cover_every_row_once():
    rows = [y for band in bands(3000, 117) for y in range(band.start, band.stop)]
    assert rows == list(range(117))


def test_a_field_is_enlarged_as_in_one_piece():
    field = np.random.default_rng(2).normal(0, 1, (29, 51)).astype(np.float32)
    whole = cv2.resize(field, SIZE, interpolation=cv2.INTER_LINEAR)
    parts = enlarged(field, SIZE)
    for band in (slice(0, 40), slice(40, 41), slice(41, SIZE[1])):
        assert np.abs(parts.rows(band) - whole[band]).max() < 1e-5


def test_a_mixture_in_8_bits_is_within_a_level_and_keeps_what_is_equal():
    made = np.random.default_rng(4)
    one, other = made.integers(0, 256, (2, 20, 30, 3), np.uint8)
    other[:, :10] = one[:, :10]
    share = made.random((20, 30), np.float32)
    exact = other + (one.astype(np.float64) - other) * share[..., None]
    got = _mixed(one, other, share)
    assert np.abs(got - exact).max() <= 1.01
    assert np.array_equal(got[:, :10], one[:, :10])

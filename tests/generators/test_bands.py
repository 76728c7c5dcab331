"""Coarse maps enlarged band by band."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.generators.geometry.bands import bands, enlarged_map
from landfast.vision.motion.flow import pixel_grid

SIZE = (203, 117)


def test_bands_cover_every_row_once():
    rows = [y for band in bands(3000, 117) for y in range(band.start, band.stop)]
    assert rows == list(range(117))


@pytest.mark.parametrize("zoom", [1, 2])
def test_a_map_is_enlarged_as_in_one_piece(zoom):
    away = np.random.default_rng(2).normal(0, 1, (29, 51, 2)).astype(np.float32)
    whole = cv2.resize(away, SIZE, interpolation=cv2.INTER_LINEAR) + zoom * pixel_grid(*SIZE)
    parts = enlarged_map(away, SIZE, zoom)
    for band in (slice(0, 40), slice(40, 41), slice(41, SIZE[1])):
        assert np.abs(parts.rows(band) - whole[band]).max() < 1e-4

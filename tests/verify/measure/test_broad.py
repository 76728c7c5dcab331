"""What the picture as a whole does is no warp; what a part of it does is."""

import numpy as np

from landfast.verify.measure.broad import levelled

ROWS, COLUMNS = 15, 27


def bent(most: float) -> np.ndarray:
    """A shutter and a lens, up to `most` px at the corners."""
    y, x = np.mgrid[-1 : 1 : ROWS * 1j, -1 : 1 : COLUMNS * 1j]
    return np.stack([most * y**3, most * x * (x * x + y * y) / 2]).astype(np.float32)


def swollen(most: float) -> np.ndarray:
    y, x = np.mgrid[:ROWS, :COLUMNS]
    hill = most * np.clip(1 - ((x - 17) ** 2 + (y - 9) ** 2) / 16, 0, None) ** 2
    return np.stack([hill, -hill]).astype(np.float32)


def test_lens_and_shutter_go_and_a_warp_in_a_part_stays() -> None:
    field = bent(0.2) + swollen(0.2)
    field[:, :3, :9] = np.nan
    (left,) = levelled(field[None])
    assert np.isnan(left[:, :3, :9]).all()
    assert abs(left[0, 9, 17] - 0.2) < 0.02
    far = np.hypot(*(left - swollen(0.2)))
    assert np.nanmax(far) < 0.03


def test_no_lens_bends_the_picture_by_pixels() -> None:
    (left,) = levelled(bent(3.0)[None])
    assert np.hypot(*left).max() > 3.0


def test_a_few_blocks_tell_no_lens() -> None:
    field = np.full((1, 2, ROWS, COLUMNS), np.nan, np.float32)
    field[..., 3, 3:9] = 0.3
    np.testing.assert_array_equal(levelled(field), field)

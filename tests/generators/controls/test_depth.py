"""Inverse depth as pictures: one normalisation, exact levels, nothing left open."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.generators.controls.depth import (
    depth_picture,
    exported_inverse,
    filled,
    known_picture,
    normalisation,
    sixteen_bits,
    z_depth,
)
from scenes import Camera, Pose, Scene, render

SIZE = (160, 90)


@pytest.fixture(scope="module")
def rendered() -> list[np.ndarray]:
    """Exact inverse depth of a flight over hills, sky included."""
    scene = Scene(kind="terrain")
    poses = [Pose(y=-260 + 20 * k, pitch_deg=-12) for k in range(4)]
    return [(1 / render(scene, Camera.at(pose, SIZE)).depth).astype(np.float32) for pose in poses]


def _holed(inverse: np.ndarray, share: float) -> np.ndarray:
    holes = np.random.default_rng(1).random(inverse.shape) < share
    return np.where(holes, np.nan, inverse).astype(np.float32)


def test_the_same_depth_has_the_same_grey_in_every_frame(rendered):
    levels = normalisation(rendered, polarity="near is bright", unit="metres")
    assert levels is not None
    assert levels.low == 0
    assert levels.unit == "1/metres"
    for inverse in rendered:
        grey = depth_picture(inverse, levels, SIZE)
        assert (grey[..., 0] == grey[..., 2]).all()
        back = levels.low + grey[..., 1] / 255 * (levels.high - levels.low)
        step = (levels.high - levels.low) / 255
        inside = inverse <= levels.high
        assert np.abs(back - inverse)[inside].max() <= step / 2 + 1e-7
        assert (grey[np.isinf(1 / np.maximum(inverse, 1e-30)) | (inverse == 0)] == 0).all()


def test_near_is_bright_or_dark_as_the_model_wants(rendered):
    bright = normalisation(rendered, polarity="near is bright", unit="metres")
    dark = normalisation(rendered, polarity="near is dark", unit="metres")
    assert bright is not None
    assert dark is not None
    one = depth_picture(rendered[0], bright, SIZE).astype(int)
    other = depth_picture(rendered[0], dark, SIZE).astype(int)
    assert np.abs(one + other - 255).max() <= 1
    near = rendered[0] >= np.quantile(rendered[0], 0.99)
    assert one[near].mean() > 200 > 60 > other[near].mean()


def test_a_speck_of_sky_makes_black_infinitely_far():
    inverse = np.linspace(0.4, 0.9, 90 * 160, dtype=np.float32).reshape(90, 160)
    near = normalisation([inverse], polarity="near is bright", unit="metres")
    inverse[0, :12] = 0
    levels = normalisation([inverse], polarity="near is bright", unit="metres")
    assert levels is not None
    assert near is not None
    assert near.low > 0.4 > levels.low == 0


def test_a_few_wrong_matches_do_not_flatten_the_rest(rendered):
    spoilt = [each.copy() for each in rendered]
    for each in spoilt:
        each[:2, :4] = 1e3
    levels = normalisation(spoilt, polarity="near is bright", unit="metres")
    assert levels is not None
    assert levels.high <= np.max(rendered)
    assert 0 < levels.clipped < 0.01


def test_unknown_pixels_are_filled_from_those_around(rendered):
    whole = filled(_holed(rendered[0], 0.4))
    assert np.isfinite(whole).all()
    known = ~np.isnan(_holed(rendered[0], 0.4))
    assert np.array_equal(whole[known], rendered[0][known])
    step = np.abs(np.diff(rendered[0], axis=1)).mean()
    assert np.abs(whole - rendered[0])[~known].mean() < 4 * step + 1e-4
    assert whole.max() <= rendered[0].max()


def test_filling_carries_over_large_holes_and_odd_sizes():
    inverse = np.full((37, 53), np.nan, np.float32)
    inverse[3, 5], inverse[30, 50] = 1.0, 3.0
    whole = filled(inverse)
    assert np.isfinite(whole).all()
    assert 1 <= whole.min() < 1.5 < 2.5 < whole.max() <= 3


@pytest.mark.parametrize(
    "inverse", [np.full((8, 8), np.nan, np.float32), np.full((8, 8), 0.5, np.float32)]
)
def test_nothing_known_or_all_alike_is_no_picture(inverse):
    assert normalisation([inverse, inverse], polarity="near is bright", unit="metres") is None


def test_known_pixels_are_told_from_filled_ones(rendered):
    inverse = _holed(rendered[0], 0.3)
    picture = known_picture(inverse, SIZE)
    assert np.array_equal(picture[..., 0] == 255, np.isfinite(inverse))
    assert set(np.unique(picture)) == {0, 255}
    assert known_picture(inverse, (320, 180)).shape == (180, 320, 3)


def test_sixteen_bits_come_back_within_half_a_step(rendered):
    inverse = _holed(rendered[0], 0.1)
    low, high = 0.0, float(np.nanmax(inverse))
    levels = sixteen_bits(inverse, low, high)
    known = np.isfinite(inverse)
    assert (levels[~known] == 0).all()
    assert levels[known].min() >= 1
    back = low + (levels[known].astype(float) - 1) / 65534 * (high - low)
    assert np.abs(back - inverse[known]).max() <= (high - low) / 65534 * 0.51


def test_z_depth_is_what_was_rendered(rendered):
    z = z_depth(rendered[0])
    assert np.isinf(z[0]).all()
    ground = np.isfinite(z)
    assert np.allclose(1 / z[ground], rendered[0][ground], rtol=1e-6)
    assert np.isnan(z_depth(np.full((2, 2), np.nan, np.float32))).all()


def test_exports_in_another_size_keep_unknown_unknown(rendered):
    inverse = _holed(rendered[0], 0.0)
    inverse[40:, 80:] = np.nan
    larger = exported_inverse(inverse, (320, 180))
    assert np.isnan(larger[82:, 162:]).all()
    assert np.isfinite(larger[:78, :158]).all()
    assert exported_inverse(inverse, SIZE) is inverse
    near = larger[np.isfinite(larger) & (larger > 0)]
    assert near.min() >= inverse[inverse > 0].min(), "something between a crest and the sky"

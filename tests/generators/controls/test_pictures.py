"""Masks, edges, labels and blanked-out footage."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.generators.controls.fit import fitted, scaled_mask
from landfast.generators.controls.pictures import (
    LABEL_COLOURS,
    edge_picture,
    generated,
    label_picture,
    mask_picture,
    source_picture,
)
from landfast.model.controls import ControlGrid, Convention
from landfast.vision.labels import LABELS

VACE = Convention(name="vace", title="for tests")


def _grid(width: int, height: int, crop: tuple[int, int, int, int]) -> ControlGrid:
    return ControlGrid(
        width=width, height=height, frames=5, fps=None, crop=crop, source_width=64, source_height=48
    )


def test_outside_the_gap_nothing_is_generated():
    region = np.ones((9, 16), bool)
    assert not generated(region, False, (32, 18)).any()
    assert generated(None, True, (32, 18)).all()


def test_a_region_is_scaled_without_shifting():
    region = np.zeros((9, 16), bool)
    region[:, 8:] = True
    wanted = generated(region, True, (64, 36))
    assert wanted[:, 32:].all()
    assert not wanted[:, :32].any()
    assert np.array_equal(scaled_mask(wanted, (16, 9)), region)


def test_masks_have_two_levels_in_three_channels_and_the_models_polarity():
    wanted = np.zeros((4, 6), bool)
    wanted[1:3, 2:4] = True
    white = mask_picture(wanted, VACE)
    assert white.shape == (4, 6, 3)
    assert np.array_equal(white[..., 1] == 255, wanted)
    assert set(np.unique(white)) == {0, 255}
    black = mask_picture(wanted, VACE.model_copy(update={"mask_polarity": "black is generated"}))
    assert np.array_equal(black, 255 - white)


def test_source_keeps_real_pixels_exactly_and_greys_the_rest():
    image = np.random.default_rng(0).integers(0, 255, (4, 6, 3)).astype(np.uint8)
    wanted = np.zeros((4, 6), bool)
    wanted[:, 3:] = True
    made = source_picture(image, wanted, 127)
    assert np.array_equal(made[:, :3], image[:, :3])
    assert (made[:, 3:] == 127).all()
    depth = np.full_like(image, 9)
    assert (source_picture(image, wanted, depth)[:, 3:] == 9).all()


@pytest.mark.parametrize("size", [(160, 90), (80, 45), (120, 68), (320, 180)])
def test_lines_stay_white_on_black_at_any_size(size):
    edges = np.zeros((90, 160), np.uint8)
    edges[:, 100] = 255
    edges[45, :] = 255
    made = edge_picture(edges, size)
    assert made.shape == (size[1], size[0], 3)
    assert set(np.unique(made)) == {0, 255}
    # Every row and column still meets the line that crosses it.
    assert (made[..., 0] > 0).any(axis=1).all()
    assert (made[..., 0] > 0).any(axis=0).all()
    assert (made > 0).mean() < 0.06


def test_labels_are_flat_colours_and_unlabelled_is_black():
    index = np.full((9, 16), 255, np.uint8)
    index[:, 8:] = LABELS.index("water")
    made = label_picture(index, LABELS, (37, 21))
    colours = {tuple(pixel) for pixel in made.reshape(-1, 3).tolist()}
    assert colours == {(0, 0, 0), LABEL_COLOURS["water"]}
    assert set(LABEL_COLOURS) == set(LABELS)
    assert len(set(LABEL_COLOURS.values()) | {(0, 0, 0)}) == len(LABELS) + 1


def test_footage_is_cropped_in_place_before_it_is_scaled():
    image = np.zeros((48, 64, 3), np.uint8)
    image[:, 32:] = 200
    made = fitted(image, _grid(24, 24, (8, 0, 48, 48)))
    assert (made[:, :12] == 0).all()
    assert (made[:, 12:] == 200).all()
    same = fitted(image, _grid(48, 48, (8, 0, 48, 48)))
    assert np.array_equal(same, image[:, 8:56])

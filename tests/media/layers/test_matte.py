from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from landfast.errors import InputError
from landfast.media.layers.read import open_overlay
from scenes import write_video

SIZE = (64, 36)
FRAMES = 5


def film(folder: Path) -> Path:
    images = [np.full((SIZE[1], SIZE[0], 3), 90 + 10 * k, np.uint8) for k in range(FRAMES)]
    return write_video(folder / "overlay.mp4", images)


def mask(left: int) -> np.ndarray:
    picture = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    picture[8:20, left : left + 12] = 255
    return picture


def boxes(folder: Path, matte: Path) -> list[tuple[int, int, int, int]]:
    return [layer.box for layer in open_overlay(film(folder), matte=matte).layers()]


def test_one_picture_is_the_mask_of_all_frames(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "mask.png"), mask(10))
    assert boxes(tmp_path, tmp_path / "mask.png") == [(10, 8, 22, 20)] * FRAMES


@pytest.mark.parametrize("name", ["masks", "masks/m_%03d.png"])
def test_numbered_pictures(tmp_path: Path, name: str) -> None:
    (tmp_path / "masks").mkdir()
    for k in range(FRAMES):
        cv2.imwrite(str(tmp_path / f"masks/m_{k:03d}.png"), mask(10 + k))
    assert boxes(tmp_path, tmp_path / name) == [(10 + k, 8, 22 + k, 20) for k in range(FRAMES)]


def test_alpha_is_the_mask_where_it_says_something(tmp_path: Path) -> None:
    picture = np.dstack([np.full((SIZE[1], SIZE[0], 3), 200, np.uint8), mask(30)])
    cv2.imwrite(str(tmp_path / "mask.png"), picture)
    assert boxes(tmp_path, tmp_path / "mask.png") == [(30, 8, 42, 20)] * FRAMES


def test_sixteen_bit_over_eight(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "mask.png"), mask(10).astype(np.uint16) * 257)
    layer = next(open_overlay(film(tmp_path), matte=tmp_path / "mask.png").layers())
    assert layer.pixels.dtype == np.uint8
    assert layer.pixels[..., 3].max() == 255


def test_masks_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "small.png"), mask(10)[:20])
    with pytest.raises(InputError, match="frame for frame"):
        boxes(tmp_path, tmp_path / "small.png")
    (tmp_path / "few").mkdir()
    for k in range(FRAMES - 1):
        cv2.imwrite(str(tmp_path / f"few/m_{k}.png"), mask(10))
    with pytest.raises(InputError, match="holds 4 frames"):
        boxes(tmp_path, tmp_path / "few")

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.vision.overlay.added import AddedFinder

SIZE = (320, 180)


def ground(number: int) -> np.ndarray:
    """Texture that moves by two pixels a frame."""
    rng = np.random.default_rng(3)
    wide = cv2.GaussianBlur(rng.uniform(0, 255, (SIZE[1], 2 * SIZE[0], 3)), (0, 0), 3.0)
    wide = np.clip(128 + 6 * (wide - 128), 0, 255)
    return wide[:, 2 * number : 2 * number + SIZE[0]].astype(np.uint8)


def with_boxes(image: np.ndarray, boxes: list[tuple[int, int, int, int]]) -> np.ndarray:
    out = image.copy()
    for left, top, width, height in boxes:
        out[top : top + height, left : left + width] = (250, 20, 230)
    return out


def found(boxes: list[list[tuple[int, int, int, int]]], *, gain: float = 1.0) -> AddedFinder:
    finder = AddedFinder()
    for number, some in enumerate(boxes):
        footage = ground(number)
        take = with_boxes(footage, some).astype(np.float32) * gain + 4
        finder.see(footage, np.clip(take, 0, 255).astype(np.uint8))
    return finder


@pytest.mark.parametrize("gain", [1.0, 0.9])
def test_one_thing_is_cut_out_in_another_light(gain: float) -> None:
    boxes = [(100 - 2 * k, 80, 60, 20) for k in range(6)]
    mattes = found([[box] for box in boxes], gain=gain).mattes()
    assert mattes is not None
    for matte, (left, top, width, height) in zip(mattes, boxes, strict=True):
        inside = matte[top + 2 : top + height - 2, left + 2 : left + width - 2]
        assert (inside > 200).mean() > 0.9
        assert matte.sum() / 255 < 1.15 * width * height


def test_nothing_more_than_light_is_nothing() -> None:
    assert found([[] for _ in range(6)], gain=0.9).mattes() is None


def test_two_things_far_apart_are_not_chosen_from() -> None:
    boxes = [[(20, 30, 40, 20), (240, 130, 40, 20)] for _ in range(6)]
    assert found(boxes).mattes() is None


def test_what_is_elsewhere_and_otherwise_in_every_frame_is_no_thing() -> None:
    rng = np.random.default_rng(5)
    boxes = [
        [(int(rng.integers(0, 200)), int(rng.integers(0, 100)), *side)]
        for side in ((60, 12), (12, 60), (60, 12), (12, 60), (60, 12), (12, 60))
    ]
    assert found(boxes).mattes() is None


def test_a_single_frame_tells_nothing() -> None:
    assert found([[(100, 80, 60, 20)]]).mattes() is None

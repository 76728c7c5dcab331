from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from landfast.media.layers.kept import KeptLayers
from landfast.media.layers.layer import Layer
from landfast.media.layers.read import open_overlay
from landfast.media.layers.write import Coding, write_layers

FRAMES = 7


def layer(number: int) -> Layer:
    return Layer(64, 48, number, 10, np.full((8, 9, 4), 20 * number + 40, np.uint8))


def test_what_is_kept_is_not_read_again() -> None:
    asked: list[int] = []

    def read(first: int) -> Iterator[Layer]:
        asked.append(first)
        return (layer(k) for k in range(first, FRAMES))

    size = layer(0).pixels.nbytes
    layers = KeptLayers(read, most_bytes=4 * size)
    for _ in range(2):
        assert [one.left for one in layers()] == list(range(FRAMES))
    assert asked == [0, 4]


@pytest.mark.parametrize(("coding", "name"), [("ffv1", "a.mkv"), ("vp9", "a.webm"), ("png", "a")])
def test_the_rest_is_read_from_the_right_frame(tmp_path: Path, coding: Coding, name: str) -> None:
    target = tmp_path / name
    with write_layers(
        target, width=64, height=48, fps=Fraction(25), coding=coding, bit_depth=8
    ) as writer:
        for number in range(FRAMES):
            writer.write(layer(number))
    overlay = open_overlay(target, storage="straight")
    assert isinstance(overlay.layers, KeptLayers)
    whole = [one.pixels for one in overlay.layers()]
    overlay.layers.most_bytes = 0
    del overlay.layers._kept[3:]
    again = [one.pixels for one in overlay.layers()]
    assert len(again) == FRAMES
    assert all(np.array_equal(a, b) for a, b in zip(whole, again, strict=True))

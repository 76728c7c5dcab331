from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from landfast.media.layers.layer import Layer
from landfast.media.layers.read import open_overlay
from landfast.media.layers.write import Coding, write_layers


def test_large_frames_take_more_slices(tmp_path: Path) -> None:
    layer = Layer(4200, 3212, 2000, 1500, np.full((40, 60, 4), 200, np.uint8))
    path = tmp_path / "large.mkv"
    with write_layers(
        path, width=4200, height=3212, fps=Fraction(25), coding="ffv1", bit_depth=8
    ) as writer:
        writer.write(layer)
    found = next(open_overlay(path, storage="straight").layers())
    assert found.box == layer.box
    assert (found.pixels == 200).all()


@pytest.mark.parametrize(("coding", "name"), [("ffv1", "a.mkv"), ("prores", "a.mov")])
def test_a_rate_that_varies_is_kept(tmp_path: Path, coding: Coding, name: str) -> None:
    layer = Layer(320, 180, 20, 15, np.full((40, 60, 4), 200, np.uint8))
    starts = [Fraction(0), Fraction(1, 25), Fraction(4, 25), Fraction(5, 25)]
    with write_layers(
        tmp_path / name, width=320, height=180, fps=Fraction(20), coding=coding, bit_depth=8,
        starts=starts,
    ) as writer:  # fmt: skip
        for _ in starts:
            writer.write(layer)
    assert list(open_overlay(tmp_path / name, storage="straight").times) == starts

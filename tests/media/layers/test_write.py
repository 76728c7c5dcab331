from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from landfast.media.layers.layer import Layer
from landfast.media.layers.read import open_overlay
from landfast.media.layers.write import write_layers


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

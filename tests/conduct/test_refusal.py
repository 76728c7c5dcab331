"""Anchors of two scenes are refused before anything is paid."""

from __future__ import annotations

import numpy as np
import pytest

import scenes
from landfast.conduct.refusal import refuse_unrelated
from landfast.errors import Unsupported

SIZE = (480, 270)


def test_two_scenes_are_refused_with_the_numbers() -> None:
    scene = scenes.Scene(kind="terrain", seed=6, boxes=scenes.town(2))
    a, b = scenes.video(scene, scenes.path("forward", 2, step=8.0, size=SIZE))
    refuse_unrelated(a, b)
    blocks = np.random.default_rng(1).integers(0, 255, (27, 48, 3))
    other = np.kron(blocks, np.ones((10, 10, 1))).astype(np.uint8)
    with pytest.raises(Unsupported, match=r"do not show the same scene: .* apart in layout"):
        refuse_unrelated(a, other)


def test_what_cannot_be_measured_is_not_refused_here() -> None:
    black = np.zeros((270, 480, 3), np.uint8)
    refuse_unrelated(black, black)

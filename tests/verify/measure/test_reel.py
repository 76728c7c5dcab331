"""What is compared at all: sizes may differ, shapes may not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from landfast.errors import InputError
from landfast.verify.measure.reel import FootageFrames, TakeFrames, check_inputs

FPS = Fraction(25)


def blank(width: int, height: int) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8)


def check(anchor: np.ndarray, *real: np.ndarray) -> None:
    footage = FootageFrames(real, real, FPS) if real else None
    check_inputs(TakeFrames([blank(960, 540)] * 3, FPS), anchor, anchor, footage)


def test_anchors_may_be_larger_than_the_footage_beside_them() -> None:
    """Anchors come at full size, footage at working size."""
    check(blank(3840, 2160), blank(960, 540))
    check(blank(1080, 1920), blank(960, 1706))


def test_footage_of_another_shape_is_not_the_anchors_footage() -> None:
    with pytest.raises(InputError, match=r"960 x 540.*1080 x 1920"):
        check(blank(1080, 1920), blank(960, 540))


def test_footage_of_two_sizes_is_refused() -> None:
    with pytest.raises(InputError, match="different sizes"):
        check(blank(960, 540), blank(960, 540), blank(480, 270))


def test_a_speck_is_no_anchor() -> None:
    with pytest.raises(InputError, match="too small"):
        check(blank(1, 1))

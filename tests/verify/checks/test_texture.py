"""Detail that an encoder takes from the frames between, and detail that is taken on top of that."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np

from landfast.verify import TakeFrames
from landfast.verify.checks.texture import check_texture
from landfast.verify.measure.study import study
from verify.checks.test_coding import recompressed


def softer(frames: list[np.ndarray], real: list[np.ndarray]) -> float:
    """How much sharpness is lost, over what is allowed."""
    measured = study(TakeFrames(frames, Fraction(30)), real[0], real[-1], None)
    return check_texture(measured).excess[1]


def test_what_coding_takes_from_the_ends_it_may_take_from_between(
    orbited: list[np.ndarray],
) -> None:
    assert softer(recompressed(orbited, 34), orbited) < 0.5


def test_a_take_that_goes_soft_fails_through_an_encoder_too(orbited: list[np.ndarray]) -> None:
    soft = [cv2.GaussianBlur(f, (0, 0), 1.5) if 3 <= k < 14 else f for k, f in enumerate(orbited)]
    assert softer(recompressed(soft, 28), orbited) > 1
    assert softer(soft, orbited) > 1.5

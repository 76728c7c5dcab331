"""What a camera's own exposure explains of lightness, and what it does not."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from landfast.verify import TakeFrames
from landfast.verify.checks.colour import check_colour
from landfast.verify.checks.exposure import between
from landfast.verify.measure.study import study
from landfast.verify.measure.tints import TILES, Tint

if TYPE_CHECKING:
    from verify.conftest import Shot

FRAMES = 31


def tints(apart: float) -> list[Tint]:
    """Frames of anchors that are so far apart in lightness."""
    tile = np.zeros((*TILES, 3), np.float32), np.ones((*TILES, 2), np.float32)
    return [Tint(np.zeros(3, np.float32), 0.0, apart, 0.0, *tile) for _ in range(5)]


@pytest.mark.parametrize("sign", [1, -1])
def test_what_lies_between_both_anchors_is_explained_and_no_more(sign: int) -> None:
    light = sign * np.array([1.0, 4.0, -2.5, 1.0, -1.0])
    explained = sign * between(tints(sign * 4.0), sign * light * sign)
    assert explained == pytest.approx([1.0, 3.0, -2.0, 1.0, -1.0])
    assert between(tints(0.0), light) == pytest.approx(np.zeros(5))


def exposed(frames: list[np.ndarray], gains: np.ndarray) -> list[np.ndarray]:
    return [
        np.uint8(np.clip(f * gain + 0.5, 0, 255)) for f, gain in zip(frames, gains, strict=True)
    ]


def state(take: list[np.ndarray]) -> str:
    made = study(TakeFrames(take, Fraction(30)), take[0], take[-1], None)
    return check_colour(made).findings[0].state


def test_exposure_that_settles_at_once_passes_and_one_that_overshoots_fails(shot: Shot) -> None:
    gone = 1 - np.exp(-np.arange(len(shot.frames)) / 2)
    gone /= gone[-1]
    assert state(exposed(shot.frames, 1 - 0.2 * gone)) == "pass"
    dip = 0.2 * np.sin(np.pi * np.linspace(0, 1, len(shot.frames)))
    assert state(exposed(shot.frames, 1 - 0.05 * gone - dip)) == "fail"


@pytest.fixture(scope="module")
def glance() -> list[np.ndarray]:
    """A camera that turns to what is lighter, and back."""
    rng = np.random.default_rng(1)
    fine = cv2.GaussianBlur(rng.normal(0, 60, (240, 720, 3)), (0, 0), 2.0) * 3
    scene = 90 + fine + 90 * (np.arange(720) > 460)[None, :, None]
    way = 160 * np.sin(np.pi * np.linspace(0, 1, FRAMES)) ** 2
    return [
        np.uint8(np.clip(cv2.getRectSubPix(np.float32(scene), (400, 240), (200 + x, 120)), 0, 255))
        for x in way
    ]


def test_a_dip_that_the_content_calls_for_is_unknown_alone(glance: list[np.ndarray]) -> None:
    dip = 0.1 * np.sin(np.pi * np.linspace(0, 1, FRAMES)) ** 2
    assert state(glance) == "pass"
    assert state(exposed(glance, 1 - dip)) == "unknown"
    assert state(exposed(glance, 1 + dip)) == "fail"

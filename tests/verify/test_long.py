"""Takes of a second and more: what moves by itself has more time, and is no fault yet."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from landfast.media.decode import decode
from landfast.model.constraint import KeepPersistence, KeepTexture
from landfast.verify import FootageFrames, TakeFrames, judge
from landfast.verify.study import study

RATE = Fraction(30000, 1001)
SIZE = (480, 270)
AROUND = 12


@pytest.fixture(scope="module")
def flown(karma: Path) -> list[np.ndarray]:
    """Frames 88 to 143 of the bundled flight."""
    frames = []
    for picture in decode(karma):
        if picture.index > 143:
            break
        if picture.index >= 88:
            frames.append(cv2.resize(picture.rgb(), SIZE, interpolation=cv2.INTER_AREA))
    return frames


@pytest.mark.parametrize(("frames", "factor"), [(5, 1.0), (17, 1.0), (34, 1.3), (68, 1.6)])
def test_limits_grow_by_doublings(frames: int, factor: float) -> None:
    still = [np.zeros((36, 64, 3), np.uint8)] * frames
    measured = study(TakeFrames(still, RATE), still[0], still[-1], None)
    assert measured.longer == pytest.approx(factor)


def test_true_frames_of_a_second_go_soft_nowhere(flown: list[np.ndarray]) -> None:
    """A bush that turns at the edge of the picture leaves a few cells without detail."""
    take = flown[AROUND:-AROUND]
    footage = FootageFrames(flown[:AROUND], flown[-AROUND:], RATE)
    verdict = judge(
        TakeFrames(take, RATE),
        start=take[0],
        end=take[-1],
        footage=footage,
        constraints=[KeepTexture(), KeepPersistence()],
    ).verdict
    assert [f for f in verdict.findings if f.state == "fail"] == []

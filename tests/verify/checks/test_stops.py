"""A camera that comes to rest, and a picture that stops."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from landfast.verify import TakeFrames
from landfast.verify.checks.stops import stops
from landfast.verify.measure.study import study

REST = [2.4, 2.4, 2.0, 1.4, 0.9, 0.5, 0.2, 0.05]


def shown(shot, pace: list[float]) -> float:
    """Longest stop of a pan that goes so many pixels a frame."""
    frames = []
    for far in np.cumsum([0.0, *pace]):
        move = np.array([[1, 0, -far], [0, 1, 0]])
        seen = cv2.warpAffine(shot.frames[0], move, (640, 360), flags=cv2.INTER_LANCZOS4)
        frames.append(seen[:, 16:-60])
    made = study(TakeFrames(frames, Fraction(30)), frames[0], frames[-1], None)
    finding = stops(made)[0]
    return finding.value if finding.unit == "frames" else 0.0


def test_a_camera_that_comes_to_rest_and_sets_off_again_does_not_stop(shot) -> None:
    assert shown(shot, [*REST, 0, 0, 0, *REST[::-1]]) == 0


@pytest.mark.parametrize("around", [[2.4], [2.4, 1.8]])
def test_one_that_stands_at_once_does(shot, around: list[float]) -> None:
    assert shown(shot, [*around * 4, 0, 0, 0, *around[::-1] * 4]) == 3

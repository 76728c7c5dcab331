"""What could not be measured still has its evidence: a frame each, blank."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from landfast.verify.judge import judge
from landfast.verify.measure.reel import TakeFrames

FPS = Fraction(25)


def flat(width: int = 160, height: int = 96) -> np.ndarray:
    return np.full((height, width, 3), 90, np.uint8)


@pytest.mark.parametrize(
    ("take", "state"),
    [([flat()] * 8, "unknown"), ([flat(96, 160)] * 8, "fail"), ([flat()], "fail")],
    ids=["without texture", "of another shape", "of one frame"],
)
def test_every_frame_has_its_heat(take: list[np.ndarray], state: str) -> None:
    judgement = judge(TakeFrames(take, FPS), start=flat(), end=flat())
    assert judgement.verdict.state == state
    assert len(judgement.heat) == len(take)
    assert not any(heat.any() for heat in judgement.heat)

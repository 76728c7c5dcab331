"""A kept region: the footage's own pixels, or a fault; never a pass without the plate."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from landfast.model.constraint import KeepRegion
from landfast.verify import Plate, judge


@pytest.mark.parametrize(
    ("case", "state"), [("kept", "pass"), ("changed", "fail"), ("no plate", "unknown")]
)
def test_pixels_under_the_mask_are_compared_with_the_plate(
    shot, case: Literal["kept", "changed", "no plate"], state: str
) -> None:
    mask = np.zeros((360, 640), np.uint8)
    mask[200:300, 100:300] = 255
    frames = [frame.copy() for frame in shot.frames]
    for frame in frames:
        frame[:100] = 0
    if case == "changed":
        frames[7][200:300, 100:300] += 12
    plates = {} if case == "no plate" else {"mask": Plate(mask, shot.frames)}
    verdict = judge(
        shot.take(frames),
        start=shot.frames[0],
        end=shot.frames[-1],
        constraints=[KeepRegion(mask="mask")],
        plates=plates,
    ).verdict
    assert verdict.state == state
    if state == "fail":
        assert verdict.findings[0].region == pytest.approx((0.156, 0.556, 0.312, 0.278), abs=0.01)

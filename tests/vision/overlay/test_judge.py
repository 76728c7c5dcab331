from __future__ import annotations

import numpy as np
import pytest

from landfast.vision.overlay.evidence import Choice
from landfast.vision.overlay.judge import judge
from landfast.vision.overlay.measure import LockMeasure
from landfast.vision.overlay.scene.backings import Model
from landfast.vision.overlay.swim import Swim

FRAMES = 20


def measured(drift_px: float, *, scene_px: float = 0.02, far: bool = False) -> LockMeasure:
    values = np.zeros((FRAMES, 4))
    values[:, 0] = 1
    values[:, 2] = drift_px * np.sqrt(2) * np.sin(np.arange(FRAMES) * 2 * np.pi / FRAMES)
    outline = np.array([(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0), (4.5, 4.5)])
    swim = Swim(
        (np.eye(3),) * FRAMES, values, np.ones(FRAMES, bool), np.full(FRAMES, 0.01), 0.0,
        outline[4], outline, (np.eye(3),) * FRAMES, np.arange(FRAMES, dtype=np.float64),
        np.zeros(FRAMES, bool),
    )  # fmt: skip
    model: Model = "rotation with horizon" if far else "plane"
    choice = Choice(model, "lying", swim, scene_px, 1.0, 1.0, {}, "")
    return LockMeasure(choice, (), (), (), far, 0.0)


@pytest.mark.parametrize(
    ("drift", "far", "state"),
    [(0.2, False, "pass"), (2.0, False, "fail"), (0.5, True, "pass"), (0.5, False, "fail")],
)
def test_the_limit(drift: float, far: bool, state: str) -> None:
    found = judge(measured(drift, far=far), width=1920)
    assert found.state == state
    assert found.value_px == pytest.approx(drift, rel=0.01)


def test_the_limit_grows_with_the_frame() -> None:
    assert judge(measured(0.5), width=3840).state == "pass"


def test_what_may_be_noise_is_unknown() -> None:
    assert judge(measured(0.5, scene_px=0.4), width=1920).state == "unknown"
    assert judge(measured(3.0, scene_px=2.0), width=1920).state == "unknown"

"""What does not change the scene hardly changes the score, and never the verdict."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from landfast.model.constraint import KeepScene
from landfast.model.verdict import Verdict
from landfast.verify import FootageFrames, TakeFrames, judge
from verify.conftest import RATE
from verify.faults import bulge

Change = Callable[[np.ndarray], np.ndarray]


def mirrored(image: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(image[:, ::-1])


def smaller(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    size = (round(width * 0.8), round(height * 0.8))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def darker(image: np.ndarray) -> np.ndarray:
    return np.rint(255 * (image / 255.0) ** 1.25).astype(np.uint8)


def recoded(image: np.ndarray) -> np.ndarray:
    _, coded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])


GAP, SIZE = 12, (480, 270)


def verdict(shot, change: Change, warp_px: float = 0.0) -> Verdict:
    """The verdict where everything, footage and anchors too, is changed alike."""
    size = shot.frames[0].shape[1::-1] if warp_px else SIZE
    every, before = (
        [cv2.resize(f, size, interpolation=cv2.INTER_AREA) for f in frames]
        for frames in (shot.frames, shot.footage.before)
    )
    frames = bulge(every, warp_px, (0.7, 0.75)) if warp_px else every[: GAP + 1]
    after = [] if warp_px else every[GAP + 1 :]
    around = FootageFrames([change(f) for f in before], [change(f) for f in after], RATE)
    return judge(
        shot.take([change(f) for f in frames]),
        start=change(every[0]),
        end=change(every[len(frames) - 1]),
        footage=around,
        constraints=[KeepScene()] if warp_px else None,
    ).verdict


@pytest.mark.parametrize("change", [mirrored, smaller, darker, recoded])
def test_true_frames_pass_whatever_is_done_to_all_of_them(shot, change: Change) -> None:
    true = verdict(shot, change)
    assert true.state == "pass", true.findings


def test_a_warp_fails_also_in_a_smaller_picture(shot) -> None:
    assert verdict(shot, smaller, 8.0).state == "fail"


def test_fine_noise_in_a_small_picture_neither_flickers_nor_changes_colour() -> None:
    grain = cv2.GaussianBlur(np.random.default_rng(0).normal(0, 1, (150, 200, 3)), (0, 0), 1.5)
    grain = (128 + 40 * grain / grain.std()).astype(np.float32)
    for size in ((64, 64), (96, 64), (160, 96)):
        ways = [np.float32([[1, 0, -8 - 1.3 * k], [0, 1, -8 - 0.4 * k]]) for k in range(17)]
        moved = [cv2.warpAffine(grain, way, size, flags=cv2.INTER_CUBIC) for way in ways]
        frames = [np.clip(np.rint(one), 0, 255).astype(np.uint8) for one in moved]
        found = judge(TakeFrames(frames, RATE), start=frames[0], end=frames[-1]).verdict
        assert found.state != "fail", found.findings

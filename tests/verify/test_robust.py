"""What does not change the scene hardly changes the score, and never the verdict."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from landfast.model.verdict import Verdict
from landfast.verify import FootageFrames, judge
from verify.test_judge import Frames, bulge

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


def verdict(shot, frames: Frames, change: Change) -> Verdict:
    """The verdict where everything, footage and anchors too, is changed alike."""
    made = [change(f) for f in frames]
    real = [change(f) for f in (shot.frames[0], shot.frames[-1])]
    around = FootageFrames(
        [change(f) for f in shot.footage.before],
        [change(f) for f in shot.footage.after],
        shot.footage.fps,
    )
    return judge(shot.take(made), start=real[0], end=real[1], footage=around).verdict


@pytest.mark.parametrize("change", [mirrored, smaller, darker, recoded])
def test_true_frames_pass_and_a_warp_fails_whatever_is_done_to_all_of_them(
    shot, change: Change
) -> None:
    assert verdict(shot, shot.frames, change).state == "pass"
    if change is not smaller:
        return
    assert verdict(shot, bulge(shot.frames, 8.0, (0.7, 0.75)), change).state == "fail"

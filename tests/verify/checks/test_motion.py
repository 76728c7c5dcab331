"""Slow cameras: what is a stop or a wrong order is told by the pace, not by pixels."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from landfast.model.constraint import KeepMotion
from landfast.verify import TakeFrames, judge

PACE = 0.4
FRAMES = 20


@pytest.fixture(scope="module")
def slow(shot) -> list[np.ndarray]:
    """A camera that pans by two fifths of a pixel a frame, with the noise of its sensor."""
    rng = np.random.default_rng(3)
    out = []
    for k in range(FRAMES):
        move = np.array([[1, 0, -PACE * k], [0, 1, 0]])
        seen = cv2.warpAffine(shot.frames[0], move, (640, 360), flags=cv2.INTER_LANCZOS4)
        noisy = seen[:, 16:-16] + rng.normal(0, 1.5, (360, 608, 3))
        out.append(np.clip(noisy, 0, 255).astype(np.uint8))
    return out


def flown(shot, way: list[float]) -> list[np.ndarray]:
    """A shaken camera that flies on; how far at each frame."""
    rng = np.random.default_rng(5)
    out = []
    for far in way:
        zoom, (x, y) = 1 + 0.008 * far, rng.normal(0, 1.5, 2)
        move = np.array([[zoom, 0, 320 * (1 - zoom) + x], [0, zoom, 180 * (1 - zoom) + y]])
        seen = cv2.warpAffine(shot.frames[0], move, (640, 360), flags=cv2.INTER_CUBIC)
        out.append(seen[45:-45, 80:-80])
    return out


def parts(slow: list[np.ndarray], made: list[np.ndarray]) -> dict[str, str]:
    verdict = judge(
        TakeFrames(made, Fraction(30)),
        start=slow[0],
        end=slow[-1],
        footage=None,
        constraints=[KeepMotion()],
    ).verdict
    return {f.part: f.state for f in verdict.findings}


def test_a_slow_pan_is_sound(slow: list[np.ndarray]) -> None:
    found = parts(slow, slow)
    assert "fail" not in found.values()
    assert found["order"] == "pass"


def test_a_stop_of_a_slow_pan_that_leaps_at_its_end_fails(slow: list[np.ndarray]) -> None:
    assert parts(slow, [*slow[:12], *[slow[12]] * 7, slow[-1]])["freeze"] == "fail"


def test_a_stop_all_the_way_is_told_by_what_the_anchors_are_apart(slow: list[np.ndarray]) -> None:
    assert parts(slow, [slow[0]] * (FRAMES - 1) + [slow[-1]])["freeze"] == "fail"


@pytest.mark.parametrize(
    ("paces", "jump"),
    [
        pytest.param([3.0, 3.3, 3.5, 0.0, 3.4], "pass", id="24 to 30"),
        pytest.param([3.0, 3.2, 2.9, 6.6, 3.1], "pass", id="30 to 24"),
        pytest.param([3.0, 3.2, 3.0, 9.3, 3.1], "fail", id="two left out"),
    ],
)
def test_a_frame_shown_twice_or_left_out_for_another_rate_is_no_jump(
    shot, paces: list[float], jump: str
) -> None:
    """The camera's pace is not quite even."""
    made = []
    for far in np.concatenate([[0.0], np.cumsum(np.tile(paces, 4))]):
        move = np.array([[1, 0, -far], [0, 1, 0]])
        seen = cv2.warpAffine(shot.frames[0], move, (640, 360), flags=cv2.INTER_LANCZOS4)
        made.append(seen[:, 40:-80])
    found = parts(made, made)
    assert (found["jump"], found["freeze"]) == (jump, "pass")


def test_two_frames_that_changed_places_fail_however_slow(slow: list[np.ndarray]) -> None:
    made = [*slow[:9], slow[10], slow[9], *slow[11:]]
    assert parts(slow, made)["order"] == "fail"


def test_a_leap_of_a_shaken_camera_fails_and_shake_does_not(shot) -> None:
    even = flown(shot, [float(k) for k in range(17)])
    leaping = flown(shot, [k * (0.5 if k < 9 else 1.0) for k in range(17)])
    assert parts(even, even)["jump"] == "pass"
    assert parts(leaping, leaping)["jump"] == "fail"

"""Parallax of the take against the depth of the real scene."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from landfast.model.constraint import KeepDepth
from landfast.model.verdict import Finding
from landfast.verify import FootageFrames, judge
from landfast.verify.checks.depth import least_steep, tells
from landfast.verify.measure.reel import reel
from landfast.verify.measure.study import Stretch
from landfast.verify.measure.window import Window
from landfast.vision.motion.flow import dense_flow, pixel_grid


def found(shot, frames: list[np.ndarray], footage: FootageFrames | None) -> Finding:
    start, end = shot.frames[0], shot.frames[-1]
    take = shot.take(frames)
    judged = judge(take, start=start, end=end, footage=footage, constraints=[KeepDepth()])
    (finding,) = judged.verdict.findings
    return finding


def flattened(frame: np.ndarray, anchor: np.ndarray) -> np.ndarray:
    """The anchor laid over a frame by one homography: the motion without its parallax."""
    here, there = (cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in (frame, anchor))
    height, width = here.shape
    flow = dense_flow(here, there)
    at = pixel_grid(width, height)[8:-8:8, 8:-8:8].reshape(-1, 2)
    to = at + flow[8:-8:8, 8:-8:8].reshape(-1, 2)
    cv2.setRNGSeed(1)
    matrix, _ = cv2.findHomography(at, to, cv2.RANSAC, 2.0)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(
        anchor, matrix, (width, height), flags=how, borderMode=cv2.BORDER_REFLECT
    )


def test_the_true_frames_have_the_depth_of_the_scene(shot) -> None:
    finding = found(shot, shot.frames, shot.footage)
    assert finding.state == "pass"
    assert finding.value is not None and finding.value < 0.25


def test_a_flat_world_fails(shot) -> None:
    flat = [flattened(frame, shot.frames[0]) for frame in shot.frames[1:-1]]
    finding = found(shot, [shot.frames[0], *flat, shot.frames[-1]], shot.footage)
    assert finding.state == "fail"
    assert finding.value is not None and finding.value > 0.7
    assert "flat" in finding.reason
    assert finding.span is not None


def layered(frames: list[np.ndarray]) -> list[np.ndarray]:
    """Both ends laid over every frame between them by homographies, one fading into the other."""
    last = len(frames) - 1
    made = [
        cv2.addWeighted(
            flattened(frame, frames[0]), 1 - k / last, flattened(frame, frames[-1]), k / last, 0
        )
        for k, frame in enumerate(frames)
    ]
    return [frames[0], *made[1:-1], frames[-1]]


def test_the_anchors_alone_tell_a_flat_world_from_a_deep_one(shot) -> None:
    true, flat = (found(shot, frames, None) for frames in (shot.frames, layered(shot.frames)))
    assert true.state == "pass"
    assert true.value is not None and true.value < 0.25
    assert flat.state == "fail"
    assert flat.value is not None and flat.value > 0.8
    assert "flat pictures" in flat.reason
    assert flat.span is not None


def test_where_nothing_shows_parallax_depth_is_not_known(shot) -> None:
    wide = np.concatenate([shot.frames[0], shot.frames[0][:, ::-1]], axis=1)
    panned = [np.ascontiguousarray(wide[:, 4 * k : 4 * k + 640]) for k in range(20)]
    sides = FootageFrames(panned[:6], panned[14:], shot.footage.fps)
    for footage in (None, sides):
        take = shot.take(panned[5:15])
        judged = judge(
            take, start=panned[5], end=panned[14], footage=footage, constraints=[KeepDepth()]
        )
        (finding,) = judged.verdict.findings
        assert finding.state == "unknown"
        assert "parallax" in finding.reason


def test_mirrored_it_is_the_same(shot) -> None:
    def turned(frames: list[np.ndarray]) -> list[np.ndarray]:
        return [np.ascontiguousarray(f[:, ::-1]) for f in frames]

    frames = turned(shot.frames)
    sides = FootageFrames(turned(shot.footage.before), turned(shot.footage.after), shot.footage.fps)
    judged = judge(
        shot.take(frames), start=frames[0], end=frames[-1], footage=sides, constraints=[KeepDepth()]
    )
    assert judged.verdict.state == "pass"


def test_a_camera_that_came_to_turn_on_the_spot_owes_no_parallax() -> None:
    def side(parallax: list[float]) -> Stretch:
        blank = np.zeros((2, 2), np.float32)
        none = np.zeros((0, 2, 2, 2), np.float32)
        some = [Window(0, blank, "plane", blank, one, 20.0, none, ()) for one in parallax]
        stretch = Stretch(reel([np.zeros((64, 64, 3), np.uint8)], Fraction(30), (64, 64)))
        vars(stretch).update(near_windows=tuple(some), wide_windows=())
        return stretch

    assert least_steep(side([2.0, 2.2, 1.8, 2.4])) == pytest.approx(0.0975)
    assert least_steep(side([2.0, 0.0, 0.0, 2.4])) == 0.0
    assert least_steep(side([])) == np.inf


@pytest.mark.parametrize(
    ("parallax", "reach", "least", "expected"),
    [(0.5, 5.0, 0.0, True), (0.2, 25.0, 0.0, False), (0.0, 25.0, 0.1, True)],
)
def test_a_window_whose_parallax_is_noise_need_not_agree(
    parallax: float, reach: float, least: float, expected: bool
) -> None:
    blank = np.zeros((2, 2), np.float32)
    none = np.zeros((0, 2, 2, 2), np.float32)
    window = Window(0, blank, "parallax", blank, parallax, reach, none, ())
    assert tells(window, least) is expected

"""The horizon followed through takes, on rendered truth and on the bundled clip."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from landfast.model.constraint import KeepHorizon
from landfast.verify import FootageFrames, TakeFrames, judge
from landfast.verify.checks.horizon import check_horizon
from landfast.verify.findings import Checked
from landfast.verify.measure.study import study
from scenes import Camera, Pose, Scene, gaussian_noise, path, town, video

if TYPE_CHECKING:
    from verify.conftest import Shot

FRAMES = 11
SCENES = {
    "plain": (Scene(), Pose(pitch_deg=-8.0)),
    "clouds": (Scene(sky="clouds", seed=3), Pose(pitch_deg=-6.0, roll_deg=2.0)),
    "town": (Scene(sky="plain", boxes=town()), Pose(pitch_deg=-8.0)),
    "sea": (Scene(kind="terrain", sea_y=100.0, sky="clouds", seed=2), Pose(pitch_deg=-7.0)),
}


@cache
def flight(name: str) -> tuple[np.ndarray, ...]:
    """Frames of a flight sideways, its silhouettes smoothed by rendering at twice the size."""
    scene, start = SCENES[name]
    cameras: list[Camera] = path("sideways", FRAMES, start=start, size=(480, 270))
    return tuple(
        cv2.resize(f, (320, 180), interpolation=cv2.INTER_AREA) for f in video(scene, cameras)
    )


def rolled(frames: tuple[np.ndarray, ...] | list[np.ndarray], degrees: float) -> list[np.ndarray]:
    """Turned in the middle and back at both ends; positive counter-clockwise."""
    height, width = frames[0].shape[:2]
    out = []
    for k, frame in enumerate(frames):
        turn = degrees * float(np.sin(np.pi * k / (len(frames) - 1)) ** 2)
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)
        out.append(
            cv2.warpAffine(
                frame,
                matrix,
                (width, height),
                flags=cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REFLECT,
            )
        )
    return out


def compressed(frames: list[np.ndarray], quality: int) -> list[np.ndarray]:
    """Through JPEG and back."""
    return [
        cv2.imdecode(cv2.imencode(".jpg", f, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)
        for f in frames
    ]


def checked(
    take: list[np.ndarray], true: list[np.ndarray], footage: FootageFrames | None = None
) -> Checked:
    rate = Fraction(30000, 1001)
    return check_horizon(study(TakeFrames(take, rate), true[0], true[-1], footage))


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("degrees", [0.0, 1.2, -2.0])
def test_rendered_rolls(name: str, degrees: float) -> None:
    true = list(flight(name))
    finding = checked(rolled(true, degrees), true).findings[0]
    assert finding.value == pytest.approx(abs(degrees), abs=0.3)
    assert finding.state == ("fail" if degrees else "pass")


def test_a_camera_that_starts_late_turns_late() -> None:
    true = list(flight("clouds"))
    turned = [rolled([f] * 3, 5.0 * k / (FRAMES - 1))[1] for k, f in enumerate(true)]
    take = [turned[0]] * 7 + turned
    finding = checked(take, [turned[0], turned[-1]]).findings[0]
    assert finding.state == "pass" and finding.value < 0.5
    early = turned + [turned[-1]] * 7
    assert checked(early, [turned[0], turned[-1]]).findings[0].state == "pass"


def test_noise_does_not_take_it_away() -> None:
    true = list(flight("sea"))
    finding = checked(gaussian_noise(true, 4.0, seed=1), true).findings[0]
    assert finding.state == "pass" and finding.value < 0.4


@pytest.mark.parametrize("width", [480, 640])
def test_true_frames_of_a_faint_horizon_are_level_at_every_size(shot: Shot, width: int) -> None:
    """At 480 px another edge of the first anchor wins in one of the sizes it is looked at in."""
    size = (width, width * 9 // 16)
    take = [cv2.resize(f, size, interpolation=cv2.INTER_AREA) for f in shot.frames]
    for footage in (None, shot.footage):
        finding = checked(take, shot.frames, footage).findings[0]
        assert finding.state == "pass" and finding.value < 0.35


@pytest.mark.parametrize("degrees", [1.0, -1.0, 2.0, -2.0])
@pytest.mark.parametrize("alone", [True, False])
def test_rolls_of_a_real_sea_horizon_fail(shot: Shot, degrees: float, alone: bool) -> None:
    footage = None if alone else shot.footage
    take = compressed(rolled(shot.frames, degrees), 60)
    finding = checked(take, shot.frames, footage).findings[0]
    assert finding.state == "fail"
    assert finding.value == pytest.approx(abs(degrees), abs=0.35)
    assert finding.span is not None and 0 < finding.span[0] < finding.span[1] < 20 / 29.97


def test_a_compressed_cropped_take_is_measured_and_level(shot: Shot) -> None:
    width, height = shot.frames[0].shape[1::-1]
    inner = [
        cv2.resize(f[4:-4, 7:-7], (width, height), interpolation=cv2.INTER_CUBIC)
        for f in shot.frames
    ]
    findings = checked(compressed(inner, 30), shot.frames).findings
    assert [f.state for f in findings] == ["pass", "pass"]


def test_a_nod_fails_as_height(shot: Shot) -> None:
    height, width = shot.frames[0].shape[:2]
    take = []
    for k, frame in enumerate(shot.frames):
        down = 0.05 * height * float(np.sin(np.pi * k / (len(shot.frames) - 1)) ** 2)
        matrix = np.array([[1, 0, 0], [0, 1, down]])
        take.append(cv2.warpAffine(frame, matrix, (width, height), borderMode=cv2.BORDER_REFLECT))
    tilt, level = checked(take, shot.frames, shot.footage).findings
    assert tilt.state == "pass"
    assert level.state == "fail" and level.value == pytest.approx(5.0, abs=0.6)


def test_a_take_that_loses_the_horizon_does_not_pass(shot: Shot) -> None:
    """Blurred away in the middle: both anchors show it, so that unknown is no excuse."""
    frames = [f if k in (0, 20) else cv2.blur(f, (1, 121)) for k, f in enumerate(shot.frames)]
    result = checked(frames, shot.frames)
    assert result.findings[0].state == "unknown" and result.expected
    judgement = judge(
        shot.take(frames),
        start=shot.frames[0],
        end=shot.frames[-1],
        constraints=[KeepHorizon(strength="required")],
    )
    assert judgement.verdict.state == "unknown"


def test_silent_without_a_horizon() -> None:
    cameras = path("sideways", FRAMES, start=Pose(pitch_deg=-60.0), size=(320, 180))
    frames = list(video(Scene(kind="terrain"), cameras))
    result = checked(frames, frames)
    assert result.findings[0].state == "unknown" and not result.expected

"""Things that appear, vanish, boil or go soft; and a horizon that leaves its course."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.model.constraint import KeepHorizon, KeepPersistence, KeepTexture
from verify.test_judge import Frames, failed, judged

CENTRE = (0.72, 0.68)
"""Brush and sand on the cliff: ground that stays put, shares of the picture."""


def grown(k: int, frames: int) -> bool:
    return round(0.2 * frames) <= k < round(0.8 * frames)


def in_spot(frame: np.ndarray, other: np.ndarray, side: int) -> np.ndarray:
    """The other picture within a square, softly."""
    height, width = frame.shape[:2]
    x, y = round(CENTRE[0] * width), round(CENTRE[1] * height)
    mask = np.zeros((height, width), np.float32)
    mask[y - side // 2 : y + side // 2, x - side // 2 : x + side // 2] = 1
    mask = cv2.GaussianBlur(mask, (0, 0), 1.5)[..., None]
    return np.rint(frame * (1 - mask) + other * mask).astype(np.uint8)


def spoilt(frames: Frames, change) -> Frames:
    return [change(f, k) if grown(k, len(frames)) else f for k, f in enumerate(frames)]


def test_a_thing_that_neither_anchor_shows_fails_persistence_where_it_stands(shot) -> None:
    foreign = shot.frames[0][::-1, ::-1]
    made = spoilt(shot.frames, lambda f, _: in_spot(f, foreign, 72))
    judgement = judged(shot, made, KeepPersistence())
    assert failed(judgement) == {"persistence"}
    found = judgement.verdict.findings[0]
    assert found.region is not None
    left, top, width, height = found.region
    assert left - 0.03 < CENTRE[0] < left + width + 0.03
    assert top - 0.04 < CENTRE[1] < top + height + 0.04
    heat = judgement.heat[judgement.worst]
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    assert abs(column / heat.shape[1] - CENTRE[0]) < 0.1
    assert abs(row / heat.shape[0] - CENTRE[1]) < 0.14


def test_what_both_anchors_show_must_not_vanish(shot) -> None:
    made = spoilt(
        shot.frames, lambda f, _: in_spot(f, np.full_like(f, f[240:250, 440:480].mean()), 80)
    )
    assert "persistence" in failed(judged(shot, made, KeepPersistence()))


def test_detail_made_anew_in_every_frame_fails_texture(shot) -> None:
    def boiled(frame: np.ndarray, k: int) -> np.ndarray:
        low = cv2.GaussianBlur(frame.astype(np.float32), (0, 0), 2.5)
        fresh = np.roll(frame - low, (9 + 5 * (k % 3), 13 + 7 * (k % 4)), axis=(0, 1))
        return in_spot(frame, np.clip(low + fresh, 0, 255), 120)

    made = spoilt(shot.frames, boiled)
    verdict = judged(shot, made, KeepTexture()).verdict
    assert "fail" in {f.state for f in verdict.findings if f.part == "detail"}


@pytest.mark.parametrize(("sigma", "where"), [(1.5, "everywhere"), (0.7, "in a spot")])
def test_detail_that_fades_and_comes_back_fails_texture(shot, sigma: float, where: str) -> None:
    def softened(frame: np.ndarray, _: int) -> np.ndarray:
        soft = cv2.GaussianBlur(frame, (0, 0), sigma)
        return soft if where == "everywhere" else in_spot(frame, soft, 120)

    verdict = judged(shot, spoilt(shot.frames, softened), KeepTexture()).verdict
    found = [f for f in verdict.findings if f.part == "sharpness"]
    assert [f.state for f in found] == ["fail"]
    assert found[0].span is not None
    assert (found[0].region is None) == (where == "everywhere")


def rolled(frames: Frames, degrees: float) -> Frames:
    height, width = frames[0].shape[:2]
    out = []
    for k, frame in enumerate(frames):
        turn = degrees * float(np.sin(np.pi * k / (len(frames) - 1)))
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)
        out.append(
            cv2.warpAffine(frame, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        )
    return out


def test_a_camera_that_rolls_and_comes_back_fails_the_horizon(shot) -> None:
    judgement = judged(shot, rolled(shot.frames, 2.5), KeepHorizon())
    assert failed(judgement) == {"horizon"}
    assert judgement.verdict.findings[0].value == pytest.approx(2.5, abs=0.5)


def test_without_a_horizon_the_verdict_rests_on_the_other_checks(shot) -> None:
    ground = [np.ascontiguousarray(f[200:, 320:]) for f in shot.frames]
    verdict = judged(
        type(shot)(ground, type(shot.footage)([], [], shot.footage.fps)),
        ground,
        KeepHorizon(),
        KeepTexture(),
        footage=False,
    ).verdict
    states = {f.check: f.state for f in verdict.findings}
    assert states["horizon"] == "unknown"
    assert verdict.state == "pass"

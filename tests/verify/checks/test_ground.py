"""On the anchors alone: what both ends show alike has no excuse for what it does in between."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.model.constraint import (
    KeepEndpoint,
    KeepMotion,
    KeepPersistence,
    KeepScene,
    KeepSteady,
)
from landfast.verify import judge
from landfast.verify.checks.ground import ground, quiet
from landfast.verify.measure.floor import fetched
from landfast.verify.measure.study import Study, study
from verify.faults import Frames
from verify.test_judge import failed, judged

SPOT = (0.72, 0.72)
"""Brush and sand on the cliff, shares of the picture."""


def studied(shot, frames: Frames) -> Study:
    return study(shot.take(frames), shot.frames[0], shot.frames[-1], None)


def bell(shape: tuple[int, ...], sigma: float) -> np.ndarray:
    height, width = shape[:2]
    y, x = np.mgrid[:height, :width]
    far = (x - SPOT[0] * width) ** 2 + (y - SPOT[1] * height) ** 2
    return np.exp(-far / (2 * sigma**2))[..., None]


def at_spot(field: np.ndarray) -> float:
    rows, columns = field.shape
    row, column = round(SPOT[1] * rows), round(SPOT[0] * columns)
    return float(np.isfinite(field[row - 1 : row + 2, column - 1 : column + 2]).mean())


def restless(measured: Study, k: int) -> np.ndarray:
    return ground(measured.take).restless(measured.take.in_first[k], measured.take.in_last[k])


def test_the_cliff_is_ground_and_stays_put(shot) -> None:
    measured = studied(shot, shot.frames)
    field = restless(measured, 10)
    assert at_spot(field) > 0.8
    assert np.nanmedian(field) < 0.1
    assert not np.isfinite(field[: len(field) // 4]).any(), "sky"


def test_what_the_last_frame_shows_anew_is_no_ground(shot) -> None:
    other = np.roll(shot.frames[-1][::-1, ::-1], (31, 17), axis=(0, 1))
    near = bell(other.shape, 70) > 0.3
    measured = studied(shot, [*shot.frames[:-1], np.where(near, other, shot.frames[-1])])
    ends = ground(measured.take).pairs[0].first
    assert ends is not None
    seen = ends.found
    assert at_spot(np.where(fetched(seen, measured.take.in_first[0]) > 0.6, 1, np.nan)) < 0.2


def test_quiet_is_the_median_over_ground_alone() -> None:
    residual = np.array([[0.1] * 30 + [0.3] * 20 + [9.0] * 50], np.float32)
    known = np.array([[0.0] * 50 + [np.nan] * 50], np.float32)
    assert quiet([residual], [known]) == pytest.approx(0.1)
    assert np.isnan(quiet([residual[:, :5]], [known[:, :5]]))


def test_a_warp_that_fills_the_take_fails(warped, shot) -> None:
    assert failed(judged(shot, warped[0], KeepScene(), footage=False)) == {"scene"}


@pytest.mark.parametrize("footage", [True, False])
def test_texture_wiped_off_the_ground_fails_persistence_as_ground(shot, footage: bool) -> None:
    def wiped(frame: np.ndarray) -> np.ndarray:
        x, y = round(SPOT[0] * frame.shape[1]), round(SPOT[1] * frame.shape[0])
        out = frame.copy()
        part = out[y - 26 : y + 26, x - 26 : x + 26]
        part[:] = cv2.GaussianBlur(frame, (0, 0), 12)[y - 26 : y + 26, x - 26 : x + 26]
        return out

    made = [wiped(f) if 4 <= k <= 12 else f for k, f in enumerate(shot.frames[:17])]
    verdict = judge(
        shot.take(made),
        start=made[0],
        end=made[-1],
        footage=shot.footage if footage else None,
        constraints=[KeepPersistence()],
    ).verdict
    found = next(f for f in verdict.findings if f.part == "ground")
    assert found.state == "fail"
    assert found.region is not None
    left, top, width, height = found.region
    assert left - 0.04 < SPOT[0] < left + width + 0.04
    assert top - 0.06 < SPOT[1] < top + height + 0.06


def test_a_part_that_flickers_all_the_way_does_not_excuse_itself(shot) -> None:
    near = bell(shot.frames[0].shape, 90)
    made = [
        np.clip(f * (1 + 0.06 * (-1) ** k * near), 0, 255).astype(np.uint8)
        for k, f in enumerate(shot.frames)
    ]
    assert failed(judged(shot, made, KeepSteady(), footage=False)) == {"steady"}


def test_a_take_that_stands_still_and_leaps_at_its_end_fails(shot) -> None:
    made = [shot.frames[0]] * (len(shot.frames) - 1) + [shot.frames[-1]]
    verdict = judged(shot, made, KeepMotion(), footage=False).verdict
    states = {f.part: f.state for f in verdict.findings}
    assert states["freeze"] == "fail"
    assert states["jump"] == "pass", "the leap is part of the stop"


def test_a_mark_burnt_into_every_frame_fails_at_both_ends_and_a_crop_does_not(shot) -> None:
    def marked(frame: np.ndarray) -> np.ndarray:
        return cv2.putText(frame.copy(), "GEN-AI", (384, 324), 0, 0.8, (255, 255, 255), 2)

    ends = KeepEndpoint(at="start", image="a"), KeepEndpoint(at="end", image="b")
    found = judged(shot, [marked(f) for f in shot.frames], *ends, footage=False).verdict.findings
    assert [f.state for f in found] == ["fail", "fail"]
    assert "shows something" in found[0].reason
    cropped = [
        cv2.resize(f[5:-5, 9:-9], (640, 360), interpolation=cv2.INTER_CUBIC) for f in shot.frames
    ]
    assert not failed(judged(shot, cropped, *ends, footage=False))


def parked(shot) -> np.ndarray:
    """A picture of ground whose rows are no whole number of blocks."""
    return np.ascontiguousarray(np.tile(shot.frames[0][180:], (2, 1, 1))[:357])


def driven(ground_: np.ndarray, frames: int) -> Frames:
    """A car that drives on by 0.9 px a frame, under a still camera with noise."""
    rng = np.random.default_rng(3)
    car = rng.integers(0, 2, (6, 4, 3)).repeat(5, axis=0).repeat(8, axis=1).astype(np.float32) * 255
    out = []
    for k in range(frames):
        move = np.array([[1, 0, 300], [0, 1, 260 - 0.9 * k]])
        over = cv2.warpAffine(car, move, ground_.shape[1::-1])
        mask = cv2.warpAffine(np.ones(car.shape[:2], np.float32), move, ground_.shape[1::-1])
        seen = ground_ * (1 - mask[..., None]) + over * mask[..., None]
        out.append(np.clip(seen + rng.normal(0, 1, seen.shape), 0, 255).astype(np.uint8))
    return out


def test_what_drives_slowly_over_the_ground_is_no_warp_of_it(shot) -> None:
    still = parked(shot)
    made = driven(still, 21)
    found = judge(shot.take(made), start=made[0], end=made[-1], constraints=[KeepScene()])
    assert found.verdict.state == "pass", found.verdict.findings[0].reason

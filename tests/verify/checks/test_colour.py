"""Colour: whole picture, strength and parts, on real frames with real surroundings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from landfast.verify.checks.colour import check_colour, deciding
from landfast.verify.findings import Checked
from landfast.verify.measure.study import study
from landfast.verify.measure.tints import TILES, Tint, lasting

if TYPE_CHECKING:
    from verify.conftest import Shot

GAP = 20


def changed(frame: np.ndarray, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A frame whose Lab picture (L 0 to 100) was changed."""
    lab = cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    rgb = cv2.cvtColor(change(lab).astype(np.float32), cv2.COLOR_Lab2RGB)
    return np.uint8(np.clip(255 * rgb, 0, 255) + 0.5)


def hump(k: int) -> float:
    """0 at both ends, 1 in the middle."""
    return float(np.sin(np.pi * k / GAP) ** 2)


def shaded(
    shot: Shot, shift: tuple[float, float, float], *, where: np.ndarray | float = 1.0
) -> list[np.ndarray]:
    part = np.asarray(where, np.float32)
    if part.ndim == 2:
        part = part[..., None]
    return [
        changed(f, lambda lab, k=k: lab + np.float32(shift) * np.float32(hump(k)) * part)
        for k, f in enumerate(shot.frames)
    ]


def checked(shot: Shot, frames: list[np.ndarray], *, alone: bool = True) -> Checked:
    footage = None if alone else shot.footage
    return check_colour(study(shot.take(frames), shot.frames[0], shot.frames[-1], footage))


@pytest.fixture(scope="module")
def spot(shot: Shot) -> np.ndarray:
    """Weight of a round region low on the right."""
    height, width = shot.frames[0].shape[:2]
    y, x = np.mgrid[:height, :width]
    far = (x - 0.72 * width) ** 2 + (y - 0.7 * height) ** 2
    return np.exp(-far / (2 * (0.13 * width) ** 2))


@pytest.mark.parametrize("alone", [True, False])
def test_true_frames(shot: Shot, alone: bool) -> None:
    assert checked(shot, shot.frames, alone=alone).excess[0] < 0.5


def test_cropped_and_brighter_by_three_percent(shot: Shot) -> None:
    height, width = shot.frames[0].shape[:2]
    out = []
    for k, frame in enumerate(shot.frames):
        inner = cv2.resize(frame[6:-6, 10:-10], (width, height), interpolation=cv2.INTER_CUBIC)
        out.append(np.uint8(np.clip(inner * (1 + 0.03 * hump(k)), 0, 255)))
    assert checked(shot, out).findings[0].state == "pass"


def test_grey_take_fails(shot: Shot) -> None:
    """Blue above and brown below cancel in a median of the whole picture."""
    grey = [changed(f, lambda lab: lab * np.float32((1, 0, 0))) for f in shot.frames]
    assert checked(shot, grey).excess[0] > 2


def test_fading_fails_alone_and_in_words(shot: Shot) -> None:
    pale = [
        changed(f, lambda lab, k=k: lab * np.float32((1, 1 - 0.9 * hump(k), 1 - 0.9 * hump(k))))
        for k, f in enumerate(shot.frames)
    ]
    result = checked(shot, pale)
    assert result.findings[0].state == "fail"
    assert result.frames is not None and result.frames[GAP // 2] > 1.5 > result.frames[1]


def test_a_red_part_is_found_where_it_is(shot: Shot, spot: np.ndarray) -> None:
    result = checked(shot, shaded(shot, (0, 12, 0), where=spot))
    finding = result.findings[0]
    assert finding.state == "fail" and "redder" in finding.reason
    left, top, width, height = finding.region or (0, 0, 0, 0)
    assert left < 0.72 < left + width and top < 0.7 < top + height
    assert width < 0.6 and height < 0.7
    assert finding.span is not None and finding.span[0] > 0
    row, column = np.unravel_index(result.heat[GAP // 2].argmax(), result.heat[0].shape)
    assert row >= 4 and column >= 6
    assert len(result.heat) == GAP + 1


@pytest.mark.parametrize(
    ("shift", "word"), [((3, 0, 0), "lighter"), ((0, 3, 0), "redder"), ((0, 0, -3), "bluer")]
)
def test_delta_e_three_that_comes_back(shot: Shot, shift: tuple, word: str) -> None:
    finding = checked(shot, shaded(shot, shift)).findings[0]
    assert finding.state == "fail"
    assert word in finding.reason


def test_the_same_on_every_run(shot: Shot, spot: np.ndarray) -> None:
    frames = shaded(shot, (0, 6, 0), where=spot)
    assert checked(shot, frames).findings == checked(shot, frames).findings


def test_a_colour_that_lasts_over_a_frame_that_cannot_be_followed_is_told_by_its_neighbours() -> (
    None
):
    def frame(drift: float, known: bool = True) -> Tint:
        limit = np.full((*TILES, 2), 2.0 if known else np.nan, np.float32)
        off = np.full((*TILES, 3), drift if known else np.nan, np.float32)
        return Tint(np.zeros(3, np.float32), 0.0, 0.0, 0.0, off, limit)

    found = [frame(0.2), frame(6.0), frame(0, known=False), frame(6.0), frame(0.2)]
    heat = lasting(np.stack([one.ratio for one in found]))
    worst = tuple(int(n) for n in np.argwhere(heat == heat.max())[0])
    assert worst[0] == 2
    drift, limit = deciding(found, heat, worst)
    assert drift.tolist() == [6, 6, 6] and limit.tolist() == [2, 2]

"""Takes of a second and more: what moves by itself has more time, and is no fault yet."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from landfast.media.decode import decode
from landfast.model.constraint import KeepHorizon, KeepPersistence, KeepTexture
from landfast.verify import FootageFrames, TakeFrames, judge
from landfast.verify.checks.ground import ground
from landfast.verify.measure.study import study

RATE = Fraction(30000, 1001)
SIZE = (480, 270)
AROUND = 12


@pytest.fixture(scope="module")
def flown(karma: Path) -> list[np.ndarray]:
    """Frames 88 to 143 of the bundled flight."""
    frames = []
    for picture in decode(karma):
        if picture.index > 143:
            break
        if picture.index >= 88:
            frames.append(cv2.resize(picture.rgb(), SIZE, interpolation=cv2.INTER_AREA))
    return frames


@pytest.mark.parametrize(("frames", "factor"), [(5, 1.0), (17, 1.0), (34, 1.3), (68, 1.6)])
def test_limits_grow_by_doublings(frames: int, factor: float) -> None:
    still = [np.zeros((36, 64, 3), np.uint8)] * frames
    measured = study(TakeFrames(still, RATE), still[0], still[-1], None)
    assert measured.longer == pytest.approx(factor)


def test_true_frames_of_a_second_go_soft_nowhere(flown: list[np.ndarray]) -> None:
    """A bush that turns at the edge of the picture leaves a few cells without detail."""
    take = flown[AROUND:-AROUND]
    footage = FootageFrames(flown[:AROUND], flown[-AROUND:], RATE)
    verdict = judge(
        TakeFrames(take, RATE),
        start=take[0],
        end=take[-1],
        footage=footage,
        constraints=[KeepTexture(), KeepPersistence()],
    ).verdict
    assert [f for f in verdict.findings if f.state == "fail"] == []


CLIFF = (0.72, 0.76)
"""Brush on the cliff, shares of the picture."""


def stained(take: list[np.ndarray], *, to_the_end: bool = False) -> list[np.ndarray]:
    """A stain of 24 px on the cliff, carried along by hand, that comes slowly and goes again."""
    height, width = take[0].shape[:2]
    y, x = np.mgrid[:height, :width]
    out = []
    for k, frame in enumerate(take):
        share = k / (len(take) - 1)
        far = np.hypot(x - CLIFF[0] * width, y - CLIFF[1] * height)
        shown = (far < 12)[..., None] * (share if to_the_end else np.sin(np.pi * share) ** 2)
        stain = np.array([205, 90, 60]) + 25 * ((x // 4 + y // 4) % 2)[..., None]
        out.append((frame * (1 - shown) + stain * shown).astype(np.uint8))
    return out


def faded(take: list[np.ndarray], place: tuple[float, float]) -> list[np.ndarray]:
    """A chequered thing of 40 px that stands 60 px farther left at the end, and fades over; beside
    ground and water that the camera hardly moves against it."""
    height, width = take[0].shape[:2]
    y, x = np.mgrid[:height, :width]
    middle = round(place[0] * width), round(place[1] * height)
    thing = np.array([205, 90, 60]) + 50 * ((x // 8 + y // 8) % 2)[..., None]
    out = []
    for k, frame in enumerate(take):
        share, made = k / (len(take) - 1), frame.astype(np.float64)
        for left, shown in ((0, 1 - share), (-60, share)):
            inside = (np.abs(x - middle[0] - left) < 20) & (np.abs(y - middle[1]) < 20)
            made = np.where(inside[..., None], made * (1 - shown) + thing * shown, made)
        out.append(made.astype(np.uint8))
    return out


def on_ground(
    take: list[np.ndarray], end: np.ndarray, footage: FootageFrames | None = None
) -> tuple[str, float]:
    verdict = judge(
        TakeFrames(take, RATE),
        start=take[0],
        end=end,
        footage=footage,
        constraints=[KeepPersistence()],
    ).verdict
    found = next(f for f in verdict.findings if f.part == "ground")
    return found.state, found.value or 0.0


def test_what_comes_and_goes_within_a_second_fails_on_the_anchors_alone(
    flown: list[np.ndarray],
) -> None:
    take = flown[AROUND:-AROUND]
    assert on_ground(take, take[-1]) < ("pass", 0.9)
    assert on_ground(stained(take), take[-1])[0] == "fail"


@pytest.mark.parametrize("place", [(0.6, 0.7), (0.3, 0.62)], ids=["slope", "sea"])
def test_a_thing_that_fades_from_place_to_place_is_a_ghost_beside_any_footage(
    flown: list[np.ndarray], place: tuple[float, float]
) -> None:
    """Water that flows over into other water excuses no thing in it."""
    take = faded(flown[AROUND:-AROUND], place)
    footage = FootageFrames(flown[:AROUND], flown[-AROUND:], RATE)
    for beside in (footage, None):
        assert on_ground(take, take[-1], beside)[0] == "fail"


def test_what_is_there_at_the_end_has_come_to_stay(flown: list[np.ndarray]) -> None:
    take = stained(flown[AROUND:-AROUND], to_the_end=True)
    assert on_ground(take, take[-1])[0] == "pass"


def test_longer_takes_have_ground_that_one_end_alone_shows(flown: list[np.ndarray]) -> None:
    take = flown[AROUND:-AROUND]
    measured = study(TakeFrames(take, RATE), take[0], take[-1], None)
    found = ground(measured.take)
    assert [pair.span for pair in found.pairs] == [(0, 31), (0, 21), (10, 31)]
    assert {pair.span for pair in found.around(5)} == {(0, 31), (0, 21)}
    ends = measured.take.in_first[8], measured.take.in_last[8]
    seen = [
        np.isfinite(one).mean() for one in (found.restless(*ends), found.pairs[0].restless(*ends))
    ]
    assert seen[0] > 1.05 * seen[1]


def rolled(frame: np.ndarray, degrees: float) -> np.ndarray:
    turn = cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), degrees, 1)
    return cv2.warpAffine(frame, turn, SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


@pytest.mark.parametrize(("degrees", "state"), [(0.0, "pass"), (2.0, "fail")])
def test_a_horizon_that_houses_hide_on_one_side_is_followed(
    flown: list[np.ndarray], degrees: float, state: str
) -> None:
    take = flown[AROUND:-AROUND]
    last = len(take) - 1
    made = [rolled(f, degrees * np.sin(np.pi * k / last) ** 2) for k, f in enumerate(take)]
    verdict = judge(
        TakeFrames(made, RATE),
        start=take[0],
        end=take[-1],
        footage=None,
        constraints=[KeepHorizon()],
    ).verdict
    assert verdict.findings[0].state == state

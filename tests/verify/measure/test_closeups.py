"""Small things in a picture that drifts by: what neither end shows is found, and where."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from landfast.model.constraint import KeepPersistence
from landfast.model.verdict import Finding
from landfast.verify import TakeFrames, judge
from landfast.verify.checks import persistence
from landfast.verify.measure.closeups import CloseUps
from landfast.verify.measure.following import followed
from landfast.verify.measure.reel import reel
from landfast.verify.measure.study import Stretch

WIDTH, HEIGHT, FRAMES, SPEED, SIDE = 480, 270, 17, 5.0, 12
PLACE = (250, 140)
"""Middle of the spot in the middle frame, px."""
Box = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def drifting() -> list[np.ndarray]:
    """Mottled ground that a camera passes at 5 px a frame, with a little noise."""
    rng = np.random.default_rng(5)
    wide = (HEIGHT, WIDTH + round(SPEED * FRAMES), 3)
    fine, coarse = (
        cv2.GaussianBlur(rng.normal(0, 1, wide).astype(np.float32), (0, 0), sigma) * sigma * 45
        for sigma in (1.2, 5.0)
    )
    ground = 120 + fine + 0.5 * coarse
    out = []
    for k in range(FRAMES):
        at = round(SPEED * k)
        noisy = ground[:, at : at + WIDTH] + rng.normal(0, 1.5, (HEIGHT, WIDTH, 3))
        out.append(np.clip(noisy, 0, 255).astype(np.uint8))
    return out


def square(k: int, *, fixed: bool = False, side: int = SIDE) -> tuple[slice, slice]:
    x = PLACE[0] if fixed else PLACE[0] - round(SPEED * (k - FRAMES // 2))
    half = side // 2
    return slice(PLACE[1] - half, PLACE[1] + half), slice(x - half, x + half)


def wiped(frame: np.ndarray, spot: tuple[slice, slice]) -> np.ndarray:
    """The frame with its texture gone at a spot."""
    out = frame.copy()
    out[spot] = frame[spot].mean(axis=(0, 1))
    return out


def painted(frame: np.ndarray, spot: tuple[slice, slice], block: int = 3) -> np.ndarray:
    """The frame with a chequered thing at a spot."""
    out = frame.copy()
    y, x = np.mgrid[: out[spot].shape[0], : out[spot].shape[1]]
    out[spot] = np.where(((x // block + y // block) % 2)[..., None], (230, 60, 40), (60, 90, 220))
    return out


def findings(frames: list[np.ndarray]) -> tuple[Finding, ...]:
    return judge(
        TakeFrames(frames, Fraction(30)),
        start=frames[0],
        end=frames[-1],
        constraints=[KeepPersistence()],
    ).verdict.findings


def on_ground(frames: list[np.ndarray]) -> Finding:
    return next(f for f in findings(frames) if f.part == "ground")


def closeups(frames: list[np.ndarray]) -> CloseUps:
    return Stretch(reel(frames, Fraction(30), (WIDTH, HEIGHT))).closeups


def ratio(found: Finding) -> float:
    assert found.value is not None and found.limit
    return found.value / found.limit


def shared(found: Box, side: int) -> float:
    """Intersection over union with the square in the middle frame."""
    rows, columns = square(FRAMES // 2, side=side)
    x0, y0 = found[0] * WIDTH, found[1] * HEIGHT
    x1, y1 = x0 + found[2] * WIDTH, y0 + found[3] * HEIGHT
    across = min(x1, columns.stop) - max(x0, columns.start)
    down = min(y1, rows.stop) - max(y0, rows.start)
    both = max(0.0, across) * max(0.0, down)
    return both / ((x1 - x0) * (y1 - y0) + side**2 - both)


@pytest.mark.parametrize("side", [12, 24, 32])
def test_what_is_wiped_off_for_a_third_of_a_second_is_found_where_it_was(
    drifting: list[np.ndarray], side: int
) -> None:
    take = [wiped(f, square(k, side=side)) if 3 <= k < 14 else f for k, f in enumerate(drifting)]
    found = on_ground(take)
    assert found.state == "fail" and found.region is not None
    assert shared(found.region, side) > 0.5


def test_what_drifts_by_is_no_fault(drifting: list[np.ndarray]) -> None:
    assert ratio(on_ground(drifting)) < 0.3


def test_a_flat_block_that_coding_got_wrong_is_no_thing(drifting: list[np.ndarray]) -> None:
    smooth = [cv2.GaussianBlur(f, (0, 0), 20) for f in drifting]
    lighter = []
    for k, frame in enumerate(smooth):
        out = frame.astype(np.int16)
        out[square(k, side=16)] += 4 * (3 <= k < 14)
        lighter.append(out.clip(0, 255).astype(np.uint8))
    found = on_ground(
        [
            np.where(np.arange(WIDTH)[:, None] < 120, a, b)
            for a, b in zip(drifting, lighter, strict=True)
        ]
    )
    assert ratio(found) < 0.5


def test_what_stands_still_in_a_moving_picture_is_found(drifting: list[np.ndarray]) -> None:
    take = [painted(f, square(k, fixed=True)) if 3 <= k < 14 else f for k, f in enumerate(drifting)]
    assert on_ground(take).state == "fail"


def test_what_the_camera_follows_all_the_way_is_no_fault(drifting: list[np.ndarray]) -> None:
    take = [painted(f, square(k, fixed=True)) for k, f in enumerate(drifting)]
    assert on_ground(take).state == "pass"


def test_what_fades_out_here_and_in_there_is_a_ghost_and_what_moves_there_is_none(
    drifting: list[np.ndarray],
) -> None:
    moved, faded, briefly = [], [], []
    for k, frame in enumerate(drifting):
        rows, columns = square(k, side=24)
        here, there, between = (
            painted(frame, (rows, slice(columns.start + shift, columns.stop + shift)), block=8)
            for shift in (0, 72, round(72 * k / (FRAMES - 1)))
        )
        share = k / (FRAMES - 1)
        moved.append(between)
        for take, part in ((faded, share), (briefly, min(max(4 * share - 1.5, 0.0), 1.0))):
            take.append(np.rint(here * (1 - part) + there * part).astype(np.uint8))
    assert on_ground(faded).state == "fail"
    assert on_ground(briefly).state == "fail"
    assert on_ground(moved).state == "pass"
    at = (PLACE[1] / 8, (PLACE[0] + 36) / 8)
    boxes = followed(closeups(moved), FRAMES // 2, *at)
    assert len(boxes) == FRAMES, "nearly its own size goes by in a quarter of a second"
    x, _, across, _ = boxes[0]
    assert abs((x + across / 2) * WIDTH - (PLACE[0] + SPEED * (FRAMES // 2))) < 4
    assert not followed(closeups(faded), 0, PLACE[1] / 8, (PLACE[0] + 40) / 8)


def test_what_moves_onto_ground_as_bright_as_itself_is_followed(
    drifting: list[np.ndarray],
) -> None:
    take = []
    for k, frame in enumerate(drifting):
        out = frame.astype(np.int16)
        out[:, PLACE[0] + 70 - round(SPEED * k) :] += 70
        x = PLACE[0] + 2 * k
        out[PLACE[1] : PLACE[1] + 4, x : x + 9] = 190
        take.append(out.clip(0, 255).astype(np.uint8))
    shown = closeups(take)
    for at in (4, 6):
        boxes = followed(shown, at, (PLACE[1] + 2) / 8, (PLACE[0] + 2 * at + 4) / 8)
        assert len(boxes) == FRAMES
        left = [boxes[k][0] * WIDTH for k in (0, at)]
        assert left == pytest.approx([PLACE[0], PLACE[0] + 2 * at], abs=3)


def test_what_is_so_large_that_motion_leads_it_to_itself_is_followed_over_a_plane(
    drifting: list[np.ndarray],
) -> None:
    take = []
    for k, frame in enumerate(drifting):
        rows, columns = square(k, side=80)
        shift = 12 * (k - FRAMES // 2)
        spot = rows, slice(columns.start + shift, columns.stop + shift)
        take.append(painted(frame, spot, block=16))
    boxes = followed(closeups(take), FRAMES // 2, PLACE[1] / 8, PLACE[0] / 8)
    assert len(boxes) == FRAMES
    middle = [(boxes[k][0] + boxes[k][2] / 2) * WIDTH for k in (0, FRAMES - 1)]
    assert middle[1] - middle[0] == pytest.approx((12 - SPEED) * (FRAMES - 1), abs=3)


def test_what_comes_and_stays_is_boxed_where_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persistence, "_BY_FOOTAGE", 0.5)  # about boxes, not about limits
    rng = np.random.default_rng(0)
    ground = cv2.GaussianBlur(rng.integers(0, 255, (180, 420, 3), np.uint8), (0, 0), 1.5)
    ground = cv2.normalize(ground, None, 0, 255, cv2.NORM_MINMAX)
    frames = [np.ascontiguousarray(ground[:, 4 * k : 4 * k + 320]) for k in range(24)]
    for k in range(12, 24):
        frames[k][60:84, 250 - 4 * k : 274 - 4 * k] = (230, 40, 40)
    boxes = [f.region for f in findings(frames) if f.state == "fail" and f.region is not None]
    assert boxes
    assert all(box[2] * box[3] < 0.1 for box in boxes), "the end shows it too: no whole picture"

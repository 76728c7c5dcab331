"""The camera of a short clip against moves that are known by construction."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from landfast.vision.motion.travel import travel

WIDTH, HEIGHT, FRAMES = 320, 180, 12


def clip(*, zoom: float = 0.0, roll: float = 0.0, pan: float = 0.0, tilt: float = 0.0):
    """A textured plane seen by a camera that makes the whole move over the clip."""
    noise = np.random.default_rng(4).integers(0, 255, (3 * HEIGHT, 3 * WIDTH)).astype(np.uint8)
    world = cv2.GaussianBlur(noise, (0, 0), 2)
    world = cv2.normalize(world, None, 0, 255, cv2.NORM_MINMAX)
    centre = ((3 * WIDTH - 1) / 2, (3 * HEIGHT - 1) / 2)
    for k in range(FRAMES):
        t = k / (FRAMES - 1)
        factor, turn = 1 + t * zoom / 100, math.radians(-t * roll)
        x, y = -t * pan / 100 * WIDTH, t * tilt / 100 * WIDTH
        c, s = factor * math.cos(turn), factor * math.sin(turn)
        offset = np.array([(WIDTH - 1) / 2 + x, (HEIGHT - 1) / 2 + y])
        A = np.array([[c, -s], [s, c]])
        A = np.column_stack([A, offset - A @ np.array(centre)])
        yield cv2.warpAffine(world, A, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)


@pytest.mark.parametrize(
    "move",
    [
        {"zoom": 6.0},
        {"zoom": -5.0},
        {"roll": 4.0},
        {"pan": 5.0},
        {"tilt": -3.0},
        {"zoom": 4.0, "roll": -3.0},
    ],
)
def test_moves_are_measured(move: dict[str, float]) -> None:
    found = travel(clip(**move))
    assert found is not None and found.measured == 1
    wanted = [move.get(name, 0.0) for name in ("zoom", "roll", "pan", "tilt")]
    assert found.path[-1] == pytest.approx(wanted, abs=0.12)
    assert found.path[0] == pytest.approx([0, 0, 0, 0])
    half = found.path[FRAMES // 2] * (FRAMES - 1) / (FRAMES // 2)
    assert half == pytest.approx(wanted, abs=0.25)


def test_nothing_to_follow() -> None:
    assert travel([np.full((HEIGHT, WIDTH), 90, np.uint8)] * 5) is None
    assert travel([]) is None
    assert travel(list(clip())[:1]) is None


def test_a_cut_is_not_a_move() -> None:
    rng = np.random.default_rng(3)
    frames = [rng.integers(0, 255, (HEIGHT, WIDTH)).astype(np.uint8) for _ in range(6)]
    assert travel(frames) is None

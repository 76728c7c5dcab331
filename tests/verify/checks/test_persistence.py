"""Structure that neither end shows: what was put in, and what is never the same twice."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np

from landfast.model.constraint import KeepPersistence
from landfast.verify import TakeFrames, judge

FRAMES = 17
TOP, LEFT, SIDE = 120, 240, 110


def ridden(shot, look) -> list[np.ndarray]:
    """A pan of 1.5 px a frame, with a patch that rides along; of which look in which frame."""
    out = []
    for k in range(FRAMES):
        move = np.array([[1, 0, -1.5 * k], [0, 1, 0]])
        scene = shot.frames[0].copy()
        patch = look(k)
        if patch is not None:
            scene[TOP : TOP + SIDE, LEFT : LEFT + SIDE] = patch
        seen = cv2.warpAffine(scene, move, (640, 360), flags=cv2.INTER_CUBIC)
        out.append(seen[:, :-40])
    return out


def pattern(seed: int, contrast: float = 50) -> np.ndarray:
    """Blotches, as sunlight through ripples casts."""
    noise = np.random.default_rng(seed).normal(0, 1, (SIDE, SIDE)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 2)
    grey = np.clip(128 + contrast * soft / soft.std(), 0, 255).astype(np.uint8)
    return grey[..., None].repeat(3, axis=2)


def structure(frames: list[np.ndarray]) -> str:
    verdict = judge(
        TakeFrames(frames, Fraction(30)),
        start=frames[0],
        end=frames[-1],
        constraints=[KeepPersistence()],
    ).verdict
    return next(f.state for f in verdict.findings if f.part == "structure")


def test_what_boils_from_frame_to_frame_was_not_put_in(shot) -> None:
    assert structure(ridden(shot, pattern)) == "pass"


def for_a_while(k: int) -> np.ndarray | None:
    return pattern(99, 12) if 4 <= k < 13 else None


def test_what_stays_for_a_while_was(shot) -> None:
    assert structure(ridden(shot, for_a_while)) == "fail"


def test_noise_that_makes_all_fine_detail_differ_excuses_nothing(shot) -> None:
    rng = np.random.default_rng(1)
    noisy = [f + rng.normal(0, 20, f.shape) for f in ridden(shot, for_a_while)]
    assert structure([np.clip(f, 0, 255).astype(np.uint8) for f in noisy]) == "fail"

"""A thing that moves by itself goes its way through the gap; everything else stays the scene's."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest

from generators.conftest import rendered_gap
from landfast.generators.base import CONTEXT, Material
from landfast.generators.geometry.bridge import build_bridge

STEPS = 12
RADIUS = 10
PATTERN = cv2.resize(
    np.random.default_rng(4).integers(0, 2, (5, 5), np.uint8) * 160 + 60,
    None,
    fx=5,
    fy=5,
    interpolation=cv2.INTER_CUBIC,
)


def place(k: float, speed: float = 5.0) -> np.ndarray:
    """Where the ball is at a frame: across the view, ever slower."""
    return np.array([70 + speed * k - 0.06 * k * k, 60 + 0.8 * k])


def with_ball(image: np.ndarray, at: np.ndarray, turn: int = 0) -> np.ndarray:
    """A picture with a red ball before it."""
    size = PATTERN.shape[0]
    shade = np.rot90(PATTERN, turn).astype(np.float32)
    ball = np.dstack([shade, *[shade * np.float32(0.45)] * 2])
    disc = cv2.circle(np.zeros((size, size), np.float32), (size // 2,) * 2, RADIUS, 1, -1)
    move = np.array([[1, 0, at[0] - size // 2], [0, 1, at[1] - size // 2]])
    laid = partial(cv2.warpAffine, M=move, dsize=image.shape[1::-1])
    opaque = laid(disc)[..., None]
    return np.rint(image * (1 - opaque) + laid(ball) * opaque).astype(np.uint8)


def material(kind: str) -> Material:
    still = rendered_gap(kind, STEPS + 1).material
    return Material(
        with_ball(still.first, place(0)),
        with_ball(still.last, place(STEPS)),
        tuple(with_ball(one, place(k - CONTEXT)) for k, one in enumerate(still.before)),
        tuple(with_ball(one, place(STEPS + k)) for k, one in enumerate(still.after, start=1)),
    )


def red(image: np.ndarray) -> np.ndarray:
    shown = image.astype(int)
    return shown[..., 0] > 1.7 * shown[..., 1:].max(axis=2) + 5


@pytest.mark.parametrize("kind", ["forward", "pan"])
def test_a_ball_goes_its_way(kind: str) -> None:
    bridge = build_bridge(material(kind), frames=STEPS + 1)
    assert len(bridge.movers) == 1
    for k in (4, 8):
        seen = red(bridge.view(k / STEPS))
        down, across = np.nonzero(seen)
        assert np.abs([across.mean(), down.mean()] - place(k)).max() < 2
        assert 0.6 < seen.sum() / (np.pi * RADIUS**2) < 1.1


def test_what_the_other_anchor_does_not_show_is_not_moved_there() -> None:
    gap = material("forward")
    elsewhere = with_ball(rendered_gap("forward", STEPS + 1).material.last, place(STEPS, -4.0), 1)
    assert not build_bridge(replace(gap, last=elsewhere), frames=STEPS + 1).movers


def test_what_stands_still_is_no_thing() -> None:
    gap = rendered_gap("forward", STEPS + 1)
    assert not build_bridge(gap.material, frames=STEPS + 1).movers

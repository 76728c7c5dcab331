"""A camera that shakes from frame to frame is told from one that is moved, and comes to rest."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.generators.base import CONTEXT, Material
from landfast.generators.geometry.correspond import Side
from landfast.generators.geometry.easing import SHAKEN, ease
from landfast.generators.geometry.path import motion
from landfast.generators.geometry.shake import shaken

STEPS = 20
SPEED = np.array([0.8, 0.3])
NOISE = np.random.default_rng(5).integers(0, 256, (200, 300), np.uint8)
WORLD = cv2.normalize(
    cv2.GaussianBlur(NOISE, (0, 0), 2).astype(np.float32), None, 0, 255, cv2.NORM_MINMAX
).astype(np.uint8)


def places(swing: float, beat: float) -> dict[int, np.ndarray]:
    """Where the picture stands at each frame around the gap."""
    return {
        k: SPEED * k + swing * np.array([np.sin(beat * k + 1), np.cos(beat * k)])
        for k in range(-CONTEXT, STEPS + CONTEXT + 1)
    }


def material(at: dict[int, np.ndarray]) -> Material:
    def shown(k: int) -> np.ndarray:
        move = np.array([[1, 0, -20 + at[k][0]], [0, 1, -20 + at[k][1]]])
        view = cv2.warpAffine(WORLD, move, (240, 150), flags=cv2.INTER_CUBIC)
        return np.dstack([view] * 3)

    before = tuple(shown(k) for k in range(-CONTEXT, 0))
    after = tuple(shown(STEPS + k) for k in range(1, CONTEXT + 1))
    return Material(shown(0), shown(STEPS), before, after)


def told(swing: float, beat: float) -> bool:
    at = places(swing, beat)
    whole = np.eye(3)
    whole[:2, 2] = at[STEPS] - at[0]
    return shaken(material(at), whole, 240, steps=STEPS)


@pytest.mark.parametrize("beat", [1.9, 2.6, 3.1])
def test_a_camera_that_goes_back_each_frame_shakes(beat: float) -> None:
    assert told(1.2, beat)


@pytest.mark.parametrize(("swing", "beat"), [(0.0, 0.0), (1.5, 0.3), (4.0, 0.1), (0.02, 2.6)])
def test_a_camera_that_sways_or_stands_firm_does_not(swing: float, beat: float) -> None:
    assert not told(swing, beat)


def test_without_footage_nothing_is_known() -> None:
    alone = material(places(1.2, 2.6))
    assert not shaken(Material(alone.first, alone.last), np.eye(3), 240, steps=STEPS)


def test_both_ends_settle_within_frames_and_meet_their_anchors() -> None:
    for t, leave, arrive in ((0.0, 0, 0), (1.0, 0, 0), (0.25, 0.75, 0.25), (0.5, 0.5, 0.5)):
        assert ease(t, 60, (SHAKEN, SHAKEN)) == pytest.approx((leave, arrive), abs=1e-3)


def test_the_way_leads_where_the_frames_beside_the_anchors_lie() -> None:
    """Both anchors are off by a shake; in mid-gap the way is that of the frames around them."""
    first, last = np.array([3.0, -2.0]), np.array([-1.0, 2.5])
    trust, scale = np.ones((6, 8), np.float32), np.float32([4, 4])

    def field(vector: np.ndarray) -> np.ndarray:
        return np.broadcast_to(vector.astype(np.float32), (6, 8, 2)).copy()

    across = SPEED * STEPS + last - first
    mean = across / STEPS
    near = Side(
        field(across), trust, field(-4 * mean - first), 4, field(-2 * mean - first), 2, scale, True
    )
    far = Side(
        field(-across), trust, field(4 * mean - last), 4, field(2 * mean - last), 2, scale, True
    )
    way = motion(near, far, steps=STEPS)
    assert np.allclose(way.at(1.0), across, atol=1e-4)
    middle = across / 2 - (first + last) * (2 / 3) / 2
    assert np.allclose(way.at(0.5), middle, atol=0.01)

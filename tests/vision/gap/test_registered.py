"""What two registered pictures share, against planted changes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import scenes
from landfast.vision.gap.registered import Registered, register
from landfast.vision.geometry.twoview import relate

SIZE = (480, 270)
DEEP = scenes.Scene(kind="terrain", seed=6, boxes=scenes.town(2))


def registered(a: np.ndarray, b: np.ndarray) -> Registered:
    grays = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (a, b)]
    return register(a, b, relate(*grays))


@pytest.fixture(scope="module")
def pair() -> list[np.ndarray]:
    return scenes.video(DEEP, scenes.path("sideways", 2, step=4.0, size=SIZE))


def test_depth_alone_is_neither_churn_nor_light(pair: list[np.ndarray]) -> None:
    found = registered(*pair)
    assert found.churn is not None and found.churn < 0.1
    assert found.light is not None and found.light < 1
    assert found.hidden < 0.15


def test_a_thing_put_in_is_churn(pair: list[np.ndarray]) -> None:
    a, b = pair
    changed = b.copy()
    noise = np.random.default_rng(1).integers(0, 255, (40, 60, 3))
    changed[180:260, 200:320] = np.kron(noise, np.ones((2, 2, 1))).astype(np.uint8)
    share = 80 * 120 / (270 * 480)
    before, after = registered(a, b).churn, registered(a, changed).churn
    assert before is not None and after is not None
    assert after - before == pytest.approx(share, rel=0.6)


def test_a_flat_picture_has_no_detail_to_change() -> None:
    flat = np.full((270, 480, 3), 128, np.uint8)
    marked = scenes.video(DEEP, scenes.path("still", 1, size=SIZE))[0]
    relation = relate(*[cv2.cvtColor(marked, cv2.COLOR_RGB2GRAY)] * 2)
    assert register(flat, flat, relation).churn is None

"""Distance in kind: small for one place, large for another, deaf to noise."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import scenes
from landfast.media.decode import stills
from landfast.media.probe import probe
from landfast.vision.gap.measure import ALIKE
from landfast.vision.gap.semantic import kind_of, semantic_distance

SIZE = (320, 180)


def views(kind: str, step: float) -> list[np.ndarray]:
    scene = scenes.Scene(kind="terrain", seed=6, boxes=scenes.town(2))
    return scenes.video(scene, scenes.path(kind, 2, step=step, size=SIZE))


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return semantic_distance(kind_of(a), kind_of(b)).total


def test_a_picture_is_no_way_from_itself():
    a, _ = views("forward", 1.0)
    assert apart(a, a) == pytest.approx(0, abs=1e-6)


def test_it_grows_with_the_way_and_stays_small_for_one_place():
    near, far = apart(*views("forward", 4.0)), apart(*views("forward", 40.0))
    assert near < far < ALIKE


def test_it_does_not_depend_on_the_order_or_much_on_the_size():
    a, b = views("sideways", 30.0)
    assert apart(a, b) == pytest.approx(apart(b, a))
    large = [cv2.resize(one, (1280, 720), interpolation=cv2.INTER_CUBIC) for one in (a, b)]
    assert apart(*large) == pytest.approx(apart(a, b), abs=0.05)


def test_noise_is_no_texture():
    rng = np.random.default_rng(3)
    a, b = (np.clip(90 + rng.normal(0, 1.5, (180, 320, 3)), 0, 255).astype(np.uint8) for _ in "ab")
    found = semantic_distance(kind_of(a), kind_of(b))
    assert found.texture == 0
    assert found.total < 0.1


def test_a_picture_upside_down_is_another_layout():
    scene, level = scenes.Scene(kind="terrain", seed=6), scenes.Pose(pitch_deg=-4.0)
    (a,) = scenes.video(scene, scenes.path("still", 1, start=level, size=SIZE))
    assert apart(a, a[::-1].copy()) > 0.15


def test_a_whole_real_flight_is_one_kind(karma: Path):
    clip = probe(karma)
    times = [clip.time_of(at) for at in (0, 180, 361)]
    kinds = [kind_of(picture.rgb()) for picture in stills(karma, clip, times)]
    within = semantic_distance(kinds[0], kinds[2]).total
    assert within < 0.15
    rendered = kind_of(views("forward", 1.0)[0])
    assert all(semantic_distance(kind, rendered).total > ALIKE for kind in kinds)

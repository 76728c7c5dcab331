"""Gaps between anchors: what can be bridged and what cannot."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import pytest

import scenes
from landfast.errors import InputError
from landfast.model.measured import Gap
from landfast.vision.gap import measure
from landfast.vision.gap.beside import Beside
from landfast.vision.gap.measure import ALIKE, End

DEEP = scenes.Scene(kind="terrain", seed=6, boxes=scenes.town(2))
SIZE = (384, 216)


def measure_gap(first: np.ndarray, last: np.ndarray, **named: Any) -> Gap:
    return measure.measure_gap(End.of(first), End.of(last), **named)


STEADY = Beside(turn_px=0.5, unsteady_px=0.1)


def likely(a: np.ndarray, b: np.ndarray, *, frames: int = 30, beside: Beside = STEADY) -> Gap:
    """A gap with all that its chance needs."""
    return measure_gap(a, b, frames=frames, seconds=Fraction(frames, 30), beside=beside)


@lru_cache
def ends(kind: str, travel: float, scene: scenes.Scene = DEEP) -> list[np.ndarray]:
    return scenes.video(scene, scenes.path(kind, 2, step=travel, size=SIZE))


def test_a_short_way_is_bridgeable():
    gap = likely(*ends("forward", 15.0))
    assert gap.state == "bridgeable"
    assert gap.overlap > 0.5
    assert gap.disoccluded < 0.5
    assert 0 < gap.chance <= 1
    assert gap.light_change < 1 and gap.colour_change < 1
    assert gap.semantic < 0.15
    assert (gap.frames, gap.seconds, gap.turn_px, gap.unsteady_px) == (30, 1, 0.5, 0.1)
    assert "matched structure" in gap.reason


def test_the_chance_falls_with_length_and_unsteadiness():
    pair = ends("forward", 15.0)
    chances = [likely(*pair, frames=frames).chance for frames in (8, 30, 90)]
    chances += [likely(*pair, frames=90, beside=Beside(8.0, 6.0)).chance]
    assert chances == sorted(chances, reverse=True) and len(set(chances)) == 4
    assert measure_gap(*pair).chance is None, "without its length a gap has no chance"
    assert likely(*pair, beside=Beside(None, None)).chance is None


def test_hidden_share_grows_with_the_way():
    near, far = (likely(*ends("pan", degrees)) for degrees in (4.0, 20.0))
    truth = [
        (~scenes.flow(DEEP, *scenes.path("pan", 2, step=degrees, size=SIZE))[1]).mean()
        for degrees in (4.0, 20.0)
    ]
    assert near.disoccluded == pytest.approx(truth[0], abs=0.08)
    assert far.disoccluded == pytest.approx(truth[1], abs=0.12)
    assert far.chance < near.chance
    assert far.motion_px > near.motion_px


def test_parallax_is_the_scene_not_the_camera():
    assert measure_gap(*ends("pan", 6.0)).parallax_px < 2
    assert measure_gap(*ends("sideways", 15.0)).parallax_px > 3


def test_a_turn_out_of_the_picture_is_too_wide_or_unrelated():
    gap = measure_gap(*ends("pan", 55.0))
    assert gap.state in ("too wide", "unrelated")
    assert gap.chance is None


def test_the_way_of_the_camera_is_told_in_units_of_depth():
    cameras = scenes.path("sideways", 2, step=20.0, size=SIZE)
    a, b = scenes.video(DEEP, cameras)
    depth = scenes.render(DEEP, cameras[0]).depth
    truth = 20.0 / float(np.median(depth[np.isfinite(depth)]))
    measured = measure_gap(a, b, focal_px=cameras[0].focal).baseline
    assert measured == pytest.approx(truth, rel=0.2)
    assert measure_gap(*ends("pan", 6.0)).baseline is None


def forest(seed: int) -> np.ndarray:
    """Green blobs of all sizes below a strip of sky."""
    rng = np.random.default_rng(seed)
    image = np.zeros((270, 480, 3), np.float32)
    for size in (2, 5, 12):
        leaves = rng.normal(size=(270 // size + 2, 480 // size + 2)).astype(np.float32)
        image += cv2.resize(leaves, (480, 270), interpolation=cv2.INTER_CUBIC)[..., None]
    image = np.float32([40, 85, 30]) + image * np.float32([14, 24, 12])
    image[:30] = (180, 200, 220)
    return np.clip(image, 0, 255).astype(np.uint8)


def city(seed: int) -> np.ndarray:
    """Grey and brown facades with windows below much sky."""
    rng = np.random.default_rng(seed)
    image = np.full((270, 480, 3), (150, 165, 190), np.uint8)
    for left in range(0, 480, 40):
        top, shade = int(rng.integers(60, 190)), rng.integers(70, 190)
        image[top:, left : left + 38] = (shade, shade - 8, shade - 16)
        for row in range(top + 6, 262, 14):
            for column in range(left + 4, left + 34, 10):
                image[row : row + 8, column : column + 6] = int(rng.integers(20, 240))
    return image


def test_forest_and_city_are_unrelated_with_the_numbers():
    gap = likely(forest(1), city(2))
    assert gap.state == "unrelated"
    assert gap.overlap == 0 and gap.chance is None
    assert gap.semantic > ALIKE
    assert "do not show the same scene" in gap.reason
    assert f"{gap.semantic:.2f} apart in layout and texture" in gap.reason


def test_another_place_of_the_same_kind_is_unknown():
    gap = likely(forest(1), forest(2))
    assert (gap.state, gap.overlap, gap.chance) == ("unknown", None, None)
    assert gap.semantic < ALIKE
    assert "look alike but cannot be measured" in gap.reason


def waves(seed: int) -> np.ndarray:
    """Open water to the edges: waves that are others every time."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:270, 0:480].astype(np.float32)
    sea = np.zeros((270, 480), np.float32)
    for _ in range(60):
        length, turn, start = rng.uniform(5, 40), rng.normal(0.3, 0.5), rng.uniform(0, 7)
        sea += np.sin((x * np.cos(turn) + y * np.sin(turn)) * 6.283 / length + start)
    return np.clip(np.float32([60, 90, 110]) + sea[..., None] * 5, 0, 255).astype(np.uint8)


def fog(seed: int) -> np.ndarray:
    """A view of which three grey levels are left, and sensor noise."""
    view = ends("still", 0.0)[0].astype(np.float32)
    noise = np.random.default_rng(seed).normal(0, 1.0, view.shape)
    return np.clip(200 + (view - view.mean()) * 0.012 + noise, 0, 255).astype(np.uint8)


def night(seed: int) -> np.ndarray:
    """Black, and the noise of a sensor turned up."""
    noise = np.random.default_rng(seed).normal(9, 6, (270, 480, 3))
    return np.clip(noise, 0, 255).astype(np.uint8)


def sky(seed: int) -> np.ndarray:
    """Nothing but a gradient, and a little noise."""
    light = np.linspace(0, 1, 270)[:, None, None] * np.array([60, 40, 10]) + (120, 160, 220)
    noise = np.random.default_rng(seed).normal(0, 1.0, (270, 480, 3))
    return np.clip(light + noise, 0, 255).astype(np.uint8)


def plain(seed: int) -> np.ndarray:
    """One colour."""
    return np.full((270, 480, 3), 90, np.uint8)


def black(seed: int) -> np.ndarray:
    """Nothing."""
    return np.zeros((270, 480, 3), np.uint8)


@pytest.mark.parametrize("picture", [waves, fog, night, sky, plain, black])
def test_what_cannot_be_measured_is_unknown_and_no_number_is_invented(picture):
    gap = likely(picture(1), picture(2))
    assert gap.state == "unknown"
    numbers = (
        gap.overlap,
        gap.motion_px,
        gap.parallax_px,
        gap.baseline,
        gap.light_change,
        gap.colour_change,
        gap.disoccluded,
        gap.churn,
        gap.chance,
    )
    assert numbers == (None,) * len(numbers)
    assert "too plain to judge" in gap.reason or "cannot be measured" in gap.reason


def test_a_view_against_black_is_unknown():
    view = ends("still", 0.0)[0]
    nothing = np.zeros_like(view)
    for pair in ((view, nothing), (nothing, view)):
        gap = likely(*pair)
        assert gap.state == "unknown" and gap.chance is None
        assert "too plain to judge" in gap.reason


def test_the_same_frame_twice_is_a_gap_without_motion():
    view = ends("still", 0.0)[0]
    gap = likely(view, view)
    assert gap.state == "bridgeable"
    assert gap.motion_px == pytest.approx(0, abs=0.05)
    assert gap.disoccluded < 0.01 and gap.semantic == 0
    assert gap.baseline is None, "a camera that did not move shows no depth"
    assert gap.churn == pytest.approx(0, abs=0.01)


def test_things_that_moved_by_themselves_are_churn():
    a, b = ends("forward", 4.0)
    crossed = b.copy()
    crossed[120:184, 200:272] = forest(3)[100:164, 100:172]
    quiet, busy = likely(a, b).churn, likely(a, crossed).churn
    assert quiet < 0.1
    assert busy > quiet + 0.03


def test_light_change_is_a_colour_difference():
    a, b = ends("forward", 6.0)
    darker = cv2.convertScaleAbs(b, alpha=0.8)
    lab = [cv2.cvtColor(np.float32(one) / 255, cv2.COLOR_RGB2LAB) for one in (b, darker)]
    planted = float(np.median(np.linalg.norm(lab[0] - lab[1], axis=2)))
    assert measure_gap(a, darker).light_change == pytest.approx(planted, rel=0.25)


def test_lengths_are_source_pixels():
    small = ends("pan", 5.0)
    large = [cv2.resize(one, (1536, 864), interpolation=cv2.INTER_CUBIC) for one in small]
    ratio = measure_gap(*large).motion_px / measure_gap(*small).motion_px
    assert ratio == pytest.approx(4, rel=0.05)


def test_pictures_of_two_sizes_are_refused():
    a, b = ends("still", 0.0)
    with pytest.raises(InputError, match="differ in size: 384x216 and 370x216"):
        measure_gap(a, b[:, :370])


def test_a_gap_without_length_is_refused():
    a, b = ends("still", 0.0)
    with pytest.raises(InputError, match="no length"):
        measure_gap(a, b, frames=0)


def test_colour_is_told_from_light():
    a, b = ends("forward", 6.0)
    darker = cv2.convertScaleAbs(b, alpha=0.8)
    redder = np.clip(b.astype(np.float32) * (1.15, 1.0, 0.85), 0, 255).astype(np.uint8)
    dark, red = measure_gap(a, darker), measure_gap(a, redder)
    assert dark.colour_change < 0.6 * dark.light_change
    assert red.colour_change > 0.8 * red.light_change > 3


def test_the_same_gap_for_any_number_of_threads():
    a, b = ends("sideways", 10.0)
    before = cv2.getNumThreads()
    try:
        found = []
        for threads in (1, 2, 4):
            cv2.setNumThreads(threads)
            found.append(measure_gap(a, b).key)
    finally:
        cv2.setNumThreads(before)
    assert found[0] == found[1] == found[2]

"""Gaps between anchors: what can be bridged and what cannot."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import scenes
from landfast.errors import InputError
from landfast.vision.gap import estimated_chance, measure_gap

DEEP = scenes.Scene(kind="terrain", seed=6, boxes=scenes.town(2))
SIZE = (480, 270)


def ends(kind: str, travel: float, scene: scenes.Scene = DEEP) -> list[np.ndarray]:
    return scenes.video(scene, scenes.path(kind, 2, step=travel, size=SIZE))


def test_a_short_way_is_bridgeable():
    gap = measure_gap(*ends("forward", 15.0))
    assert gap.state == "bridgeable"
    assert gap.overlap > 0.5
    assert gap.disoccluded < 0.5
    assert 0 < gap.chance <= 1
    assert gap.light_change < 1
    assert "matched structure" in gap.reason


def test_hidden_share_grows_with_the_way():
    near, far = (measure_gap(*ends("pan", degrees)) for degrees in (4.0, 20.0))
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


def test_another_scene_is_unrelated():
    other = scenes.Scene(kind="terrain", seed=91, sky="clouds")
    gap = measure_gap(ends("still", 0.0)[0], ends("still", 0.0, other)[0])
    assert gap.state == "unrelated"
    assert gap.overlap == 0
    assert "do not show the same scene" in gap.reason


def test_plain_pictures_are_unknown_not_refused():
    plain = np.full((270, 480, 3), 90, np.uint8)
    gap = measure_gap(plain, plain)
    assert gap.state == "unknown"
    assert gap.overlap is None
    assert "too plain" in gap.reason


def test_light_change_is_a_colour_difference():
    a, b = ends("forward", 6.0)
    darker = cv2.convertScaleAbs(b, alpha=0.8)
    lab = [cv2.cvtColor(np.float32(one) / 255, cv2.COLOR_RGB2LAB) for one in (b, darker)]
    planted = float(np.median(np.linalg.norm(lab[0] - lab[1], axis=2)))
    assert measure_gap(a, darker).light_change == pytest.approx(planted, rel=0.25)


def test_lengths_are_source_pixels():
    small = ends("pan", 5.0)
    large = [cv2.resize(one, (1920, 1080), interpolation=cv2.INTER_CUBIC) for one in small]
    ratio = measure_gap(*large).motion_px / measure_gap(*small).motion_px
    assert ratio == pytest.approx(4, rel=0.05)


def test_pictures_of_two_sizes_are_refused():
    a, b = ends("still", 0.0)
    with pytest.raises(InputError, match="differ in size: 480x270 and 470x270"):
        measure_gap(a, b[:, :470])


def test_chance_is_monotone():
    shares = np.linspace(0, 1, 11)
    by_overlap = [estimated_chance(share, 0.2) for share in shares]
    by_hidden = [estimated_chance(0.5, share) for share in shares]
    assert by_overlap == sorted(by_overlap)
    assert by_hidden == sorted(by_hidden, reverse=True)
    assert all(0 <= chance <= 1 for chance in by_overlap + by_hidden)


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

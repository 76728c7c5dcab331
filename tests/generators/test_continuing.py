"""What a jolt adds to the last real step goes on into the gap, and dies away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from benchmarks.seams import velocity_change

from generators.conftest import RenderedGap, rendered_gap, request_for
from landfast.generators.base import Material
from landfast.generators.geometry import GeometryGenerator
from landfast.generators.geometry.continuing import _SHORTEST, Continued, continued
from landfast.generators.geometry.easing import SHAKEN
from landfast.generators.geometry.lookup import FlowLookup
from landfast.generators.geometry.measure import measure

JOLT = {1: (0.15, -0.1), 2: (0.15, -0.12), 3: (0.12, -0.1), 4: (0.08, -0.05)}
"""Shift of the frames so far from an anchor, pixels: the last step is another than those before."""
MOST_PX = 0.06
"""A frame; what a flight without a jolt reads is half of it."""


@pytest.fixture(scope="module")
def gap() -> RenderedGap:
    return rendered_gap("forward", step=1.0)


def shifted(image: np.ndarray, by: tuple[float, float]) -> np.ndarray:
    move = np.array([[1, 0, by[0]], [0, 1, by[1]]])
    size = image.shape[1], image.shape[0]
    return cv2.warpAffine(
        image, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )


def jolted(material: Material, times: float = 1) -> Material:
    jolt = {k: (times * x, times * y) for k, (x, y) in JOLT.items()}
    before = [shifted(one, jolt[k]) for k, one in enumerate(material.before[::-1], 1)]
    after = [shifted(one, jolt[k]) for k, one in enumerate(material.after, 1)]
    return replace(material, before=tuple(before[::-1]), after=tuple(after))


def made(gap: RenderedGap, material: Material) -> list[np.ndarray]:
    return list(GeometryGenerator().make(request_for(gap, "geometry"), material))


def gray(images: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in images]


@pytest.mark.parametrize("kind", ["forward", "crane"])
def test_steps_of_one_and_two_frames_are_the_same_on_both_sides_of_a_seam(kind):
    gap = rendered_gap(kind, step=1.0)
    material = jolted(gap.material)
    frames = made(gap, material)
    sides = (
        (frames[0], material.before[::-1], frames[1:3]),
        (frames[-1], material.after, frames[-2:-4:-1]),
    )
    for anchor, real, inside in sides:
        change = velocity_change(gray([anchor])[0], gray(real), gray(inside))
        assert change * anchor.shape[1] / 960 < MOST_PX


def test_a_camera_that_shakes_has_no_step_to_keep(gap):
    lookup = measure(gap.material, steps=gap.frames - 1)
    assert isinstance(lookup, FlowLookup)
    shaken = replace(lookup, onward=replace(lookup.onward, memories=(SHAKEN, SHAKEN)))
    assert continued(shaken, jolted(gap.material), steps=gap.frames - 1) is shaken


def test_the_middle_knows_nothing_of_a_jolt(gap):
    lookup = measure(gap.material, steps=gap.frames - 1)
    along = continued(lookup, jolted(gap.material), steps=gap.frames - 1)
    assert isinstance(along, Continued)
    departures = []
    for share in (1 / (gap.frames - 1), 0.5):
        smooth, told = lookup.at(share)[0], along.at(share)[0]
        departures.append(float(np.abs(told.cells - smooth.cells).max()))
    assert departures[0] > 0.01 > 0.001 > departures[1]


def test_a_camera_that_changes_its_course_does_not_go_on_for_two_frames_and_then_back(gap):
    lookup = measure(gap.material, steps=gap.frames - 1)
    along = continued(lookup, jolted(gap.material, times=12), steps=gap.frames - 1)
    for told, smooth in zip(along.at(0.1), lookup.at(0.1), strict=True):
        np.testing.assert_allclose(told.cells, smooth.cells, atol=1e-5)


def test_where_nothing_can_be_followed_the_path_stays_smooth(gap):
    lookup = measure(gap.material, steps=gap.frames - 1)
    blank = np.full_like(gap.material.first, 128)
    bare = replace(gap.material, before=(blank,) * 4, after=(blank,) * 4)
    along = continued(lookup, bare, steps=gap.frames - 1)
    for told, smooth in zip(along.at(0.1), lookup.at(0.1), strict=True):
        np.testing.assert_array_equal(told.cells, smooth.cells)


def test_a_gap_too_short_for_two_ends_is_left_alone(gap):
    lookup = measure(gap.material, steps=gap.frames - 1)
    assert continued(lookup, gap.material, steps=_SHORTEST - 1) is lookup

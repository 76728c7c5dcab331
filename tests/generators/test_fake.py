"""Each planted fault breaks what it says and nothing before it."""

from __future__ import annotations

import itertools
import time

import cv2
import numpy as np
import pytest

import scenes
from generators.conftest import rendered_gap, request_for
from landfast.errors import (
    BrokenOutput,
    GeneratorError,
    InputError,
    Refused,
    Throttled,
    Unreachable,
)
from landfast.generators.fake import FakeGenerator
from landfast.generators.fake.generator import MODELS, SLOW_S
from landfast.generators.geometry import GeometryGenerator
from landfast.vision.motion.flow import dense_flow


def made(model: str, *, seed: int = 0) -> list[np.ndarray]:
    gap = rendered_gap("forward")
    request = request_for(gap, f"fake:{model}", seed=seed)
    return list(FakeGenerator(model).make(request, gap.material))


def steps(frames: list[np.ndarray]) -> np.ndarray:
    """Median motion from frame to frame, pixels."""
    grays = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in frames]
    return np.array(
        [np.median(np.linalg.norm(dense_flow(a, b), axis=2)) for a, b in itertools.pairwise(grays)]
    )


@pytest.fixture(scope="module")
def good() -> list[np.ndarray]:
    return made("good")


def test_good_is_the_geometry_take(good):
    gap = rendered_gap("forward")
    request = request_for(gap, "geometry")
    for a, b in zip(good, GeometryGenerator().make(request, gap.material), strict=True):
        assert np.array_equal(a, b)


def test_end_ignored_stops_short(good):
    assert scenes.psnr(made("end-ignored")[-1], good[-1]) < 28


def test_warp_bends_the_middle_and_leaves_the_ends(good):
    frames = made("warp")
    assert np.array_equal(frames[0], good[0]) and np.array_equal(frames[-1], good[-1])
    middle = len(good) // 2
    bent = dense_flow(*(cv2.cvtColor(f[middle], cv2.COLOR_RGB2GRAY) for f in (good, frames)))
    assert np.percentile(np.linalg.norm(bent, axis=2), 75) > 1.2


def test_freeze_stands_still(good):
    frames = made("freeze")
    still = [np.array_equal(a, b) for a, b in itertools.pairwise(frames)]
    assert sum(still) >= 2
    assert np.array_equal(frames[-1], good[-1])


def test_jump_leaps_once(good):
    moved, usual = steps(made("jump")), steps(good)
    assert moved.max() > 2.5 * np.median(moved)
    assert usual.max() < 2 * np.median(usual)


def test_flicker_changes_brightness_only_inside(good):
    frames = made("flicker")
    light = np.array([a.mean() / b.mean() for a, b in zip(frames, good, strict=True)])
    assert light[0] == light[-1] == 1
    assert light.std() > 0.02


def test_colour_creeps(good):
    frames = made("colour")
    tint = [
        float(np.ptp((a.mean((0, 1)) / b.mean((0, 1)))[[0, 2]]))
        for a, b in zip(frames, good, strict=True)
    ]
    assert tint[0] == 0
    assert max(tint) > 0.15
    assert max(np.abs(np.diff(tint[:-1]))) < 0.1, "it creeps, it does not jump"


def test_region_is_local(good):
    middle = len(good) // 2
    changed = cv2.absdiff(made("region")[middle], good[middle]).max(axis=2) > 12
    assert 0.01 < changed.mean() < 0.1


def test_dissolve_does_not_move(good):
    gap = rendered_gap("forward")
    half = made("dissolve")[len(good) // 2]
    expected = cv2.addWeighted(gap.material.first, 0.5, gap.material.last, 0.5, 0)
    assert np.array_equal(half, expected)


@pytest.mark.parametrize("model", ["warp", "freeze", "jump", "flicker", "region", "end-ignored"])
def test_seed_varies_the_fault_and_fixes_it(model):
    once, again, other = made(model, seed=1), made(model, seed=1), made(model, seed=2)
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(once, other, strict=True))


@pytest.mark.parametrize(
    ("model", "error"),
    [("refused", Refused), ("throttled", Throttled), ("unreachable", Unreachable)],
)
def test_early_failures_come_from_the_call_itself(model, error):
    gap = rendered_gap("forward")
    with pytest.raises(error) as caught:
        FakeGenerator(model).make(request_for(gap, f"fake:{model}"), gap.material)
    assert isinstance(caught.value, GeneratorError)


def test_broken_stops_in_the_middle():
    gap = rendered_gap("forward")
    images = FakeGenerator("broken").make(request_for(gap, "fake:broken"), gap.material)
    got = []
    with pytest.raises(BrokenOutput):
        for image in images:
            got.append(image)
    assert len(got) == gap.frames // 2


def test_truncated_delivers_half_without_a_word(good):
    assert len(made("truncated")) == len(good) // 2


def test_resized_is_another_size(good):
    assert made("resized")[0].shape == (142, 254, 3)


def test_slow_takes_its_time(good):
    began = time.perf_counter()
    made("slow")
    assert time.perf_counter() - began > SLOW_S * len(good)


def test_only_paid_costs(good):
    assert FakeGenerator("paid").profile.price is not None
    assert all(FakeGenerator(m).profile.price is None for m in MODELS if m != "paid")


def test_an_unknown_fault_lists_those_there_are():
    with pytest.raises(InputError, match=r"has no model 'melt'; choose from good, end-ignored"):
        FakeGenerator("melt")

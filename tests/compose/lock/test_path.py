from __future__ import annotations

import numpy as np
import pytest

from landfast.compose.lock.path import Wish, steadied, wanted, warps
from landfast.errors import InputError
from landfast.vision.overlay.swim import Swim

FRAMES = 100


def swim_of(shift: np.ndarray) -> Swim:
    values = np.zeros((FRAMES, 4))
    values[:, 0], values[:, 2] = 1.0, shift
    outline = np.array([(10.0, 10.0), (50.0, 10.0), (50.0, 30.0), (10.0, 30.0), (30.0, 20.0)])
    seen = np.ones(FRAMES, bool)
    maps = (np.eye(3),) * FRAMES
    return Swim(maps, values, seen, np.full(FRAMES, 0.02), 0.05, outline.mean(axis=0), outline,
                maps, np.arange(FRAMES, dtype=np.float64), ~seen)  # fmt: skip


def test_without_a_reference_the_correction_is_the_least() -> None:
    swim = swim_of(np.linspace(0, 8, FRAMES))
    assert wanted(swim, Wish(), fps=25.0)[:, 2] == pytest.approx(4.0)


def test_between_references_the_way_is_straight() -> None:
    swim = swim_of(np.sin(np.arange(FRAMES) / 9))
    target = wanted(swim, Wish(references=(20, 60)), fps=25.0)[:, 2]
    assert target[[20, 60]] == pytest.approx(swim.values[[20, 60], 2])
    assert np.diff(target[20:61], 2) == pytest.approx(0, abs=1e-9)
    assert target[:20] == pytest.approx(target[20])


def test_a_move_that_eases_in_and_out_is_kept() -> None:
    u = np.linspace(0, 1, FRAMES)
    meant = 30 * u * u * (3 - 2 * u)
    waves = np.sin(2 * np.pi * np.arange(FRAMES) / 5)
    target = wanted(swim_of(meant + waves), Wish(keep_motion=True), fps=25.0)[:, 2]
    assert np.sqrt(np.square(target - meant).mean()) < 0.2
    target = wanted(swim_of(meant), Wish(keep_motion=True), fps=25.0)[:, 2]
    assert np.abs(target - meant).max() < 0.1


def test_kept_motion_goes_through_the_reference() -> None:
    jitter = np.random.default_rng(2).normal(0, 1, FRAMES)
    swim = swim_of(np.linspace(0, 50, FRAMES) + jitter)
    kept = wanted(swim, Wish(keep_motion=True), fps=25.0)[:, 2]
    both = wanted(swim, Wish(references=(30,), keep_motion=True), fps=25.0)[:, 2]
    assert both[30] == pytest.approx(swim.values[30, 2])
    assert np.diff(both) == pytest.approx(np.diff(kept))


def test_slow_motion_is_kept_and_jitter_is_not() -> None:
    jitter = np.random.default_rng(1).normal(0, 1, FRAMES)
    swim = swim_of(np.linspace(0, 50, FRAMES) + jitter)
    target = wanted(swim, Wish(keep_motion=True), fps=25.0)[:, 2]
    assert np.abs(target - np.linspace(0, 50, FRAMES)).max() < 1.5
    assert np.diff(target).std() < 0.2 * np.diff(jitter).std()


def test_one_frame_that_jitters_does_not_bend_the_path_at_its_end() -> None:
    shift = np.linspace(0, 50, FRAMES)
    shift[-1] += 4
    target = wanted(swim_of(shift), Wish(keep_motion=True), fps=25.0)[:, 2]
    assert abs(target[-1] - 50) < 1.5
    assert np.abs(target[:-30] - shift[:-30]).max() < 0.05


def test_a_reference_that_does_not_exist_is_named() -> None:
    with pytest.raises(InputError, match="has no frame 100; give a frame from 0 to 99"):
        wanted(swim_of(np.zeros(FRAMES)), Wish(references=(100,)), fps=25.0)


def test_measuring_noise_is_smoothed_and_jitter_is_not() -> None:
    noise = np.random.default_rng(2).normal(0, 0.05, FRAMES)
    slow = 3 * np.sin(np.arange(FRAMES) / 20)
    calm = steadied(swim_of(slow + noise), noise_px=0.06)
    assert np.abs(calm[:, 2] - slow).std() < 0.6 * noise.std()
    jitter = 20 * noise
    kept = steadied(swim_of(slow + jitter), noise_px=0.06)
    assert kept[:, 2] == pytest.approx(slow + jitter)


def test_the_warp_takes_swim_off() -> None:
    swim = swim_of(np.full(FRAMES, 2.0))
    target = np.repeat(np.array([[1.0, 0.0, 0.0, 0.0]]), FRAMES, axis=0)
    by = warps(swim, swim.values, target)[50]
    assert by is not None
    assert by[:2, 2] == pytest.approx([-2.0, 0.0])

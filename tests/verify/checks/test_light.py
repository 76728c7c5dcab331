"""Evidence of a value near its limit, and brightness told from rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from landfast.verify import FootageFrames
from landfast.verify.checks.coding import ROUNDING, lit
from landfast.verify.checks.steady import check_steady, flicker
from landfast.verify.findings import score
from landfast.verify.measure.study import study

if TYPE_CHECKING:
    from verify.conftest import Shot


@pytest.mark.parametrize(("excess", "expected"), [(0.3, 0.0), (0.6, 0.0), (1.0, 0.5)])
def test_what_sound_takes_reach_is_no_evidence_and_the_limit_is_even(
    excess: float, expected: float
) -> None:
    assert score(excess) == pytest.approx(expected)
    assert score(float("inf")) == 1


def test_rounding_is_no_light_and_light_is_not_lost_with_it() -> None:
    levels = np.array((100.0, 108.0, 64.0))
    lifted = np.linspace(-1, 1, 9)[:, None] * ROUNDING / levels
    dimmed = np.full((9, 3), 0.01)
    assert np.abs(lit(lifted, levels)).max() < 1e-12
    assert lit(lifted + dimmed, levels) == pytest.approx(0.01)


def test_exposure_that_settles_does_not_flicker() -> None:
    time = np.arange(17)
    assert flicker(np.diff(0.08 * np.sin(np.pi * time / 16)), Fraction(30)).max() < 0.15


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(30000, 1001), Fraction(60)])
def test_noise_is_known_by_its_size_and_five_hertz_are_seen_at_any_rate(fps: Fraction) -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 400)
    assert np.sqrt((flicker(np.diff(noise), fps) ** 2).mean()) == pytest.approx(1.0, abs=0.1)
    wave = 0.01 * np.sin(2 * np.pi * 5 * np.arange(int(2 * fps)) / float(fps))
    assert flicker(np.diff(wave), fps).max() > 0.25


@pytest.mark.parametrize(("percent", "state"), [(0.0, "pass"), (1.5, "unknown"), (40.0, "fail")])
def test_beside_footage_that_flashes_only_a_steady_take_is_known_to_be_steady(
    shot: Shot, percent: float, state: str
) -> None:
    gains = 1 + percent / 100 * np.random.default_rng(1).normal(size=len(shot.frames))
    gains[[0, -1]] = 1
    take = [
        np.clip(f * g, 0, 255).astype(np.uint8) for f, g in zip(shot.frames, gains, strict=True)
    ]
    before = [
        np.clip(f * (1.15 if k % 3 == 0 else 1.0), 0, 255).astype(np.uint8)
        for k, f in enumerate(shot.footage.before)
    ]
    footage = FootageFrames(before, shot.footage.after, shot.footage.fps)
    found = check_steady(study(shot.take(take), shot.frames[0], shot.frames[-1], footage))
    (finding,) = found.findings
    assert finding.state == state
    assert ("footage beside the gap" in finding.reason) == (state == "unknown")

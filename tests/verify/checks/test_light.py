"""Evidence of a value near its limit, and brightness told from rounding."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from landfast.verify.checks.coding import ROUNDING, lit
from landfast.verify.checks.steady import flicker
from landfast.verify.findings import score


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

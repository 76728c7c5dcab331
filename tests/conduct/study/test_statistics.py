"""Intervals against published values and against simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landfast.conduct.study.statistics import (
    difference,
    median_change,
    outer_fence,
    rate,
    spread_of,
    variance_split,
)


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(8, 10, 0.490162, 0.943318), (0, 10, 0.0, 0.277533), (10, 10, 0.722467, 1.0), (0, 0, 0, 1)],
)
def test_wilson(hits: int, trials: int, low: float, high: float) -> None:
    found = rate(hits, trials)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-5)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_mirrors(pair: tuple[int, int]) -> None:
    hits, trials = pair
    found, other = rate(hits, trials), rate(trials - hits, trials)
    assert found.share is not None and found.low <= found.share <= found.high
    assert (1 - other.high, 1 - other.low) == pytest.approx((found.low, found.high), abs=1e-12)


@pytest.mark.parametrize("truth", [0.3, 0.5, 0.7, 0.85])
def test_the_interval_holds_the_truth_in_95_of_100_studies(truth: float) -> None:
    rng = np.random.default_rng(5)
    studies = [rate(int(hits), 20) for hits in rng.binomial(20, truth, 1000)]
    held = np.mean([one.low <= truth <= one.high for one in studies])
    assert held >= 0.935


def test_newcombe() -> None:
    """Newcombe 1998, table II, case (a): 56/70 against 48/80."""
    found = difference(rate(48, 80), rate(56, 70))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_no_trials_no_difference() -> None:
    assert difference(rate(0, 0), rate(3, 4)).value is None


def test_medians() -> None:
    assert spread_of([]).value is None
    assert spread_of([1.0, 3.0]).low is None
    found = spread_of([1.0, 2.0, 3.0, 4.0, 100.0])
    assert found.value == 3.0 and found.low is not None and found.high is not None
    assert found.low < 3.0 < found.high
    moved = median_change([1.0, 1.1, 0.9, 1.0], [2.0, 2.1, 1.9, 2.0])
    assert moved.low is not None and 0.8 < moved.low <= 1.0


def test_outliers_are_beyond_the_fence() -> None:
    assert outer_fence([1.0, 2.0, 3.0]) == math.inf
    fence = outer_fence([2.0, 2.1, 2.2, 2.3, 54.0])
    assert 2.3 < fence < 54


def test_variance_goes_where_it_comes_from() -> None:
    seeds, prompts = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([[0.0, 5.0, 10.0]])
    seed, prompt, rest = variance_split(np.broadcast_to(prompts, (4, 3)).copy())
    assert (seed.value, prompt.value, rest.value) == pytest.approx((0, 1, 0))
    seed, prompt, rest = variance_split(np.broadcast_to(seeds, (4, 3)).copy())
    assert seed.value == pytest.approx(1)
    seed, prompt, rest = variance_split(seeds + prompts)
    values = [one.value for one in (seed, prompt, rest)]
    assert values == pytest.approx([1.25 / (1.25 + 50 / 3), 50 / 3 / (1.25 + 50 / 3), 0])


def test_noise_is_nobodys_doing() -> None:
    noise = np.random.default_rng(1).normal(size=(40, 4))
    _, _, rest = variance_split(noise)
    assert rest.value is not None and rest.value > 0.6


@pytest.mark.parametrize("table", [np.zeros((1, 3)), np.full((3, 3), 7.0), np.full((2, 2), np.nan)])
def test_nothing_to_split(table: np.ndarray) -> None:
    assert all(one.value is None for one in variance_split(table))

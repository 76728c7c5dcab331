"""Runs of frames: hysteresis, holes, robust statistics."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from landfast.planning.runs import (
    closed,
    hysteresis,
    rolling_mean,
    rolling_median,
    runs_of,
    shares,
    spread,
)


@given(arrays.arrays(np.bool_, st.integers(0, 40)))
def test_runs_hold_exactly_the_true_frames(mask: np.ndarray) -> None:
    runs = runs_of(mask)
    assert [at for run in runs for at in run] == np.flatnonzero(mask).tolist()
    assert all(a.stop < b.start for a, b in itertools.pairwise(runs))


def test_hysteresis_takes_in_the_onset_but_needs_a_peak() -> None:
    ratio = np.array([0.2, 0.6, 1.2, 0.7, 0.2, 0.7, 0.8, 0.1, np.nan, 1.5, np.nan])
    assert hysteresis(ratio, 0.5) == [range(1, 4), range(9, 10)]


def test_holes_are_closed_up_to_their_limit() -> None:
    runs = [range(10, 12), range(0, 3), range(5, 8)]
    assert closed(runs, 2) == [range(0, 12)]
    assert closed(runs, 1) == [range(0, 3), range(5, 8), range(10, 12)]
    assert closed([range(0, 9), range(2, 4)], 0) == [range(0, 9)]


def test_spread_is_robust_and_ignores_what_was_not_measured() -> None:
    values = np.array([1.0, 2, 3, 4, 5, 1000, np.nan])
    middle, deviation = spread(values)
    assert middle == 3.5
    assert deviation == pytest.approx(1.4826 * 1.5)
    assert spread(np.array([np.nan])) == (0.0, 0.0)


def test_rolling_statistics_against_brute_force() -> None:
    values = np.random.default_rng(1).uniform(size=30)
    values[[3, 4, 5, 6, 7, 20]] = np.nan
    for half in (1, 2, 40):
        windows = [values[max(0, at - half) : at + half + 1] for at in range(30)]
        known = [window[np.isfinite(window)] for window in windows]
        means = [one.mean() if len(one) else np.nan for one in known]
        medians = [np.median(one) if len(one) else np.nan for one in known]
        np.testing.assert_allclose(rolling_mean(values, half), means)
        np.testing.assert_allclose(rolling_median(values, half), medians)


def test_share_of_a_run_that_others_cover() -> None:
    assert shares([range(0, 10), range(20, 24)], [range(5, 22)]) == [0.5, 0.5]
    assert shares([range(0, 10)], []) == [0.0]

"""Figures of a study from planted outcomes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from conduct.study.outcomes import camera, outcome
from landfast.conduct.study import summary
from landfast.conduct.study.words import motion_words


def test_each_planted_fault_is_named_with_its_rate() -> None:
    takes = [outcome(k) for k in range(6)]
    takes += [outcome(6 + k, state="rejected", failed=("steady",)) for k in range(2)]
    takes += [outcome(8, state="rejected", failed=("scene", "colour"))]
    takes += [outcome(9, state="failed", took_s=None, digest=None, camera=None, error="timed out")]
    takes += [outcome(10, state="unknown", unknown=("scene",))]
    assert (summary.success(takes).hits, summary.success(takes).trials) == (6, 11)
    found = {
        one.check: (one.failed.hits, one.failed.trials, one.unknown)
        for one in summary.check_rates(takes)
    }
    assert found == {"steady": (2, 10, 0), "scene": (1, 10, 1), "colour": (1, 10, 0)}
    assert summary.check_rates(takes)[0].check == "steady"


def test_the_rate_of_faults_is_within_its_interval_in_19_of_20_studies() -> None:
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(200):
        truth = rng.random()
        faulty = rng.random(10) >= truth
        takes = [
            outcome(k, state="rejected", failed=("steady",)) if bad else outcome(k)
            for k, bad in enumerate(faulty)
        ]
        rate = summary.success(takes)
        held += rate.low <= truth <= rate.high
    assert held >= 0.95 * 200 - 6


def test_cost_counts_what_was_not_accepted_too() -> None:
    takes = [outcome(0), outcome(1, state="rejected", failed=("scene",))]
    assert summary.cost_per_second(takes) == Fraction(2, 10)
    assert summary.cost_per_second(takes[1:]) is None


def test_a_slow_take_is_named() -> None:
    takes = [outcome(k, took_s=2.0 + k / 100) for k in range(9)] + [outcome(9, took_s=54.0)]
    found = summary.latency(takes)
    assert found is not None and found.outliers == ("key9",)
    assert found.median_s == pytest.approx(2.045, abs=0.001)
    assert summary.latency([outcome(0, took_s=None)]) is None


def test_same_seed_counts_requests_made_again() -> None:
    takes = [
        outcome(0, seed=1, digest="a"),
        outcome(1, seed=1, repeat=1, digest="a"),
        outcome(2, seed=2, digest="b"),
        outcome(3, seed=2, repeat=1, digest="c"),
        outcome(4, seed=3, digest="d"),
    ]
    found = summary.same_seed(takes)
    assert found is not None and (found.hits, found.trials) == (1, 2)
    assert summary.same_seed(takes[2:3]) is None


def test_groups_only_where_there_is_something_to_compare() -> None:
    takes = [outcome(k, prompt=prompt, seed=k) for k, prompt in enumerate("aabb")]
    takes[0] = outcome(0, prompt="a", state="rejected", failed=("scene",))
    found = summary.groups(takes)
    assert [(one.by, one.name, one.accepted.hits) for one in found] == [
        ("prompt", "a", 1),
        ("prompt", "b", 2),
    ]


def test_prompts_move_the_camera_and_seeds_do_not() -> None:
    zooms = {"push in": 8.0, "pull back": -6.0}
    takes = [
        outcome(5 * s + p, prompt=prompt, seed=s, camera=camera(zoom=zoom + 0.01 * s))
        for s in range(5)
        for p, (prompt, zoom) in enumerate(zooms.items())
    ]
    zoom = next(one for one in summary.sensitivity(takes) if one.measure == "zoom")
    assert zoom.prompt.value is not None and zoom.prompt.value > 0.99
    assert zoom.seed.value is not None and zoom.seed.value < 0.01
    found = {one.prompt: one.words for one in summary.motions(takes)}
    assert found == {"push in": "zoom in 8.0 %", "pull back": "zoom out 6.0 %"}


def test_no_grid_no_split() -> None:
    assert summary.sensitivity([outcome(k) for k in range(4)]) == ()


def test_words() -> None:
    assert motion_words(camera()) == "no camera motion"
    assert motion_words(camera(zoom=-3.0, pan=2.0)) == "zoom out 3.0 %, move right 2.0 %"

"""Prices against numbers worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from landfast.planning.cost import expected_usd, naive_ways, runs_s
from planning.footage import fault, planned, priced, profile_of, span, steady_clip

FILM = steady_clip(1800)
"""60 s at 30 frames a second."""
GAPS = [span(at, at + Fraction(6, 5)) for at in (5, 15, 25, 35, 45, 55)]
LUMA = priced("luma", "0.2", durations_s=(Fraction(5), Fraction(10)))
KLING = priced("kling", "0.1", minimum_s=Fraction(3))
GEN45 = priced("gen4.5", "0.12", minimum_s=Fraction(2))
EXACT = priced("exact", "1")


def test_six_gaps_of_a_film_of_a_minute_as_services_bill_them() -> None:
    plan = planned(FILM, replace=GAPS, references=(LUMA, KLING, GEN45, EXACT, profile_of()))
    billed = {(way.way, way.profile): way.billed_s for way in plan.naive}
    assert billed == {
        ("everything", "luma"): 60,
        ("everything", "kling"): 60,
        ("everything", "gen4.5"): 60,
        ("everything", "exact"): 60,
        ("each gap", "luma"): 30,
        ("each gap", "kling"): 18,
        ("each gap", "gen4.5"): 12,
        ("each gap", "exact"): Fraction("7.2"),
    }
    cost = {(way.way, way.profile): way.cost_usd for way in plan.naive}
    assert cost["each gap", "luma"] == 6
    assert cost["everything", "gen4.5"] == Fraction("7.2")
    assert plan.cost_usd == 0


def test_a_paid_plan_is_priced_from_anchor_to_anchor() -> None:
    paid = priced("paid", "0.5", quantum_s=Fraction(1)).model_copy(update={"usable": True})
    plan = planned(FILM, replace=[span(5, 6), span(10, "10.5")], profile=paid, references=(LUMA,))
    # 31 frames of 1/30 s lie between the anchors of the first: one second is not enough.
    assert [one.cost_usd for one in plan.generated] == [1, Fraction(1, 2)]
    assert plan.cost_usd == Fraction(3, 2)
    assert [way.cost_usd for way in plan.naive] == [12, 2]


def test_refused_gaps_are_bought_by_no_way() -> None:
    plan = planned(FILM, replace=[span(0, 1), span(10, 11)], references=(EXACT,))
    assert [way.billed_s for way in plan.naive] == [60, 1]


def test_overlapping_faults_are_bought_once() -> None:
    faults = [fault(FILM, range(0, 30)), fault(FILM, range(15, 60)), fault(FILM, range(20, 25))]
    assert runs_s([*faults, fault(FILM, range(90, 96))]) == (2, Fraction(1, 5))
    assert runs_s([]) == ()


def test_without_references_there_is_nothing_to_compare() -> None:
    assert naive_ways(FILM, (), ()) == ()


def test_expected_price_counts_the_takes_that_fail() -> None:
    assert expected_usd(Fraction(2), 0.25) == 8
    with pytest.raises(ValueError, match="chance"):
        expected_usd(Fraction(2), 0.0)

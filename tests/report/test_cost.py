"""What was spent, reserved and saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from landfast.model.plan import Rung
from landfast.model.profile import Price
from landfast.report.cost import generated, price_note, reserved, spent, ways
from landfast.report.view import RunView
from report import run_views as views


def paid(*prices: Fraction) -> RunView:
    """A run whose takes cost so much."""
    takes = tuple(views.take_view(k, cost_usd=price) for k, price in enumerate(prices))
    return replace(views.full_view(), takes=takes)


def test_saved_is_measured_against_each_naive_way() -> None:
    own, plan, whole, each = ways(paid(Fraction(9, 8), Fraction(9, 8)))
    assert (own.cost_usd, own.saved, plan.saved) == (Fraction(9, 4), None, None)
    assert whole.saved == pytest.approx(1 - 2.25 / 6.75)
    assert each.saved == pytest.approx(0.5)
    assert (whole.bar, each.bar) == (100, pytest.approx(100 * 4.5 / 6.75))


def test_a_run_that_cost_more_saved_less_than_nothing() -> None:
    assert ways(paid(Fraction(9)))[3].saved == pytest.approx(-1)


def test_nothing_is_saved_before_there_is_a_film() -> None:
    view = views.stopped_view("running", "")
    assert all(way.saved is None for way in ways(view))
    assert ways(RunView()) == ()


def test_nothing_is_saved_where_a_transition_is_missing() -> None:
    view = views.full_view()
    view = replace(view, takes=view.takes[:1])
    assert all(way.saved is None for way in ways(view))
    made = generated(view)
    assert made and made.done and not made.complete


def test_naive_ways_stand_together() -> None:
    naive = (views.NAIVE[1], views.NAIVE[0], views.NAIVE[1])
    view = replace(views.full_view(), plan=views.plan(naive=naive))
    titles = [way.title for way in ways(view)][2:]
    assert titles == [
        "Generate the whole clip anew",
        *["Generate each gap, anchors not chosen"] * 2,
    ]


def test_money_for_takes_under_way_is_reserved_and_not_spent() -> None:
    view = views.stopped_view("running", "")
    assert (spent(view), reserved(view)) == (0, Fraction(9, 4))


def test_the_price_is_told_with_day_and_source() -> None:
    view = views.full_view()
    assert price_note(view) == "Geometry (this machine): nothing is charged."
    price = Price(usd_per_second=Fraction(9, 20), read_on=date(2025, 1, 2), source="example.org")
    profile = views.PROFILE.model_copy(update={"title": "Example 1", "price": price})
    expected = "Example 1: $0.45 a second by list price, read on 2025-01-02 (example.org)."
    assert price_note(replace(view, profile=profile)) == expected


def test_a_ladder_says_what_its_models_cost_at_most() -> None:
    free = Rung(generator="geometry", state="try", reason="carried")
    model = Rung(generator="luma", state="try", reason="asked", takes=2, most_usd=Fraction(3, 2))
    for rungs, words in (((free,), "nothing is charged"), ((free, model), "at most $1.50")):
        whole = views.plan(generator="auto,luma")
        segment = views.generate().model_copy(update={"rungs": rungs})
        segments = (whole.segments[0], segment, whole.segments[2])
        plan = whole.model_copy(update={"segments": segments})
        view = replace(views.full_view(), plan=plan)
        assert words in price_note(view)
        assert ways(view)[0].model == "auto,luma"


def test_frames_generated() -> None:
    made = generated(views.full_view())
    assert made and (made.frames, made.whole, made.asked, made.done) == (31, 362, 66, True)
    planned = generated(views.stopped_view("running", ""))
    assert planned and (planned.frames, planned.asked, planned.done) == (31, 0, False)
    assert generated(RunView()) is None

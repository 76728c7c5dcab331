"""Marks lie where their times are."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from landfast.report.timeline import fault_marks, film_marks, pins, shot_marks, ticks
from report import run_views as views


def test_film_marks_cover_the_clip() -> None:
    marks = film_marks(views.full_view(), views.plan())
    assert [mark.look for mark in marks] == ["keep", "made", "keep"]
    assert marks[0].left == 0 and sum(mark.width for mark in marks) == pytest.approx(100)
    assert marks[1].left == pytest.approx(100 * 105 / 362) and marks[1].link == "gap_0010"


def test_a_retimed_span_lies_where_its_window_does() -> None:
    take = views.take_view(0, generator="retime")
    assert take.request.footage is not None
    wide = take.request.footage.model_copy(update={"span": views.span(90, 150)})
    request = take.request.model_copy(update={"footage": wide})
    view = replace(views.full_view(), takes=(replace(take, request=request),))
    marks = film_marks(view, views.plan())
    assert [mark.look for mark in marks] == ["keep", "made", "keep"]
    assert marks[1].left == pytest.approx(100 * 90 / 362)
    assert marks[2].left == pytest.approx(100 * 150 / 362)
    assert sum(mark.width for mark in marks) == pytest.approx(100)


def test_a_gap_without_an_accepted_take_is_open() -> None:
    view = views.stopped_view("running", "")
    assert film_marks(view, views.plan())[1].look == "open"


def test_faults_that_stay_look_different() -> None:
    assert [mark.look for mark in fault_marks(views.plan())] == ["bad", "refused"]
    assert "10 %" not in shot_marks(views.plan())[0].title


def test_a_span_that_the_user_chose_is_shown() -> None:
    chosen = views.FAULTS[0].model_copy(update={"fault": "chosen"})
    made = views.generate().model_copy(update={"replaces": (chosen,)})
    plan = views.plan(unusable=views.FAULTS[1:])
    plan = plan.model_copy(update={"segments": (plan.segments[0], made, plan.segments[2])})
    assert [mark.label for mark in fault_marks(plan)] == ["chosen", "occluded"]


def test_anchors_in_use_are_told_apart() -> None:
    found = pins(views.full_view(), views.plan())
    assert [pin.used for pin in found] == [False, True, True, False, False]
    assert [pin.left for pin in found] == sorted(pin.left for pin in found)


@pytest.mark.parametrize("seconds", ["1/30", "1", "12.079", "61", "600", "7200", "90000"])
def test_ticks_are_round_and_few(seconds: str) -> None:
    found = ticks(Fraction(seconds))
    assert 1 <= len(found) <= 26 and found[0].left == 0
    assert all(tick.left <= 97 for tick in found)
    if Fraction(seconds) <= 21600:
        assert len(found) <= 7

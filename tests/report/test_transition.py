"""Which take is in the film, and pictures side by side."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from landfast.model.plan import Rung
from landfast.model.verdict import State
from landfast.report.page import render
from landfast.report.timeline import film_marks
from landfast.report.transition import transitions
from landfast.report.view import Image, RunView
from landfast.report.words import outcome
from report import run_views as views


def two_accepted() -> RunView:
    """Two takes were let in; the second has less evidence of a fault."""
    verdict = views.good_verdict()
    worse = views.take_view(0, verdict=verdict.model_copy(update={"score": 0.31}))
    better = views.take_view(1, verdict=verdict.model_copy(update={"score": 0.07}))
    return replace(views.full_view(), takes=(worse, better))


def test_of_several_accepted_takes_the_best_is_in_the_film() -> None:
    view = two_accepted()
    (one,) = transitions(view)
    assert view.in_film == {view.takes[1].key}
    assert [take.word for take in one.takes] == ["accepted, another one is in the film", "accepted"]
    assert one.after_take and one.after_take.number == 2


def test_the_ladder_says_what_was_used_and_why_lower_rungs_were_not() -> None:
    rungs = (
        Rung(generator="keep", state="skip", reason="it is frozen", takes=0),
        Rung(generator="geometry", state="try", reason="carried along"),
        Rung(generator="luma", state="try", reason="asked", takes=2),
    )
    segment = views.generate().model_copy(update={"rungs": rungs})
    whole = views.plan()
    plan = whole.model_copy(update={"segments": (whole.segments[0], segment, whole.segments[2])})
    view = replace(views.full_view(takes=(views.take_view(0),)), plan=plan)
    (one,) = transitions(view)
    assert [(row.name, row.word, row.tone) for row in one.rungs] == [
        ("Keep the real frames", "skipped", "plain"),
        ("Geometry", "used", "pass"),
        ("luma", "not needed", "plain"),
    ]
    page = render(view)
    assert "It is frozen." in page and "The ladder" in page
    assert "The ladder" not in render(views.full_view())


def test_a_kept_span_is_said_to_be_kept_and_not_to_be_a_transition() -> None:
    view = views.full_view(takes=(views.take_view(0, generator="keep"),))
    view = replace(view, plan=views.plan(refusals=()))
    (one,) = transitions(view)
    assert (one.state.word, one.state.tone) == ("kept: the real frames pass", "pass")
    assert "1\xa0span kept, whose real frames pass every check" in outcome(view).headline
    assert view.plan is not None
    assert [mark.look for mark in film_marks(view, view.plan)] == ["keep", "keep", "keep"]


@pytest.mark.parametrize("state", ["unknown", "fail"])
def test_a_take_let_in_without_a_pass_is_not_as_planned(state: State) -> None:
    verdict = views.good_verdict().model_copy(update={"state": state})
    view = views.full_view(takes=(views.take_view(0, verdict=verdict),))
    view = replace(view, plan=views.plan(refusals=()))
    (one,) = transitions(view)
    assert (one.state.word, one.state.tone) == (f"accepted with the verdict {state}", state)
    assert outcome(view).tone == "fail"
    assert "it was not shown to be sound" in outcome(view).notes[0]


def test_pictures_stand_in_the_column_of_the_nearest_time() -> None:
    view = views.full_view()
    late = tuple(
        Image(image.about.model_copy(update={"time": image.time + Fraction(1, 1000)}), image.data)
        if image.about.role == "take"
        else image
        for image in view.images
    )
    (one,) = transitions(replace(view, images=late))
    assert len(one.times) == 9 and one.times[0] == views.at(views.FIRST)
    assert all(image for row in one.rows for image in row.images)
    missing = tuple(i for i in late if i.about.role != "take" or i.time < one.times[4])
    (one,) = transitions(replace(view, images=missing))
    assert [image is None for image in one.rows[1].images] == [False] * 4 + [True] * 5

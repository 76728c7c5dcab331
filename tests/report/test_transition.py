"""Which take is in the film, and pictures side by side."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from landfast.model.verdict import State
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

"""The sentence at the head of the page: failures first, nothing claimed that was not checked."""

from __future__ import annotations

from dataclasses import replace

from landfast.report.facts import figures
from landfast.report.view import RunView
from landfast.report.words import outcome, segment_state
from report import run_views as views


def head(view: RunView) -> str:
    """The headline with ordinary blanks."""
    return outcome(view).headline.replace("\u00a0", " ")


def notes(view: RunView) -> str:
    """All notes in one text."""
    return " ".join(outcome(view).notes).replace("\u00a0", " ")


def test_everything_accepted() -> None:
    view = replace(views.full_view(), plan=views.plan(refusals=()))
    expected = "1 of 1 transitions accepted; 331 of 362 frames are the original, bit for bit."
    assert head(view) == expected
    assert outcome(view).tone == "pass" and not outcome(view).notes


def test_a_refusal_is_told_and_is_not_as_planned() -> None:
    view = views.full_view()
    assert "1 of 1 transitions accepted; 1 span refused; 331" in head(view)
    assert outcome(view).tone == "fail"


def test_nothing_to_do() -> None:
    assert head(views.untouched_view()) == (
        "Nothing had to be replaced; all 362 frames are the original, bit for bit."
    )


def test_all_refused() -> None:
    assert head(views.refused_view()).startswith("Could not bridge the one unusable span, so no")


def test_stopped_runs_say_so_first() -> None:
    spent = views.stopped_view("budget spent", "the cap is reached")
    assert (
        head(spent)
        == "Budget spent: 0 of 1 transitions accepted; 1 span refused; no film was made."
    )
    assert "the cap is reached" in notes(spent) and "landfast resume" in notes(spent)
    assert "Transition 1: not finished." in notes(spent)
    assert head(views.stopped_view("running", "")).startswith("Interrupted: ")
    assert head(views.stopped_view("failed", "x")).startswith("Failed: ")
    assert head(RunView()).startswith("The run did not start: there was no plan yet")


def test_not_checked_is_not_exact() -> None:
    film = views.FILM.model_copy(update={"exact": None, "reason": "the check was turned off"})
    view = replace(views.full_view(), film=film)
    assert "331 of 362 frames are kept footage, not checked whether bit for bit" in head(view)
    assert "the check was turned off" in notes(view)


def test_kept_frames_that_changed_are_counted_with_the_reason() -> None:
    film = views.FILM.model_copy(update={"exact": 0, "reason": "everything was encoded anew"})
    view = replace(views.full_view(), film=film)
    assert "none of the 362 frames is the original bit for bit" in head(view)
    assert "331 kept frames not bit for bit the original: everything was encoded anew." in notes(
        view
    )
    first = figures(view)[0]
    assert (first.value.replace("\u00a0", " "), first.name) == ("91.4 %", "kept footage")
    assert first.detail == "0 of 331 kept frames, bit for bit"


def test_a_segment_whose_takes_all_failed() -> None:
    view = views.full_view()
    view = replace(view, takes=view.takes[:1])
    assert segment_state(view, views.generate()).word == "no take accepted"
    assert "Transition 1: no take accepted; the footage stays as it was there." in notes(view)
    assert head(view).startswith("0 of 1 transitions accepted")


def test_lost_pictures_are_told() -> None:
    assert "3 pictures missing" in notes(views.full_view(images_lost=3))

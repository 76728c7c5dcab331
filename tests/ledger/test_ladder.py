"""What came of a ladder, from its rungs and the takes of its segment."""

from __future__ import annotations

from fractions import Fraction

import pytest

from landfast.ledger.ladder import climbed, why
from landfast.ledger.rows import TakeRow
from landfast.model.plan import Generate, Rung
from landfast.model.take import TakeState
from landfast.model.verdict import Finding, Verdict
from report import run_views as views

RUNGS = (
    Rung(generator="keep", state="skip", reason="it is frozen", takes=0),
    Rung(generator="retime", state="try", reason="slowed"),
    Rung(generator="geometry", state="try", reason="carried"),
    Rung(generator="luma", state="try", reason="asked", takes=2, most_usd=Fraction(2)),
)


def segment() -> Generate:
    return views.generate().model_copy(update={"rungs": RUNGS})


def took(generator: str, state: TakeState, **more) -> TakeRow:
    return views.take_view(0, generator, state=state, **{"take": None, "verdict": None, **more})


def bad() -> Verdict:
    findings = (
        Finding(
            check="colour", state="unknown", value=None, limit=1, unit="", reason="too dark to tell"
        ),
        Finding(check="scene", state="fail", value=2, limit=1, unit="px", reason="it melts"),
    )
    return Verdict(state="fail", score=0.9, coverage=0.5, findings=findings, frames=())


def test_the_highest_rung_that_was_needed_is_used_and_the_lower_ones_say_why_not() -> None:
    takes = [
        took("retime", "rejected", verdict=bad()),
        took("geometry", "failed", error="unsupported: nothing relates the anchors"),
        took("luma", "rejected", verdict=bad(), cost_usd=Fraction(1)),
        took("luma", "accepted", cost_usd=Fraction(1)),
    ]
    steps = climbed(segment(), takes)
    assert [step.state for step in steps] == ["skipped", "rejected", "failed", "used"]
    assert [step.reason for step in steps[:3]] == [
        "it is frozen",
        "scene: it melts",
        "unsupported: nothing relates the anchors",
    ]
    assert (steps[3].takes, steps[3].cost_usd) == (2, 2)


def test_rungs_above_the_used_one_were_not_needed() -> None:
    steps = climbed(segment(), [took("retime", "accepted")])
    assert [step.state for step in steps] == ["skipped", "used", "not needed", "not needed"]


def test_rungs_that_a_stopped_run_did_not_come_to_are_not_finished() -> None:
    takes = [took("retime", "rejected", verdict=bad()), took("geometry", "done")]
    steps = climbed(segment(), takes)
    assert [step.state for step in steps[2:]] == ["not finished", "not finished"]


def test_takes_of_other_segments_do_not_count() -> None:
    other = views.request(0, "retime").model_copy(update={"segment": "gap_0020"})
    elsewhere = took("retime", "accepted", request=other)
    assert climbed(segment(), [elsewhere])[1].state == "not finished"
    assert climbed(views.generate(), [took("geometry", "accepted")]) == ()


@pytest.mark.parametrize(
    ("verdict", "words"), [(bad(), "scene: it melts"), (None, "it did not pass")]
)
def test_what_failed_speaks_before_what_is_unknown(verdict: Verdict | None, words: str) -> None:
    assert why(verdict) == words

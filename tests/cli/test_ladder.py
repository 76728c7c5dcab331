"""The ladder in words: before a run, after it, and as JSON."""

from __future__ import annotations

from fractions import Fraction

import pytest

from landfast.cli.ladder import (
    climb_document,
    climb_words,
    ladder_lines,
    ladder_rows,
    planned_usd,
)
from landfast.cli.options import chosen
from landfast.cli.plan import why
from landfast.errors import InputError
from landfast.ledger.ladder import Step, StepState
from landfast.model.plan import Plan, Rung
from report import run_views as views

RUNGS = (
    Rung(generator="keep", state="skip", reason="it is frozen", takes=0),
    Rung(generator="retime", state="try", reason="slowed"),
    Rung(generator="geometry", state="try", reason="carried"),
    Rung(generator="luma", state="try", reason="asked", takes=2, most_usd=Fraction(3, 2)),
)


def plan(*rungs: Rung) -> Plan:
    whole = views.plan()
    segment = views.generate().model_copy(update={"rungs": rungs})
    segments = (whole.segments[0], segment, whole.segments[2])
    return whole.model_copy(update={"segments": segments})


def step(generator: str, state: StepState, reason: str = "", takes: int = 1) -> Step:
    return Step(generator, state, reason, takes, Fraction(0))


def test_a_plan_shows_every_rung_and_what_it_costs_at_most() -> None:
    rows = ladder_rows(plan(*RUNGS))
    assert [row[1:4] for row in rows] == [
        ("keep", "skip", ""),
        ("retime", "try", "0.00"),
        ("geometry", "try", "0.00"),
        ("luma", "up to 2 takes", "1.50"),
    ]
    assert planned_usd(plan(*RUNGS)) == "0.00 to 1.50"
    assert planned_usd(views.plan()) == "0.00"
    assert ladder_rows(views.plan()) == []


def test_before_a_run_a_line_says_what_is_tried_in_which_order() -> None:
    (line,) = ladder_lines(plan(*RUNGS))
    assert line == "gap_0010: retime, then geometry, then luma (at most 1.50 USD)"
    assert ladder_lines(views.plan()) == ()


def test_after_a_run_a_line_says_what_was_used_and_why_lower_rungs_were_not() -> None:
    steps = (
        step("keep", "skipped", "it is frozen", 0),
        step("retime", "rejected", "scene: it melts"),
        step("geometry", "used"),
        step("luma", "not needed", takes=0),
    )
    assert climb_words(steps) == (
        "filled by geometry; keep skipped: it is frozen; retime rejected: scene: it melts"
    )
    (told,) = climb_document({"gap_0010": steps})
    assert (told["segment"], told["used"]) == ("gap_0010", "geometry")
    assert [rung["state"] for rung in told["rungs"]] == [one.state for one in steps]


def test_a_span_that_no_rung_filled_says_how_to_name_a_model() -> None:
    steps = (step("keep", "skipped"), step("geometry", "rejected", "scene: it melts"))
    words = climb_words(steps)
    assert words.startswith("not filled, the real footage stays")
    assert words.endswith("--generator auto,NAME asks one")
    assert "no model" not in climb_words((*steps, step("luma", "rejected", "scene: it melts")))
    above = (step("keep", "used"), step("retime", "skipped", "it is too long", 0))
    assert climb_words(above) == "kept: the real frames pass every check"


def test_may_keep_belongs_to_auto() -> None:
    assert chosen(True, "auto,luma") == "may keep"
    assert chosen(False, "geometry") == "replace"
    with pytest.raises(InputError, match="--may-keep"):
        chosen(True, "geometry")


def test_a_plan_says_what_is_wrong_with_the_footage_that_it_replaces() -> None:
    fault = views.FAULTS[0]
    assert why([fault], "they match") == f"shaken: {fault.reason}; they match"
    assert why([fault.model_copy(update={"fault": "chosen"})], "they match") == "they match"

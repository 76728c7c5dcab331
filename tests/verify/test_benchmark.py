"""The benchmark's fresh flights and its table of false alarms."""

from __future__ import annotations

from fractions import Fraction

import pytest
from benchmarks.verify.cases import Case
from benchmarks.verify.measures import Judged, wilson
from benchmarks.verify.sources import FLIGHTS, Stretch, fresh
from benchmarks.verify.tables import tables

from landfast.model.verdict import Finding, Verdict
from landfast.verify import FootageFrames


def test_the_interval_of_a_share_holds_for_none_found() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 48) == pytest.approx((0.0, 0.0741), abs=1e-3)
    assert wilson(10, 20) == pytest.approx((0.2993, 0.7007), abs=1e-3)


def test_a_fresh_flight_is_reported_and_depends_on_its_seed_alone() -> None:
    flights = fresh(range(500, 512))
    assert {one.split for one in flights} == {"reported"}
    assert {one.kind for one in flights} == {"orbit", "crane", "sideways", "forward"}
    assert fresh([505]) == flights[5:6]
    assert not {one.seed for one in flights} & {one.seed for one in FLIGHTS}


def _judged(kind: str, value: float) -> Judged:
    state = "fail" if value > 1 else "pass"
    finding = Finding(
        check="persistence",
        part="ground",
        state=state,
        value=value,
        limit=1.0,
        unit="px",
        reason="because",
    )
    verdict = Verdict(state=state, score=value / 4, coverage=1.0, findings=(finding,), frames=())
    around = FootageFrames([], [], Fraction(30))
    case = Case(Stretch("flight", "reported", [], around, Fraction(30)), None, kind, [])
    return Judged(case, "alone", verdict, {}, 1.0, 17)


def test_clean_takes_alone_are_counted_by_kind_and_their_false_alarms_named() -> None:
    lines = tables([_judged("true frames", 0.2), _judged("traffic", 1.6), _judged("traffic", 0.3)])
    counts = {line.split("  ")[1]: line for line in lines if "/" in line}
    assert "1/2" in counts["traffic"] and "0/1" in counts["true frames"]
    assert "1/3" in counts["all"]
    false = [line for line in lines if line.startswith("  false:")]
    assert len(false) == 1
    assert "traffic: persistence: ground 1.6 of 1.0 px" in false[0]

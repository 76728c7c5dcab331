"""A study of a service that was told which faults to plant: each is found at its rate."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from conduct.killed import stand_in
from landfast.conduct import attempts
from landfast.conduct import findings as findings_module
from landfast.conduct.study.brief import StudyOptions
from landfast.conduct.study.run import study
from landfast.generators.remote import generator as remote
from landfast.ledger.ledger import Ledger
from landfast.model.time import Span
from landfast.model.verdict import Finding
from landfast.report.study_page import write_study
from loopback.fixtures import loopback as loopback
from loopback.orders import SwiftClock, environment
from loopback.script import Script
from loopback.server import KEY

GAP = Span(start=Fraction(1, 2), stop=Fraction(22, 25))
PLANTED = ("good", "end-ignored", "end-ignored", "moderated", "good")
"""Faults that bringing a take back to the footage cannot mend: colour and clock it can."""


def finding(check: str, bad: bool) -> Finding:
    state = "fail" if bad else "pass"
    return Finding(check=check, state=state, value=None, limit=None, unit="", reason="measured")


def judge(take: Path, *rest: object, **named: object):
    """A take that never comes near its end jumps there in its last step."""
    judged = stand_in(take, *rest, **named)
    images = judged.take.images
    moved = [np.abs(a.astype(int) - b).mean() for a, b in itertools.pairwise(images)]
    found = (finding("motion", max(moved[-3:]) > 2.5 * np.median(moved)),)
    state = "fail" if any(one.state == "fail" for one in found) else "pass"
    score = 0.9 if state == "fail" else 0.1
    verdict = judged.judgement.verdict.model_copy(
        update={"findings": found, "state": state, "score": score}
    )
    judgement = type(judged.judgement)(verdict, judged.judgement.heat, {})
    return type(judged)(judgement, judged.take, judged.clip)


@pytest.mark.slow
def test_planted_faults_are_named_and_counted(
    loopback, short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings_module, "write_plot", lambda path, *_: path.write_bytes(b"plot"))
    monkeypatch.setattr(attempts, "judge_file", judge)
    monkeypatch.setattr(remote, "SystemClock", SwiftClock)
    for name, value in environment(loopback).items():
        monkeypatch.setenv(name, value)
    for fault in PLANTED:
        loopback.engine.script(
            Script(ending="moderated") if fault == "moderated" else Script(take=fault)
        )
    options = StudyOptions(replace=(GAP,), generators=("luma:ray-3.2@360p",), takes=5)
    found = study(short, tmp_path / "out", options, page=write_study)
    assert (found.accepted.hits, found.accepted.trials, found.failed) == (2, 5, 1)
    assert {one.check: (one.failed.hits, one.failed.trials) for one in found.checks} == {
        "motion": (2, 4),
    }
    assert found.accepted.low < 0.4 < found.accepted.high
    assert any("takes no seed" in note for note in found.notes)
    assert len(loopback.creates()) == 5
    assert loopback.leaks() == []
    with Ledger.open(tmp_path / "out") as ledger:
        assert len(ledger.takes()) == 5
    kept = b"".join(path.read_bytes() for path in (tmp_path / "out").glob("*.*"))
    assert KEY.encode() not in kept

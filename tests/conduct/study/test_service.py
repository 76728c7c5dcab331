"""A study of a service that was told which faults to plant: each is found at its rate."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from conduct.killed import stand_in
from landfast.conduct import attempts
from landfast.conduct import findings as findings_module
from landfast.conduct.study import run as running
from landfast.conduct.study.brief import StudyOptions
from landfast.conduct.study.run import study
from landfast.generators.remote import generator as remote
from landfast.ledger.ledger import Ledger
from landfast.model.time import Span
from landfast.report.study_page import write_study
from loopback.fixtures import loopback as loopback
from loopback.orders import SwiftClock, environment
from loopback.script import Script
from loopback.server import KEY

GAP = Span(start=Fraction(1, 2), stop=Fraction(22, 25))
PLANTED = ("good", "truncated", "not-video", "moderated")
"""What colour lock and re-timing mend (drift, a freeze) is no fault of the take as it is judged."""


def judge(take: Path, *rest: object, **named: object):
    """Every take that came whole passes: what is planted here breaks before."""
    judged = stand_in(take, *rest, **named)
    verdict = judged.judgement.verdict.model_copy(update={"state": "pass", "score": 0.1})
    judgement = type(judged.judgement)(verdict, judged.judgement.heat, {})
    return type(judged)(judgement, judged.take, judged.clip)


@pytest.mark.slow
def test_planted_faults_are_named_and_counted(
    loopback, short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings_module, "write_plot", lambda path, *_: path.write_bytes(b"plot"))
    monkeypatch.setattr(attempts, "judge_file", judge)
    monkeypatch.setattr(running, "check_repeats", lambda job: None)
    monkeypatch.setattr(remote, "SystemClock", SwiftClock)
    for name, value in environment(loopback).items():
        monkeypatch.setenv(name, value)
    for fault in PLANTED:
        loopback.engine.script(
            Script(ending="moderated") if fault == "moderated" else Script(take=fault)
        )
    options = StudyOptions(replace=(GAP,), generators=("luma:ray-3.2@360p",), takes=4)
    found = study(short, tmp_path / "out", options, page=write_study)
    assert (found.accepted.hits, found.accepted.trials, found.failed) == (1, 4, 3)
    errors = sorted(one.error for one in found.outcomes if one.error)
    assert len(errors) == 3 and any("refused" in one for one in errors), errors
    assert found.accepted.low < 0.25 < found.accepted.high
    assert any("takes no seed" in note for note in found.notes)
    assert len(loopback.creates()) == 4
    assert loopback.leaks() == []
    with Ledger.open(tmp_path / "out") as ledger:
        assert len(ledger.takes()) == 4
    kept = b"".join(path.read_bytes() for path in (tmp_path / "out").glob("*.*"))
    assert KEY.encode() not in kept

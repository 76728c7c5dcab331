"""Whole studies on a short clip: what they leave, that they go on, and how they end."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from arro3.io import read_parquet

from conduct.killed import stand_in
from landfast.conduct import attempts
from landfast.conduct import findings as findings_module
from landfast.conduct.study import making as making_module
from landfast.conduct.study.brief import StudyOptions
from landfast.conduct.study.compare import compare
from landfast.conduct.study.run import is_study, resume_study, study
from landfast.errors import BudgetSpent, GeneratorError, InputError, Unsupported
from landfast.ledger.ledger import Ledger
from landfast.model.study import PromptMotions, Study
from landfast.model.time import Span
from landfast.report.study_page import write_study

GAP = Span(start=Fraction(1, 2), stop=Fraction(22, 25))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, measured_once: None) -> None:
    """The judge rejects where the picture flickers; no plot is drawn."""
    monkeypatch.setattr(findings_module, "write_plot", lambda path, *_: path.write_bytes(b"plot"))
    monkeypatch.setattr(attempts, "judge_file", _judge)


def _judge(take: Path, *rest: object, **named: object):
    judged = stand_in(take, *rest, **named)
    levels = np.array([image.mean() for image in judged.take.images])
    bad = np.abs(np.diff(levels, n=2)).max() > 4
    found = {"state": "fail" if bad else "pass", "score": 0.9 if bad else 0.1}
    verdict = judged.judgement.verdict.model_copy(update=found)
    judgement = type(judged.judgement)(verdict, judged.judgement.heat, {})
    return type(judged)(judgement, judged.take, judged.clip)


def options(**more: object) -> StudyOptions:
    return StudyOptions(**{"replace": (GAP,), "generators": ("fake:sometimes",), "takes": 4} | more)


def timeless(found: Study) -> Study:
    """The study without what differs from run to run: times."""
    outcomes = tuple(one.model_copy(update={"took_s": None}) for one in found.outcomes)
    groups = tuple(one.model_copy(update={"median_s": None}) for one in found.groups)
    works = tuple(one.model_copy(update={"ms_per_frame": None}) for one in found.works)
    update = {"outcomes": outcomes, "groups": groups, "works": works, "latency": None}
    return found.model_copy(update=update)


@pytest.fixture(scope="module")
def whole(short: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of eight takes: six good, one flickers, one breaks."""
    folder = tmp_path_factory.mktemp("study") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(findings_module, "write_plot", lambda path, *_: path.write_bytes(b"plot"))
        patch.setattr(attempts, "judge_file", _judge)
        study(short, folder, options(takes=None, seeds=(0, 1, 2, 7)), page=write_study)
    return folder


def test_what_a_study_leaves(whole: Path) -> None:
    found = Study.from_json((whole / "study.json").read_text())
    assert [one.state for one in found.outcomes] == ["accepted", "accepted", "rejected", "failed"]
    assert (found.accepted.hits, found.accepted.trials, found.failed) == (2, 4, 1)
    assert found.outcomes[3].error and found.outcomes[3].camera is None
    assert found.outcomes[0].digest == found.outcomes[1].digest != found.outcomes[2].digest
    assert found.complete and found.cost_usd == 0
    spread = found.spread[0]
    assert spread.distinct == 2 and spread.difference[0][1] == 0
    assert spread.difference[0][2] is not None and spread.difference[0][2] > 1
    PromptMotions.from_json((whole / "prompts.json").read_text())
    table = read_parquet(whole / "study.parquet").read_all()
    assert table.num_rows == 4
    assert table.column("state").to_pylist() == [one.state for one in found.outcomes]


def test_vision_is_the_same_again_and_generation_is_counted(whole: Path) -> None:
    found = Study.from_json((whole / "study.json").read_text())
    works = {one.name: one for one in found.works}
    assert works["measure the clip"].identical is True
    assert works["fake:sometimes"].identical is True
    assert works["fake:sometimes"].failures.hits == 2


def test_the_page_stands_alone(whole: Path) -> None:
    page = (whole / "study.html").read_text()
    assert "2 of 4 takes accepted" in page
    assert "http://" not in page and "https://" not in page
    assert page.count('class="tile"') == 4


def test_asking_again_makes_nothing_anew(short: Path, whole: Path) -> None:
    before = (whole / "study.json").read_bytes()
    with Ledger.open(whole) as ledger:
        rows = ledger.takes()
    again = study(short, whole, options(takes=None, seeds=(0, 1, 2, 7)))
    assert again.to_json().encode() == before
    with Ledger.open(whole) as ledger:
        assert ledger.takes() == rows
    assert is_study(whole)


def test_another_study_does_not_go_on_there(short: Path, whole: Path) -> None:
    with pytest.raises(InputError, match="holds another study"):
        study(short, whole, options(takes=5))


def test_killed_twice_and_resumed_is_the_same(
    short: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    made, fatal, real = [], [1, 3], making_module.attempt

    def dies(*given: object):
        if len(made) == fatal[0]:
            raise KilledError
        made.append(given)
        return real(*given)

    asked = options(takes=None, seeds=(0, 1, 2, 7))
    monkeypatch.setattr(making_module, "attempt", dies)
    with pytest.raises(KilledError):
        study(short, tmp_path / "out", asked)
    fatal.pop(0)
    with pytest.raises(KilledError):
        resume_study(tmp_path / "out")
    assert len(made) == 3, "what was made before is not made again"
    monkeypatch.setattr(making_module, "attempt", real)
    found = resume_study(tmp_path / "out")
    assert timeless(found) == timeless(Study.from_json((whole / "study.json").read_text()))


def test_a_grid_over_the_budget_spends_nothing(short: Path, tmp_path: Path) -> None:
    asked = options(generators=("fake:paid",), takes=10, budget_usd=Fraction(1, 10))
    with pytest.raises(BudgetSpent, match="nothing was spent"):
        study(short, tmp_path / "out", asked)
    with Ledger.open(tmp_path / "out") as ledger:
        assert ledger.takes() == () and ledger.spent() == 0
    enough = options(generators=("fake:paid",), takes=1, budget_usd=Fraction(1, 10))
    with pytest.raises(InputError, match="holds another study"):
        study(short, tmp_path / "out", enough)
    more = options(generators=("fake:paid",), takes=10, budget_usd=Fraction(2, 10))
    with pytest.raises(BudgetSpent, match="nothing was spent"):
        study(short, tmp_path / "out", more)


def test_every_take_fails(short: Path, tmp_path: Path) -> None:
    asked = options(generators=("fake:broken",), takes=2)
    with pytest.raises(GeneratorError, match="not one of 2 takes came back") as error:
        study(short, tmp_path / "out", asked, page=write_study)
    assert error.value.exit_code == 4
    assert "0 of 2 takes accepted" in (tmp_path / "out" / "study.html").read_text()


def test_seeds_for_a_generator_without_them(short: Path, tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="takes no seed"):
        study(short, tmp_path / "out", options(generators=("geometry",), seeds=(1, 2)))
    assert not (tmp_path / "out").exists()


def test_nothing_to_replace(short: Path, tmp_path: Path) -> None:
    with pytest.raises(
        (InputError, Unsupported), match=r"^short\.mp4: .*--replace|cannot be bridged"
    ):
        study(short, tmp_path / "out", options(replace=()))


def test_a_study_does_not_differ_from_itself(whole: Path) -> None:
    found = Study.from_json((whole / "study.json").read_text())
    same = compare(found, found, names=("a", "b"))
    assert same.same_question and not same.changed
    said = {one.name: one.reason for one in same.changes}
    assert re.fullmatch(r"\+0 points \(-\d+ to \+\d+\)", said["accepted takes"])
    assert re.match(r"\+0 s \(", said["latency"])


def test_a_service_that_changed_is_noticed(whole: Path) -> None:
    found = Study.from_json((whole / "study.json").read_text())
    changed = tuple(
        one.model_copy(update={"digest": None if one.digest is None else one.digest[::-1]})
        for one in found.outcomes
    )
    other = compare(found, found.model_copy(update={"outcomes": changed}), names=("a", "b"))
    assert other.changed
    named = next(one for one in other.changes if one.name == "equal requests, equal pixels")
    assert named.changed and "0 of 3" in named.reason


def test_json_is_strict(whole: Path) -> None:
    body = json.loads((whole / "study.json").read_text())
    with pytest.raises(InputError):
        Study.from_json(json.dumps(body | {"extra": 1}))

"""The loop: retries, budget, failures, what stands in the folder afterwards."""

import json
import sqlite3
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from compose.clips import hashes
from conduct.killed import stand_in
from landfast.conduct import assembly, attempts, planner
from landfast.conduct import findings as findings_module
from landfast.conduct.brief import Brief, RunOptions
from landfast.conduct.run import resume, run
from landfast.errors import BudgetSpent, InputError, LedgerCorrupt
from landfast.ledger.ledger import Ledger
from landfast.ledger.lock import locked
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.model.measured import Gap
from landfast.model.time import Span

GAP = Span(start=Fraction(1, 2), stop=Fraction(22, 25))
WHOLE = 36


def _verdicts(*states: str) -> Callable:
    """A judge that finds these, by attempt; the last for all later ones."""

    def judge(take: Path, *rest: object, **named: object):
        judged = stand_in(take, *rest, **named)
        state = states[min(int(take.stem[-1]), len(states)) - 1]
        verdict = judged.judgement.verdict.model_copy(update={"state": state})
        judgement = type(judged.judgement)(verdict, judged.judgement.heat, {})
        return type(judged)(judgement, judged.take, judged.clip)

    return judge


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch, measured_once: None) -> Callable[..., None]:
    monkeypatch.setattr(findings_module, "write_plot", lambda path, *_: path.write_bytes(b"plot"))
    return lambda *states: monkeypatch.setattr(attempts, "judge_file", _verdicts(*states))


def _options(**more: object) -> RunOptions:
    return RunOptions(**{"replace": (GAP,), "generator": "fake", "repeats": "skip"} | more)


def _states(folder: Path) -> list[str]:
    with Ledger.open(folder) as ledger:
        return [row.state for row in ledger.takes()]


def test_a_run_leaves_everything_that_the_contract_names(short: Path, tmp_path: Path) -> None:
    """With the real judge; whatever it finds, the parts must agree with each other."""
    told: list[str] = []
    result = run(
        short,
        tmp_path / "run",
        _options(generator="geometry", repeats="check"),
        progress=lambda stage, done, total: told.append(stage),
        report=lambda folder: folder / "page.html",
    )
    for name in ("final.mp4", "final.otio", "plan.json", "ledger.sqlite", "analysis.json"):
        assert (tmp_path / "run" / name).is_file(), name
    assert result.report == tmp_path / "run" / "page.html"
    assert set(told) >= {"analyse", "generate", "verify", "compose"}
    with Ledger.open(tmp_path / "run") as ledger:
        (row,) = ledger.takes()
        assert row.verdict is not None
        assert (row.state == "accepted") == (row.verdict.state == "pass")
        assert result.accepted == (row.state == "accepted")
        assert {timing.stage for timing in ledger.timings()} == {
            "probe",
            "analyse",
            "plan",
            "generate",
            "verify",
            "compose",
            "repeat",
        }
        assert {repeat.stage: repeat.identical for repeat in ledger.repeats()} == {
            "analyse": True,
            "generate": True,
            "verify": True,
        }
        film, record = ledger.film(), ledger.run()
        assert film is not None and record is not None
        assert (film.frames, film.exact) == (WHOLE, WHOLE - film.generated)
        assert record.state == "finished"
        roles = {picture.role for picture in ledger.pictures()}
        assert roles == {"strip", "start", "end", "source", "take", "worst", "heat"}
        assert all(ledger.blob(picture.blob) for picture in ledger.pictures())


def test_the_second_seed_is_tried_after_a_rejection(short, tmp_path, verdicts) -> None:
    verdicts("fail", "pass")
    result = run(short, tmp_path / "run", _options(seed=5))
    with Ledger.open(tmp_path / "run") as ledger:
        rows = ledger.takes()
    assert [(row.attempt, row.request.seed, row.state) for row in rows] == [
        (1, 5, "rejected"),
        (2, 6, "accepted"),
    ]
    assert (result.accepted, result.wanted, result.generated_frames) == (1, 1, 9)


def test_a_key_is_asked_for_once_there_is_something_to_order(
    short, tmp_path, verdicts, monkeypatch
) -> None:
    monkeypatch.delenv("LUMA_API_KEY", raising=False)
    with pytest.raises(InputError, match="LUMA_API_KEY"):
        run(short, tmp_path / "keyless", _options(generator="luma"))
    with Ledger.open(tmp_path / "keyless") as ledger:
        assert ledger.plan() is not None, "what was measured is kept for `resume`"
        assert not ledger.takes()
    measured = planner.measure_gap

    def unrelated(*ends: object, **named: object) -> Gap:
        return measured(*ends, **named).model_copy(update={"state": "unrelated"})

    monkeypatch.setattr(planner, "measure_gap", unrelated)
    result = run(short, tmp_path / "refused", _options(generator="luma"))
    assert "do not show the same scene" in result.plan.refusals[0].reason
    assert (result.accepted, result.wanted, result.exact_frames) == (0, 1, WHOLE)


@pytest.mark.parametrize(("state", "workflow"), [("unknown", "professional"), ("fail", "hobby")])
def test_what_does_not_pass_never_enters_the_film(
    short, tmp_path, verdicts, state: str, workflow: str
) -> None:
    verdicts(state)
    result = run(short, tmp_path / "run", _options(attempts=2, workflow=workflow))
    assert _states(tmp_path / "run") == ["rejected", "rejected"]
    assert (result.accepted, result.generated_frames) == (0, 0)
    assert list(result.unfilled) == ["gap_0010"] and result.unfilled["gap_0010"]
    assert result.exact_frames == WHOLE
    assert hashes(result.film) == hashes(short)


def test_the_film_is_kept_as_asked_for_and_resumed_as_such(short, tmp_path, verdicts) -> None:
    verdicts("pass")
    result = run(short, tmp_path / "run", _options(keep="lossless"))
    assert (result.film.name, result.kept_as) == ("final.mkv", "lossless")
    assert result.exact_frames == result.kept_frames == WHOLE - 9
    source, film = hashes(short), hashes(result.film)
    assert [a == b for a, b in zip(source, film, strict=True)].count(True) == WHOLE - 9
    result.film.unlink()
    assert hashes(resume(tmp_path / "run").film) == film


def test_a_generator_that_ignores_seeds_is_asked_once(short, tmp_path, verdicts) -> None:
    verdicts("fail")
    run(short, tmp_path / "run", _options(generator="geometry"))
    assert _states(tmp_path / "run") == ["rejected"]


@pytest.mark.parametrize(
    ("generator", "attempts_made", "charged"),
    [
        ("fake:truncated", 2, 0),
        ("fake:resized", 2, 0),
        ("fake:unreachable", 2, 0),
        ("fake:refused", 1, 0),
    ],
)
def test_failures_are_bounded_and_the_footage_stays(
    short, tmp_path, verdicts, generator: str, attempts_made: int, charged: int
) -> None:
    verdicts("pass")
    result = run(short, tmp_path / "run", _options(generator=generator, attempts=2))
    with Ledger.open(tmp_path / "run") as ledger:
        rows = ledger.takes()
    assert [row.state for row in rows] == ["failed"] * attempts_made
    assert all(row.error and "\n" not in row.error for row in rows)
    assert (result.accepted, result.cost_usd) == (0, charged)
    assert not list((tmp_path / "run" / "takes").glob("*"))
    again = resume(tmp_path / "run")
    assert _states(tmp_path / "run") == ["failed"] * attempts_made
    assert hashes(again.film) == hashes(short)


def test_the_budget_is_a_hard_cap_and_what_is_done_stays(short, tmp_path, verdicts) -> None:
    verdicts("fail")
    pages: list[Path] = []

    def report(folder: Path) -> Path:
        pages.append(folder)
        return folder

    options = _options(generator="fake:paid", budget_usd=Fraction(1, 10), attempts=3)
    with pytest.raises(BudgetSpent, match="USD"):
        run(short, tmp_path / "run", options, report=report)
    with Ledger.open(tmp_path / "run") as ledger:
        assert 0 < ledger.spent() <= Fraction(1, 10)
        count = len(ledger.takes())
        record = ledger.run()
    assert record is not None and record.state == "budget spent"
    assert pages == [tmp_path / "run"]
    assert hashes(tmp_path / "run" / "final.mp4") == hashes(short)
    with pytest.raises(BudgetSpent):
        resume(tmp_path / "run")
    assert len(_states(tmp_path / "run")) == count


def test_plain_sqlite_shows_what_was_paid(short, tmp_path, verdicts) -> None:
    verdicts("pass")
    result = run(short, tmp_path / "run", _options(generator="fake:paid"))
    connection = sqlite3.connect(tmp_path / "run" / "ledger.sqlite")
    ((state, cost),) = connection.execute("SELECT state, cost_usd FROM takes").fetchall()
    connection.close()
    assert state == "accepted"
    assert cost == pytest.approx(float(result.cost_usd))
    assert cost > 0


def test_the_transition_is_the_take_and_anchors_are_real(short, tmp_path, verdicts) -> None:
    verdicts("pass")
    result = run(short, tmp_path / "run", _options())
    (segment,) = result.plan.generated
    clip = probe(short)
    start, end = (clip.index_at(anchor.time) for anchor in (segment.start, segment.end))
    real, film = hashes(short), hashes(result.film)
    same = {index for index in range(WHOLE) if real[index] == film[index]}
    assert same == set(range(WHOLE)) - set(range(start + 1, end))
    assert probe(result.film).ticks == clip.ticks or clip.time_base != probe(result.film).time_base


def test_the_timeline_covers_the_film(short, tmp_path, verdicts) -> None:
    verdicts("pass")
    result = run(short, tmp_path / "run", _options())
    timeline = otio.adapters.read_from_file(str(result.timeline))
    (video,) = timeline.video_tracks()
    parts = list(video.find_clips())
    assert [part.metadata["landfast"]["kind"] for part in parts] == ["keep", "generate", "keep"]
    assert timeline.duration() == otio.opentime.RationalTime(36, 25)
    frames = [round(part.source_range.start_time.value) for part in parts]
    assert frames == [0, 1, 22]
    exact = [Fraction(part.metadata["landfast"]["start"]) for part in parts]
    assert exact == [0, result.plan.generated[0].span.start, result.plan.generated[0].span.stop]
    assert (result.folder / parts[1].media_reference.target_url).is_file()
    assert Path(parts[0].media_reference.target_url.removeprefix("file://")) == short
    names = [marker.name for marker in video.markers]
    assert names == ["gap_0010", "gap_0010 start anchor", "gap_0010 end anchor"]


def test_nothing_to_do_is_a_run_too(short, tmp_path, verdicts) -> None:
    verdicts("pass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(findings_module, "unusable", lambda *_: ())
        result = run(short, tmp_path / "run", _options(replace=()))
    assert (result.wanted, result.accepted, result.exact_frames) == (0, 0, WHOLE)


def test_a_finished_run_is_resumed_without_work(short, tmp_path, verdicts, monkeypatch) -> None:
    verdicts("pass")
    first = run(short, tmp_path / "run", _options())
    before = first.film.stat().st_mtime_ns
    monkeypatch.setattr(attempts, "make_take", None)
    second = resume(tmp_path / "run")
    assert second.film.stat().st_mtime_ns == before
    assert (second.accepted, second.kept_frames) == (first.accepted, first.kept_frames)


def test_taken_folders_are_refused(short, tmp_path, verdicts) -> None:
    verdicts("pass")
    run(short, tmp_path / "run", _options())
    with pytest.raises(InputError, match="landfast resume run"):
        run(short, tmp_path / "run", _options())
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt"):
        run(short, tmp_path / "other", _options())
    assert (tmp_path / "other" / "notes.txt").read_text() == "mine"
    with pytest.raises(InputError, match="holds no run"):
        resume(tmp_path / "other")
    (tmp_path / "early").mkdir()
    (tmp_path / "early" / ".lock").touch()
    with pytest.raises(InputError, match=r"before its ledger existed.*the command that began it"):
        resume(tmp_path / "early")


def test_a_folder_in_use_is_refused(short, tmp_path, verdicts) -> None:
    verdicts("pass")
    run(short, tmp_path / "run", _options())
    with locked(tmp_path / "run"), pytest.raises(InputError, match="another landfast"):
        resume(tmp_path / "run")


def test_bad_options_leave_no_folder_behind(short, tmp_path) -> None:
    for options in (_options(generator="nobody"), _options(workflow="none")):
        with pytest.raises(InputError):
            run(short, tmp_path / "run", options)
    with pytest.raises(InputError):
        run(tmp_path / "missing.mp4", tmp_path / "run", _options())
    assert not (tmp_path / "run").exists()


def test_other_footage_is_refused_on_resume(short, karma, tmp_path, verdicts) -> None:
    verdicts("pass")
    source = tmp_path / "clip.mp4"
    source.write_bytes(short.read_bytes())
    run(source, tmp_path / "run", _options())
    source.write_bytes(karma.read_bytes())
    with pytest.raises(InputError, match="not the footage"):
        resume(tmp_path / "run")


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_take_that_was_tampered_with_is_noticed(short, tmp_path, verdicts, harm: str) -> None:
    verdicts("pass")
    run(short, tmp_path / "run", _options())
    (take,) = (tmp_path / "run" / "takes").iterdir()
    if harm == "gone":
        take.unlink()
    else:
        take.write_bytes(take.read_bytes()[:-1] + b"\0\0")
    (tmp_path / "run" / "final.mp4").unlink()
    with pytest.raises(LedgerCorrupt, match=take.name):
        resume(tmp_path / "run")


def test_a_film_that_now_has_another_name_does_not_stay_beside_it(
    short, tmp_path, verdicts, monkeypatch
) -> None:
    verdicts("pass")
    run(short, tmp_path / "run", _options())
    monkeypatch.setattr(assembly, "film_name", lambda *_: "final.mov")
    assert resume(tmp_path / "run").film.name == "final.mov"
    assert [one.name for one in (tmp_path / "run").glob("final.m*")] == ["final.mov"]


def test_an_error_stands_in_the_ledger_and_the_run_goes_on_later(
    short, tmp_path, verdicts, monkeypatch
) -> None:
    verdicts("pass")

    def full(*_: object, **__: object) -> None:
        raise InputError("does not fit: the disk is full", subject="take")

    with monkeypatch.context() as patch:
        patch.setattr(attempts, "make_take", full)
        with pytest.raises(InputError, match="disk is full"):
            run(short, tmp_path / "run", _options())
    with Ledger.open(tmp_path / "run") as ledger:
        record = ledger.run()
        assert record is not None
        assert (record.state, record.message) == ("failed", "take: does not fit: the disk is full")
    assert _states(tmp_path / "run") == ["intended"]
    assert resume(tmp_path / "run").accepted == 1


def test_the_brief_settles_the_options(short) -> None:
    brief = Brief.of(short, _options(workflow="hobby", seed=3))
    assert brief.attempts == brief.workflow.attempts
    assert Brief.of(short, _options(attempts=9)).attempts == 9
    assert json.loads(brief.to_json())["source"] == str(short.resolve())
    assert len(list(decode(short))) == WHOLE

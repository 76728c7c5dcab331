"""`python -m benchmarks`: runs what it is asked for and nothing else."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from types import SimpleNamespace

import pytest
from benchmarks import __main__ as benchmarks


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Modules that were run, none of them really."""
    modules: list[str] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        modules.append(command[-1])
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", run)
    return modules


def _asked(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["benchmarks", *words])
    return benchmarks.main()


def test_all_or_those_that_are_named(monkeypatch: pytest.MonkeyPatch, ran: list[str]) -> None:
    assert _asked(monkeypatch) == 0
    assert len(ran) == len(benchmarks.BENCHMARKS)
    assert all(find_spec(module) for module in ran)
    ran.clear()
    assert _asked(monkeypatch, "verify", "stills") == 0
    assert ran == ["benchmarks.verify", "benchmarks.stills"]


@pytest.mark.parametrize(("word", "code"), [("--help", 0), ("nothing", 2)])
def test_help_and_an_unknown_name_run_nothing(
    monkeypatch: pytest.MonkeyPatch,
    ran: list[str],
    capsys: pytest.CaptureFixture[str],
    word: str,
    code: int,
) -> None:
    with pytest.raises(SystemExit) as ended:
        _asked(monkeypatch, word)
    assert (ended.value.code, ran) == (code, [])
    out, err = capsys.readouterr()
    if code:
        assert err.startswith("error: nothing: no such benchmark; choose from") and not out
        assert err.count("\n") == 1
    else:
        assert all(name in out for name in benchmarks.BENCHMARKS)

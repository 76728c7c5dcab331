"""Runs killed with SIGKILL at many points, then gone on with."""

import json
import os
import sqlite3
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from compose.clips import hashes
from landfast.conduct.brief import RunOptions
from landfast.conduct.run import resume, run
from landfast.errors import InputError
from landfast.ledger.ledger import Ledger

SETTLED = {"done", "accepted", "rejected", "failed"}


def _trials(clip: Path, folder: Path, generator: str, points: int) -> list[dict]:
    script = Path(__file__).with_name("killed.py")
    done = subprocess.run(
        [sys.executable, str(script), str(clip), str(folder), generator, str(points)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _rows(folder: Path) -> list[tuple]:
    with Ledger.open(folder) as ledger:
        return [
            (row.key, row.state, row.attempt, row.cost_usd, row.take and row.take.sha256)
            for row in ledger.takes()
        ]


def _not_made_again(trial: dict) -> None:
    """Nothing that was settled at a death is made in any life after it."""
    for number, life in enumerate(trial["lives"]):
        settled = {key for key, state in life["states"].items() if state in SETTLED}
        made = {key for later in trial["lives"][number + 1 :] for key in later["made"]}
        assert not settled & made, trial


@pytest.mark.parametrize(("generator", "points"), [("fake", 7), ("auto,fake", 6)])
def test_free_takes_are_not_made_twice_and_the_film_is_the_same(
    short: Path, tmp_path: Path, generator: str, points: int
) -> None:
    found = _trials(short, tmp_path, generator, points)
    undisturbed = tmp_path / "undisturbed"
    film, rows = hashes(undisturbed / "final.mp4"), _rows(undisturbed)
    assert [row[1] for row in rows] == ["rejected", "accepted"]
    seen = {
        state for trial in found for life in trial["lives"] for state in life["states"].values()
    }
    assert seen >= {"intended", "done", "rejected", "accepted"}
    for trial, least in zip(found, (points, 4), strict=True):
        folder = tmp_path / trial["folder"]
        assert trial["killed"] >= least, trial
        _not_made_again(trial)
        assert _rows(folder) == rows, trial
        assert hashes(folder / "final.mp4") == film, trial
        for name in ("plan.json", "final.otio", "analysis.json", "analysis.parquet"):
            ours, theirs = (folder / name).read_bytes(), (undisturbed / name).read_bytes()
            assert ours == theirs, (trial["folder"], name)
        assert not list(folder.rglob(".*.part")), trial
        assert _finished(folder)


@pytest.mark.parametrize("generator", ["fake:paid", "auto,fake:paid"])
def test_paid_takes_are_never_ordered_twice(short: Path, tmp_path: Path, generator: str) -> None:
    for trial in _trials(short, tmp_path, generator, 6):
        folder = tmp_path / trial["folder"]
        assert trial["killed"] >= 4, trial
        with Ledger.open(folder) as ledger:
            rows = {row.key: row for row in ledger.takes()}
            orders = [
                key
                for life in trial["lives"]
                for key in life["made"]
                if rows[key].request.generator == "fake:paid"
            ]
            prices = [rows[key].cost_usd for key in orders]
            assert orders and len(orders) == len(set(orders)), trial
            assert all(prices), trial
            assert ledger.spent() >= sum(prices, Fraction(0)), trial
        assert len(hashes(folder / "final.mp4")) == 36
        assert _finished(folder)


def _finished(folder: Path) -> bool:
    connection = sqlite3.connect(folder / "ledger.sqlite")
    (document,) = connection.execute("SELECT document FROM records WHERE name = 'run'").fetchone()
    connection.close()
    return json.loads(document)["state"] == "finished"


@pytest.mark.parametrize("name", ["plan.json", "final.mp4", "final.otio"])
def test_what_the_run_wrote_is_written_again_where_it_is_gone(
    short: Path, tmp_path: Path, name: str
) -> None:
    run(short, tmp_path / "run", RunOptions(repeats="skip", generator="fake"))
    path = tmp_path / "run" / name
    before = path.read_bytes()
    path.unlink()
    resume(tmp_path / "run")
    assert path.read_bytes() == before


def test_footage_may_have_moved_but_not_changed(short: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here.mp4", tmp_path / "there.mp4"
    here.write_bytes(short.read_bytes())
    run(here, tmp_path / "run", RunOptions(repeats="skip", generator="fake"))
    here.rename(there)
    with pytest.raises(InputError, match="is gone"):
        resume(tmp_path / "run")
    there.write_bytes(short.read_bytes() + b"\0")
    with pytest.raises(InputError, match="is not the footage"):
        resume(tmp_path / "run", source=there)
    there.write_bytes(short.read_bytes())
    resume(tmp_path / "run", source=there)
    resume(tmp_path / "run")

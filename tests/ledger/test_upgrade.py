"""A ledger of the first schema is read as it is and brought up when it is written to."""

from __future__ import annotations

import re
import sqlite3
from fractions import Fraction
from pathlib import Path

import pytest

from landfast.errors import LedgerCorrupt
from landfast.ledger import store
from landfast.ledger.ledger import Ledger
from landfast.ledger.schema import APPLICATION, TABLES, TAKES
from landfast.model.take import Ticket
from ledger.material import done_take, request, verdict

NEW = ("ordered", "ticket", "raw", "raw_sha256")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A run's folder as the first schema left it: one take accepted, one intended."""
    takes = "".join(
        line for line in TAKES.splitlines(True) if line.split()[:1] not in [[name] for name in NEW]
    ).replace("'submit_unknown', ", "")
    tables = TABLES.replace(TAKES, takes)
    assert not re.search(r"\b(raw|ticket)\b", tables)
    asked, later = request("gap_0010"), request("gap_0020")
    take = done_take(tmp_path, asked, Fraction(1, 3))
    connection = sqlite3.connect(tmp_path / store.FILE, isolation_level=None)
    connection.executescript(
        f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1; {tables}"
    )
    fields = "request_key, segment, attempt, state, generator, seed, request, cost_usd, cost_exact,"
    fields += "file, sha256, take, took_s, created"
    for one, state, made in ((asked, "accepted", take), (later, "intended", None)):
        values = [one.key, one.segment, 1, state, "fake", 0, one.to_json(), 1 / 3, "1/3"]
        values += [made.file, made.sha256, made.to_json(), 0.5] if made else [None] * 4
        marks = ", ".join("?" * 14)
        connection.execute(f"INSERT INTO takes ({fields}) VALUES ({marks})", [*values, "2026"])
    found = verdict("pass")
    connection.execute(
        "INSERT INTO verdicts VALUES (?, 'pass', 0.1, 0.8, ?, '2026')", (asked.key, found.to_json())
    )
    connection.close()
    return tmp_path


def test_an_old_ledger_is_read_as_it_is(old):
    with Ledger.open(old) as ledger:
        rows = ledger.takes()
    assert [row.state for row in rows] == ["accepted", "intended"]
    assert rows[0].verdict is not None
    assert rows[0].ticket is None
    assert _version(old) == 1


def test_writing_brings_it_up_and_loses_nothing(old):
    with Ledger.open(old) as ledger:
        before = ledger.takes()
    with Ledger.open(old, "write") as ledger:
        assert ledger.takes() == before
        ledger.sending(before[1].key)
        ledger.submit(before[1].key, Ticket(id="job-1"))
        assert ledger.take(before[1].key).ticket == Ticket(id="job-1")
        assert ledger.spent() == Fraction(2, 3)
    assert _version(old) == 2
    connection = sqlite3.connect(old / store.FILE)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("INSERT INTO verdicts VALUES ('nobody', 'pass', 0, 0, '', '')")
    connection.close()


def test_a_newer_ledger_is_refused(old):
    connection = sqlite3.connect(old / store.FILE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LedgerCorrupt, match="schema 99"):
        Ledger.open(old)


def _version(folder: Path) -> int:
    connection = sqlite3.connect(folder / store.FILE)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(version)

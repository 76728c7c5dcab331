import hashlib
import os
import sqlite3
import subprocess
import sys
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from landfast.errors import InputError, LandfastError, LedgerCorrupt
from landfast.ledger.ledger import Ledger
from landfast.ledger.lock import locked
from landfast.model.outcome import Picture, Repeat, Series, Timing
from landfast.model.take import Ticket
from ledger.material import done_take, request, run_record, verdict


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.create(tmp_path, {"run": run_record()}) as opened:
        yield opened


def test_a_take_goes_from_intention_to_verdict(ledger: Ledger) -> None:
    asked = request("gap_0010")
    assert ledger.intend(asked, attempt=1, price=Fraction(1, 3)).state == "intended"
    ledger.submit(asked.key, Ticket(id="job-7"))
    assert ledger.take(asked.key).provider_job == "job-7"
    ledger.finish(done_take(ledger.folder, asked, cost=Fraction(2, 7)))
    ledger.judge(asked.key, verdict("pass"), "accepted")
    (row,) = ledger.takes("gap_0010")
    assert (row.state, row.cost_usd, row.attempt) == ("accepted", Fraction(2, 7), 1)
    assert row.request == asked
    assert row.verdict == verdict("pass")
    assert row.take is not None
    assert row.take.request == asked.key


def test_plain_sqlite_reads_what_was_paid(ledger: Ledger) -> None:
    for number, cost in enumerate((Fraction(1, 2), Fraction(1, 4))):
        asked = request("gap_0010", seed=number)
        ledger.intend(asked, attempt=number + 1, price=Fraction(9))
        ledger.finish(done_take(ledger.folder, asked, cost=cost))
    with sqlite3.connect(ledger.folder / "ledger.sqlite") as plain:
        rows = plain.execute("SELECT request_key, state, cost_usd FROM takes").fetchall()
    plain.close()
    assert [(state, cost) for _, state, cost in rows] == [("done", 0.5), ("done", 0.25)]
    assert ledger.spent() == Fraction(3, 4)


def test_costs_are_added_exactly(ledger: Ledger) -> None:
    for number in range(10):
        ledger.intend(request("gap_0010", seed=number), attempt=number + 1, price=Fraction(1, 10))
    assert ledger.spent() == 1


def test_the_same_request_is_entered_once(ledger: Ledger) -> None:
    asked = request("gap_0010")
    ledger.intend(asked, attempt=1, price=Fraction(1))
    ledger.finish(done_take(ledger.folder, asked, cost=Fraction(2)))
    again = ledger.intend(asked, attempt=2, price=Fraction(5))
    assert (again.state, again.cost_usd, again.attempt) == ("done", 2, 1)
    assert len(ledger.takes()) == 1


def test_a_failed_take_keeps_its_line_and_its_charge(ledger: Ledger) -> None:
    asked = request("gap_0010")
    ledger.intend(asked, attempt=1, price=Fraction(3))
    ledger.fail(asked.key, "service: did not answer", cost=Fraction(0))
    row = ledger.take(asked.key)
    assert (row.state, row.error, row.cost_usd) == ("failed", "service: did not answer", 0)


@pytest.mark.parametrize("step", ["submit", "finish", "fail", "judge"])
def test_steps_out_of_order_are_refused(ledger: Ledger, step: str) -> None:
    asked = request("gap_0010")
    ledger.intend(asked, attempt=1, price=Fraction(1))
    ledger.finish(done_take(ledger.folder, asked))
    ledger.judge(asked.key, verdict("pass"), "accepted")
    steps = {
        "submit": lambda: ledger.submit(asked.key, Ticket(id="job")),
        "finish": lambda: ledger.finish(done_take(ledger.folder, asked)),
        "fail": lambda: ledger.fail(asked.key, "late", cost=Fraction(0)),
        "judge": lambda: ledger.judge(asked.key, verdict("fail"), "rejected"),
    }
    with pytest.raises(LedgerCorrupt, match="it is accepted"):
        steps[step]()
    assert ledger.take(asked.key).state == "accepted"
    assert ledger.take(asked.key).verdict == verdict("pass")


def test_a_take_without_a_file_is_not_done(ledger: Ledger) -> None:
    asked = request("gap_0010")
    ledger.intend(asked, attempt=1, price=Fraction(1))
    take = done_take(ledger.folder, asked)
    (ledger.folder / take.file).unlink()
    with pytest.raises(LedgerCorrupt, match="not on disk"):
        ledger.finish(take)
    assert ledger.take(asked.key).state == "intended"


def test_two_attempts_with_one_number_are_refused(ledger: Ledger) -> None:
    ledger.intend(request("gap_0010", seed=1), attempt=1, price=Fraction(0))
    with pytest.raises(LedgerCorrupt, match="contradicts"):
        ledger.intend(request("gap_0010", seed=2), attempt=1, price=Fraction(0))
    assert len(ledger.takes()) == 1


def test_measurements_come_back_in_a_fixed_order(ledger: Ledger) -> None:
    ledger.add_timing(Timing(stage="verify", subject="b", seconds=1.0))
    ledger.add_timing(Timing(stage="analyse", seconds=2.0, frames=10, failures=1))
    ledger.add_timing(Timing(stage="analyse", seconds=3.0, frames=10, failures=1))
    assert [(one.stage, one.seconds) for one in ledger.timings()] == [
        ("analyse", 3.0),
        ("verify", 1.0),
    ]
    same, different = ("ab", "ab"), ("ab", "cd")
    ledger.add_repeat(Repeat(stage="generate", subject="x", digests=different))
    ledger.add_repeat(Repeat(stage="analyse", digests=same))
    assert [one.identical for one in ledger.repeats()] == [True, False]
    series = Series(title="Shake", unit="px", values=(1.0, None), limit=3.0)
    ledger.add_series(series)
    assert ledger.series() == (series,)


def test_pictures_and_blobs_are_kept_by_content(ledger: Ledger) -> None:
    data = b"jpeg"
    digest = hashlib.sha256(data).hexdigest()
    for time in (Fraction(1, 3), Fraction(1, 4)):
        ledger.add_picture(_picture(time, digest), data)
    assert [one.time for one in ledger.pictures()] == [Fraction(1, 4), Fraction(1, 3)]
    assert ledger.blob(digest) == data
    files = [path for path in (ledger.folder / "blobs").rglob("*") if path.is_file()]
    assert files == [ledger.folder / "blobs" / digest[:2] / f"{digest}.jpg"]
    files[0].write_bytes(b"other")
    with pytest.raises(LedgerCorrupt, match="bytes of its name"):
        ledger.blob(digest)
    files[0].unlink()
    with pytest.raises(LedgerCorrupt, match="missing"):
        ledger.blob(digest)


def test_a_picture_must_match_its_bytes(ledger: Ledger) -> None:
    with pytest.raises(LedgerCorrupt, match="match its bytes"):
        ledger.add_picture(_picture(Fraction(0), "0" * 64), b"jpeg")
    assert ledger.pictures() == ()


def test_reading_while_writing(ledger: Ledger) -> None:
    with Ledger.open(ledger.folder) as reader:
        assert reader.takes() == ()
        ledger.intend(request("gap_0010"), attempt=1, price=Fraction(0))
        assert len(reader.takes()) == 1
        with pytest.raises(InputError, match="readonly"):
            reader.add_timing(Timing(stage="probe", seconds=1.0))


def test_what_was_not_closed_is_there_after_reopening(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from fractions import Fraction\n"
        "from ledger.material import request, run_record\n"
        "from landfast.ledger.ledger import Ledger\n"
        "ledger = Ledger.create(Path(sys.argv[1]), {'run': run_record()})\n"
        "ledger.intend(request('gap_0010'), attempt=1, price=Fraction(1))\n"
        "os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment)
    assert killed.returncode == -9
    with Ledger.open(tmp_path, "write") as again:
        assert [row.state for row in again.takes()] == ["intended"]
        assert again.run() == run_record()


def test_a_second_ledger_in_the_same_folder_is_refused(ledger: Ledger) -> None:
    with pytest.raises(InputError, match="landfast resume"):
        Ledger.create(ledger.folder, {})


def test_a_ledger_killed_while_it_was_set_up_leaves_the_folder_usable(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite.part").write_bytes(b"half")
    with Ledger.create(tmp_path, {}) as ledger:
        assert ledger.takes() == ()
    assert not (tmp_path / "ledger.sqlite.part").exists()


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE takes (x)")
    other.close()


def _of_schema(version: int, path: Path) -> None:
    Ledger.create(path.parent, {}).close()
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA user_version = {version}")
    other.close()


def _damaged(path: Path) -> None:
    with Ledger.create(path.parent, {"run": run_record()}) as ledger:
        for number in range(60):
            asked = request("gap_0010", seed=number)
            ledger.intend(asked, attempt=number + 1, price=Fraction(0))
    data = bytearray(path.read_bytes())
    data[4096 : 4096 * 20] = bytes(4096 * 19)
    path.write_bytes(data)


def _wrong_record(path: Path) -> None:
    Ledger.create(path.parent, {"run": run_record()}).close()
    with sqlite3.connect(path) as other:
        other.execute("UPDATE records SET document = '{}'")
    other.close()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b"text, not a database" * 99), "damaged"),
        (_foreign, "not a ledger"),
        (partial(_of_schema, 1), "schema 1, this landfast reads"),
        (partial(_of_schema, 99), "schema 99, this landfast reads"),
        (_damaged, "damaged|cannot be read"),
        (_wrong_record, "does not hold a run"),
    ],
    ids=["text", "foreign", "older", "newer", "damaged", "wrong record"],
)
@pytest.mark.parametrize("mode", ["read", "write"])
def test_what_cannot_be_trusted_is_refused_in_one_line(
    tmp_path: Path, make, words: str, mode
) -> None:
    make(tmp_path / "ledger.sqlite")
    with pytest.raises(LedgerCorrupt, match=words) as caught, Ledger.open(tmp_path, mode) as it:
        it.run()
    assert "\n" not in str(caught.value)
    assert "ledger.sqlite" in str(caught.value)


def test_a_folder_without_ledger_is_an_input_error(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="holds no ledger"):
            Ledger.open(folder)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(LandfastError, match="another landfast"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


def _picture(time: Fraction, digest: str) -> Picture:
    return Picture(
        role="take", subject="k", time=time, width=4, height=3, media_type="image/jpeg", blob=digest
    )

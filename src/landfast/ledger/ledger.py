"""The run's memory: one SQLite file, and blobs by content beside it."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeVar

from landfast.errors import LedgerCorrupt
from landfast.ledger import blobs, rows_to, store, takes
from landfast.ledger.rows import TakeRow, all_takes
from landfast.model.clip import Clip
from landfast.model.measured import Analysis
from landfast.model.outcome import Film, Picture, Repeat, Run, Series, Timing
from landfast.model.plan import Plan
from landfast.model.profile import Profile
from landfast.model.record import Document
from landfast.model.take import Ordered, Request, Take, Ticket
from landfast.model.verdict import Verdict

D = TypeVar("D", bound=Document)

_INDEX = "INSERT INTO blobs VALUES (?, ?, ?) ON CONFLICT (sha256) DO NOTHING"
_PICTURE = """INSERT INTO pictures (purpose, segment, time, width, blob, document)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (purpose, segment, time, width)
    DO UPDATE SET blob = excluded.blob, document = excluded.document"""
_SUFFIX = {"image/jpeg": "jpg", "image/webp": "webp", "image/png": "png"}


class Ledger:
    """Use as a context manager; every method that writes returns with the row on disk.

    Threads may share it: one at a time is let in.

    Attributes:
        folder: The run's folder.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._path = folder / store.FILE
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def create(cls, folder: Path, records: Mapping[str, Document]) -> Ledger:
        """A new ledger in an existing folder, with its first records.

        Raises:
            InputError: There is one already, or the folder cannot be written.
        """
        rows = [(name, record.to_json()) for name, record in records.items()]
        return cls(folder, store.create(folder / store.FILE, rows))

    @classmethod
    def open(cls, folder: Path, mode: Literal["read", "write"] = "read") -> Ledger:
        """The ledger of a run; with "read" while another process may be writing to it.

        Raises:
            InputError: There is none, or its permissions forbid it.
            LedgerCorrupt: Damaged, foreign, or of another schema version.
        """
        path = folder / store.FILE
        opened = store.open_to_write(path) if mode == "write" else store.open_to_read(path)
        return cls(folder, opened)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it."""
        self._connection.close()

    def save(self, name: str, record: Document) -> None:
        """Keep a record under a name, in place of an earlier one."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (name, record.to_json()))

    def load(self, name: str, cls: type[D]) -> D | None:
        """The record of that name, or None.

        Raises:
            LedgerCorrupt: What stands there is not such a record.
        """
        found = self._rows("SELECT document FROM records WHERE name = ?", (name,))
        if not found:
            return None
        with store.trusted(self._path):
            return cls.from_json(str(found[0][0]), source=f"{self._path} ({name})")

    def clip(self) -> Clip | None:
        """The footage."""
        return self.load("clip", Clip)

    def analysis(self) -> Analysis | None:
        """What vision found."""
        return self.load("analysis", Analysis)

    def plan(self) -> Plan | None:
        """The plan; once written it stays as it is."""
        return self.load("plan", Plan)

    def profile(self) -> Profile | None:
        """The plan's generator."""
        return self.load("profile", Profile)

    def run(self) -> Run | None:
        """How the run went."""
        return self.load("run", Run)

    def film(self) -> Film | None:
        """The finished film."""
        return self.load("film", Film)

    def intend(
        self, request: Request, *, attempt: int, price: Fraction, cap: Fraction | None = None
    ) -> TakeRow:
        """Write the intention down before anything is asked for, and reserve its price.

        Returns:
            The take's row. Where the same request stands in the ledger already, that row as it
            is, whatever its state: it must not be paid for again.

        Raises:
            BudgetSpent: It would pass `cap`, with all that is spent or reserved; nothing is
                written. No two threads or processes can reserve the same money.
        """
        with self._writing() as db:
            takes.intend(db, request, attempt=attempt, price=price, cap=cap)
        return self.take(request.key)

    def order(self, key: str, ordered: Ordered) -> None:
        """What the service is about to be asked for, with the row `intended`."""
        with self._writing() as db:
            takes.order(db, key, ordered)

    def sending(self, key: str) -> None:
        """`intended` to `submit_unknown`: the call that costs money is about to leave."""
        with self._writing() as db:
            takes.sending(db, key)

    def unsent(self, key: str) -> None:
        """Back to `intended`: it was certainly not taken, or called off for nothing."""
        with self._writing() as db:
            takes.unsent(db, key)

    def doubt(self, key: str) -> None:
        """Back to `submit_unknown`: the service knows nothing of the number that a user gave."""
        with self._writing() as db:
            takes.doubt(db, key)

    def submit(self, key: str, ticket: Ticket) -> None:
        """To `submitted`: the service answered with a job number."""
        with self._writing() as db:
            takes.submit(db, key, ticket)

    def deliver(self, key: str, raw: str, sha256: str, cost: Fraction | None) -> None:
        """The clip as it came is on disk and flushed; the row stays `submitted`."""
        with self._writing() as db:
            takes.deliver(db, key, raw, sha256, cost)

    def finish(self, take: Take) -> None:
        """`intended` or `submitted` to `done`: the file is on disk and flushed.

        Raises:
            LedgerCorrupt: There is no such file, or the take is in another state.
        """
        if not (self.folder / take.file).is_file():
            raise LedgerCorrupt(
                "is not on disk", subject=take.file, remedy="write the take before recording it"
            )
        with self._writing() as db:
            takes.finish(db, take)

    def fail(self, key: str, error: str, *, cost: Fraction) -> None:
        """`intended` or `submitted` to `failed`; `cost` is what was charged all the same."""
        with self._writing() as db:
            takes.fail(db, key, error, cost=cost)

    def judge(self, key: str, verdict: Verdict, state: takes.Judged) -> None:
        """`done` to `accepted` or `rejected`, with the verdict."""
        with self._writing() as db:
            takes.judge(db, key, verdict, state)

    def take(self, key: str) -> TakeRow:
        """The row of one request.

        Raises:
            LedgerCorrupt: There is none.
        """
        for row in self.takes():
            if row.key == key:
                return row
        raise LedgerCorrupt(
            "is not in the ledger", subject=f"take {key[:12]}", remedy="start a new run"
        )

    def takes(self, segment: str | None = None) -> tuple[TakeRow, ...]:
        """Attempts in the order of intention, of one segment or of all."""
        with self._lock, store.mapped(self._path), store.trusted(self._path):
            rows = all_takes(self._connection, source=str(self._path))
        return tuple(row for row in rows if segment in (None, row.segment))

    def spent(self) -> Fraction:
        """US dollars charged, or reserved for takes that are under way."""
        return sum((row.cost_usd for row in self.takes()), Fraction(0))

    def add_timing(self, timing: Timing) -> None:
        """How long a stage took; the last entry for the same work counts."""
        values = (timing.stage, timing.subject, timing.seconds, timing.frames, timing.failures)
        self._put("INSERT OR REPLACE INTO timings VALUES (?, ?, ?, ?, ?)", values)

    def timings(self) -> tuple[Timing, ...]:
        """In the order of stages, then of subjects."""
        rows = self._rows(
            "SELECT stage, subject, seconds, frames, failures FROM timings ORDER BY stage, subject"
        )
        with store.trusted(self._path):
            return rows_to.timings(rows)

    def add_repeat(self, repeat: Repeat) -> None:
        """Digests of the same work done more than once."""
        same = None if repeat.identical is None else int(repeat.identical)
        values = (repeat.stage, repeat.subject, json.dumps(repeat.digests), same)
        self._put("INSERT OR REPLACE INTO checks VALUES (?, ?, ?, ?)", values)

    def repeats(self) -> tuple[Repeat, ...]:
        """In the order of stages, then of subjects."""
        rows = self._rows("SELECT stage, subject, digests FROM checks ORDER BY stage, subject")
        with store.trusted(self._path):
            return rows_to.repeats(rows)

    def add_series(self, series: Series) -> None:
        """A measured quantity over the clip."""
        values = (series.title, series.model_dump_json())
        self._put("INSERT OR REPLACE INTO series VALUES (?, ?)", values)

    def series(self) -> tuple[Series, ...]:
        """In the order of titles."""
        rows = self._rows("SELECT document FROM series ORDER BY title")
        with store.trusted(self._path):
            return rows_to.series(rows)

    def blob(self, sha256: str) -> bytes:
        """The bytes of a blob.

        Raises:
            LedgerCorrupt: Not in the index, gone from disk, or changed.
        """
        found = self._rows("SELECT suffix FROM blobs WHERE sha256 = ?", (sha256,))
        if not found:
            raise LedgerCorrupt(
                "is not in the ledger", subject=f"blob {sha256[:12]}", remedy="start a new run"
            )
        return blobs.get(self.folder, sha256, str(found[0][0]))

    def add_picture(self, picture: Picture, data: bytes) -> None:
        """A picture for people; `picture.blob` is the SHA-256 of `data`."""
        suffix = _SUFFIX[picture.media_type]
        rows_to.check_picture(picture, data)
        blobs.put(self.folder, data, suffix)
        place = (picture.role, picture.subject, str(picture.time), picture.width)
        with self._writing() as db:
            db.execute(_INDEX, (picture.blob, suffix, len(data)))
            db.execute(_PICTURE, (*place, picture.blob, picture.model_dump_json()))

    def pictures(self) -> tuple[Picture, ...]:
        """By role, subject, time and width."""
        rows = self._rows("SELECT document FROM pictures")
        with store.trusted(self._path):
            return rows_to.pictures(rows)

    def _put(self, statement: str, values: tuple[object, ...]) -> None:
        with self._writing() as db:
            db.execute(statement, values)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, store.writing(self._connection, self._path) as db:
            yield db

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        with self._lock, store.mapped(self._path):
            return self._connection.execute(query, values).fetchall()

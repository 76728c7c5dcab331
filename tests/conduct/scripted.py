"""Runs with faults and kills at random points, for test_orders; they look at money only.

    python scripted.py SERVICE RUNS

In a process of its own, where types are not checked at each call: there are hundreds of runs. The
judge is left out, and the video: a take is its clip's bytes.
"""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from landfast.conduct import orders
from landfast.conduct.fitting import fitted
from landfast.conduct.orders import order_take, settle
from landfast.conduct.writing import Grid, write_take
from landfast.errors import BrokenOutput, GeneratorError
from landfast.generators.base import Material
from landfast.generators.remote.errors import SubmitUnknown
from landfast.generators.remote.generator import RemoteGenerator
from landfast.ledger import store
from landfast.ledger.ledger import Ledger
from landfast.ledger.rows import TakeRow
from landfast.model.clip import Colour
from landfast.model.take import Request
from ledger.material import run_record
from offline import offline
from paid import (
    FPS,
    FRAMES,
    KEY,
    SIZE,
    FakeClock,
    Script,
    Service,
    asked,
    clip,
    generator_for,
    small_profile,
)

COLOUR = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")
CREATES = ("ok", "429", "503", "500", "500 after", "hang", "hang after", "garbled", "unreachable")
LOOKS = ("ok", "429", "500", "hang", "garbled")
DOWNLOADS = ("ok", "403", "cut", "500", "redirect", "page")
ENDINGS = ("succeeded", "succeeded", "broken", "failed", "moderated")
LIVES = 60
TOGETHER = 2
"""Orders of a run."""


class Killed(BaseException):
    """The process ends here."""


class Fate:
    """Ends the process at chosen points; points are passed at every step that touches the world."""

    def __init__(self, kills: list[int]) -> None:
        self._kills = list(kills)
        self._left = self._kills.pop(0) if self._kills else None

    def reach(self) -> None:
        if self._left is None:
            return
        if self._left == 0:
            self._left = self._kills.pop(0) if self._kills else None
            raise Killed
        self._left -= 1


@contextmanager
def watched(fate: Fate) -> Iterator[None]:
    """Both sides of every commit are points, and nothing waits for the disk."""
    honest, connect = store.writing, store._connect

    @contextmanager
    def writing(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
        with honest(connection, path) as db:
            yield db
            fate.reach()
        fate.reach()

    def quick(uri: str) -> sqlite3.Connection:
        connection = connect(uri)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    store.writing, store._connect = writing, quick
    orders.write_take = unpictured
    orders.fitted = unfitted
    try:
        yield
    finally:
        store.writing, store._connect = honest, connect
        orders.write_take, orders.fitted = write_take, fitted


def unfitted(
    images: Callable[[], Iterator[np.ndarray]], *_: object, **__: object
) -> tuple[Callable[[], Iterator[np.ndarray]], tuple[str, ...]]:
    """Lays nothing on anything: there is nothing to see."""
    return images, ()


def unpictured(out: Path, frames: Iterator[np.ndarray], grid: Grid, colour: Colour) -> int:
    """Writes no video: hundreds of runs need none."""
    out.write_bytes(b"".join(frame.tobytes() for frame in frames))
    return grid.frames


class Unpictured(RemoteGenerator):
    """Looks at a clip's bytes only."""

    def frames(self, request: Request, raw: Path, **_: object) -> Iterator[np.ndarray]:
        if raw.read_bytes() != clip():
            raise BrokenOutput("is no clip")
        return iter([material().first])


def material() -> Material:
    image = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    return Material(image, image)


def one_life(folder: Path, service: Service, name: str, said: list[str]) -> list[TakeRow]:
    """What a process does: intend, order, and write down, for every order of the run."""
    profile = small_profile(name)
    generator = generator_for(service, profile, kind=Unpictured)
    rows = []
    mode = Ledger.open(folder, "write") if (folder / store.FILE).exists() else None
    with mode or Ledger.create(folder, {"run": run_record()}) as ledger:
        for number in range(TOGETHER):
            request = asked(profile, f"gap_{number}")
            price = profile.price_of(request.frames, request.fps)
            row = ledger.intend(request, attempt=1, price=price)
            if row.state in ("intended", "submit_unknown", "submitted"):
                row = _brought(ledger, generator, row, service, said)
            rows.append(row)
        generator.close()
    return rows


def _brought(
    ledger: Ledger, generator: object, row: TakeRow, service: Service, said: list[str]
) -> TakeRow:
    try:
        name, grid = f"{row.segment}.mkv", Grid(FRAMES, FPS, *SIZE)
        return order_take(ledger, generator, row, material(), name, grid=grid, colour=COLOUR)
    except SubmitUnknown as error:
        said.append(str(error))
        settle(ledger, {row.segment: _as_the_user_finds(service, ledger, row)})
        return ledger.take(row.key)
    except GeneratorError as error:
        said.append(str(error))
        return ledger.take(row.key)


def _as_the_user_finds(service: Service, ledger: Ledger, row: TakeRow) -> str:
    """The job that no row has: what a person sees in the service's own list."""
    known = {one.provider_job for one in ledger.takes()}
    return next((number for number in service.jobs if number not in known), "none")


scripts = st.builds(
    Script,
    creates=st.lists(st.sampled_from(CREATES), max_size=5),
    looks=st.lists(st.sampled_from(LOOKS), max_size=5),
    downloads=st.lists(st.sampled_from(DOWNLOADS), max_size=5),
    endings=st.lists(st.sampled_from(ENDINGS), max_size=2),
    running=st.integers(0, 2),
)


def one_run(disk: Path, name: str, script: Script, kills: list[int]) -> int:
    """A run from its beginning to its end, through every death, and what must hold after it.

    Returns:
        How often it was killed.
    """
    folder = Path(tempfile.mkdtemp(dir=disk))
    fate, said = Fate(kills), []
    service = Service(script, FakeClock(fate.reach), fate.reach)
    rows: list[TakeRow] = []
    killed = 0
    with watched(fate):
        for _ in range(LIVES):
            try:
                rows = one_life(folder, service, name, said)
            except Killed:
                killed += 1
                continue
            if all(row.state in ("done", "failed") for row in rows):
                break
    assert [row.state in ("done", "failed") for row in rows] == [True] * TOGETHER
    _nothing_twice(service, rows)
    _nothing_lost(folder, service, rows)
    _no_secret(folder, said)
    shutil.rmtree(folder)
    return killed


def _nothing_twice(service: Service, rows: list[TakeRow]) -> None:
    ordered = Counter(row.provider_job for row in rows if row.provider_job)
    assert len(service.jobs) <= TOGETHER, "an order was taken twice"
    assert set(ordered) == set(service.jobs), "a job stands in no row"
    assert all(count == 1 for count in ordered.values()), "two rows share a job"


def _nothing_lost(folder: Path, service: Service, rows: list[TakeRow]) -> None:
    for row in rows:
        ending = service.ends.get(row.provider_job or "")
        if ending == "succeeded":
            assert row.state == "done", row.error
            assert row.raw is not None
            assert (folder / row.raw).read_bytes() == clip()
            assert row.take is not None
            assert (folder / row.take.file).is_file()
        else:
            assert row.state == "failed", ending
        if ending is not None:
            assert row.cost_usd == 1


def _no_secret(folder: Path, said: list[str]) -> None:
    words = "\n".join(said)
    files = b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())
    for secret in (KEY, "X-Amz-Signature", "?sig="):
        assert secret not in words
        assert secret.encode() not in files


def main() -> None:
    name, runs = sys.argv[1], int(sys.argv[2])
    socket.getaddrinfo = offline
    memory = Path("/dev/shm")
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as disk:

        @settings(max_examples=runs, deadline=None, database=None, derandomize=True)
        @given(scripts, st.lists(st.integers(0, 25), min_size=1, max_size=5))
        def all_runs(script: Script, kills: list[int]) -> None:
            seen["runs"] += 1
            seen["killed"] += one_run(Path(disk), name, script, kills)

        all_runs()
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()

"""Gaps filled side by side: the service's limit, the user's budget, and what stops a run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import httpx
import numpy as np
import pytest

from landfast.conduct import filling, orders
from landfast.conduct.filling import fill_all
from landfast.conduct.job import Job
from landfast.conduct.orders import order_take
from landfast.conduct.writing import Grid
from landfast.errors import BudgetSpent, InputError
from landfast.generators.base import Material
from landfast.generators.remote.generator import RemoteGenerator
from landfast.ledger.ledger import Ledger
from landfast.ledger.rows import TakeRow
from landfast.ledger.takes import OPEN
from landfast.model.clip import Colour
from landfast.model.measured import Anchor, Gap
from landfast.model.plan import Generate
from landfast.model.time import Span
from ledger.material import run_record
from paid import FPS, FRAMES, SIZE, FakeClock, Script, Service, asked, generator_for, small_profile

COLOUR = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")
IMAGE = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
GAPS = 10
PATIENCE_S = 30


class Crowded(Service):
    """Counts the jobs that are under way at once, and refuses more than it takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(Script(running=3), FakeClock())
        self.limit, self.most = limit, 0
        self._one = threading.Lock()
        self._together = threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The first job ends once another stands beside it, where the limit lets one."""
        if request.method == "GET":
            self._together.wait(PATIENCE_S)
        with self._one:
            response = super().handle_request(request)
            ended = {number for number, looks in self.looked.items() if looks > 3}
            self.most = max(self.most, len(self.jobs) - len(ended))
            if len(self.jobs) >= min(self.limit, 2):
                self._together.set()
            return response


def segment(number: int) -> Generate:
    """A gap of a plan; only its name matters here."""
    start, stop = Fraction(number), Fraction(number) + Fraction(1, 2)
    gap = Gap(
        state="bridgeable",
        model="homography",
        matches=9,
        inliers=9,
        overlap=1.0,
        motion_px=1.0,
        parallax_px=0.0,
        light_change=0.0,
        reason="",
    )
    return Generate(
        name=f"gap_{10 * number:04d}",
        span=Span(start=start, stop=stop),
        start=Anchor(time=start, image="a", score=1, reason=""),
        end=Anchor(time=stop, image="b", score=1, reason=""),
        gap=gap,
        frames=FRAMES,
        fps=FPS,
        constraints=(),
        replaces=(),
        cost_usd=Fraction(1),
    )


class Bench(Job):
    """As much of a run's job as filling needs."""

    @classmethod
    def of(cls, ledger: Ledger, maker: RemoteGenerator, cap: Fraction | None) -> Bench:
        job = object.__new__(cls)
        job.__dict__.update(ledger=ledger, makers=(maker,), cap=cap)
        return job

    @property
    def plan(self):
        return SimpleNamespace(generated=[segment(at + 1) for at in range(GAPS)])

    def fill(self, gap: Generate) -> TakeRow:
        maker = self.makers[0]
        request = asked(maker.profile, gap.name)
        price = maker.profile.price_of(request.frames, request.fps)
        row = self.ledger.intend(request, attempt=1, price=price, cap=self.__dict__["cap"])
        if row.state not in OPEN:
            return row
        return order_take(
            self.ledger,
            maker,
            row,
            Material(IMAGE, IMAGE),
            f"{gap.name}.mkv",
            grid=Grid(FRAMES, FPS, *SIZE),
            colour=COLOUR,
            bench=self.bench,
        )


@pytest.fixture
def bench_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bench]]:
    ledger = Ledger.create(tmp_path, {"run": run_record()})
    monkeypatch.setattr(filling, "fill", lambda job, gap: job.fill(gap))
    monkeypatch.setattr(orders, "fitted", lambda images, *_, **__: (images, ()))

    def made(service: Service, *, limit: int, cap: Fraction | None = None) -> Bench:
        maker = generator_for(service, small_profile("luma", concurrency=limit))
        return Bench.of(ledger, maker, cap)

    yield made
    ledger.close()


@pytest.mark.parametrize("limit", [1, 3])
def test_ten_takes_keep_the_services_limit(bench_of, limit):
    service = Crowded(limit)
    found = fill_all(bench_of(service, limit=limit))
    assert len(found.accepted) == GAPS
    assert len(service.jobs) == GAPS
    assert min(limit, 2) <= service.most <= limit
    assert list(found.accepted) == sorted(found.accepted)


def test_parallel_takes_never_pass_the_budget(bench_of):
    service = Crowded(4)
    job = bench_of(service, limit=4, cap=Fraction(7, 2))
    found = fill_all(job)
    assert isinstance(found.stopped, BudgetSpent)
    assert len(found.accepted) == len(service.jobs) == 3
    assert job.ledger.spent() == 3
    again = fill_all(job)
    assert isinstance(again.stopped, BudgetSpent)
    assert len(service.jobs) == 3, "a resume went past the cap"


def test_one_order_in_doubt_keeps_no_other_gap_from_its_end(bench_of):
    service = Crowded(2)
    service.script.creates = ["ok", "hang after"]
    found = fill_all(bench_of(service, limit=2))
    assert len(found.accepted) == GAPS - 1
    assert "gap_" in str(found.stopped)
    assert "resume" in str(found.stopped)


def test_a_key_that_is_not_accepted_stops_everything(bench_of):
    class Closed(Crowded):
        def _create(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(401, json={"detail": "no such key"})

    service = Closed(2)
    with pytest.raises(InputError, match="LUMA_API_KEY"):
        fill_all(bench_of(service, limit=2))
    assert not service.jobs

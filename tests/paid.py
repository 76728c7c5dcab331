"""A service in this process: takes orders as Luma's two interfaces do, and breaks as it is told.

Nothing here sleeps and nothing leaves the process: it is an httpx transport.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import numpy as np

from landfast.generators.luma import LumaDialect
from landfast.generators.luma_legacy import LumaLegacyDialect
from landfast.generators.profiles import shipped_profile
from landfast.generators.remote.clock import Stopped
from landfast.generators.remote.dialect import Asset
from landfast.generators.remote.generator import RemoteGenerator
from landfast.generators.remote.storage import Storage
from landfast.media.encode import Encoder
from landfast.model.profile import Profile, Size
from landfast.model.take import Request

KEY = "luma-secret-key-0123456789"
SIZE = (64, 36)
FPS = Fraction(24)
FRAMES = 13
HOST = {
    "luma": "https://agents.lumalabs.ai/v1",
    "luma-legacy": "https://api.lumalabs.ai/dream-machine/v1",
}


class FakeClock:
    """Time that passes only when somebody waits."""

    def __init__(self, reach: Callable[[], None] = lambda: None) -> None:
        self.time = 0.0
        self.waits: list[float] = []
        self.stopped = False
        self._reach = reach

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self._reach()
        if self.stopped:
            raise Stopped
        self.waits.append(seconds)
        self.time += seconds

    def stop(self) -> None:
        self.stopped = True


@dataclass(frozen=True)
class FakeStorage(Storage):
    """Storage that answers with addresses and keeps nothing."""

    bucket: str = "bucket"
    folder: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    def put(self, order: str, asset: Asset) -> str:
        return f"https://bucket.s3.amazonaws.com/{self.key(order, asset)}?X-Amz-Signature=sig"

    def remove(self, order: str, asset: Asset) -> None:
        pass


@dataclass
class Script:
    """What happens to the orders and questions of one service, in order of arrival.

    A create is `ok`, `429`, `503`, `500`, `500 after`, `hang`, `hang after`, `garbled`, `refused`,
    `404` or `unreachable`; `after` and `garbled` ones are accepted all the same. A look is `ok`,
    `429`, `500`, `hang`, `garbled`; a download `ok`, `403`, `cut`, `500`, `redirect`, `page`. A
    job ends `succeeded`, `moderated`, `failed`, and its clip may be `broken`.
    """

    creates: list[str] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)
    endings: list[str] = field(default_factory=list)
    running: int = 1


class Service(httpx.BaseTransport):
    """The wire and the service behind it.

    Attributes:
        jobs: Every accepted order, by number: its body.
        seen: Every request: method, address, headers, body.
    """

    def __init__(
        self, script: Script, clock: FakeClock, reach: Callable[[], None] = lambda: None
    ) -> None:
        self.script, self.clock = script, clock
        self.jobs: dict[str, dict[str, Any]] = {}
        self.ends: dict[str, str] = {}
        self.looked: Counter[str] = Counter()
        self.polls: dict[str, list[float]] = {}
        self.seen: list[httpx.Request] = []
        self.created: list[float] = []
        self._reach = reach

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self._reach()
        self.seen.append(request)
        response = self._answer(request)
        self._reach()
        return response

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.url.host == "clips.example.com":
            return self._download(request)
        if request.method == "POST":
            return self._create(request)
        if path.endswith("/generations"):
            return self._listing()
        return self._look(path.rpartition("/")[2])

    def _create(self, request: httpx.Request) -> httpx.Response:
        fault = self.script.creates.pop(0) if self.script.creates else "ok"
        self.created.append(self.clock.now())
        if fault == "unreachable":
            raise httpx.ConnectError("no route", request=request)
        if fault == "hang":
            raise httpx.ReadTimeout("nothing came", request=request)
        if fault == "unpaid":
            return httpx.Response(402, json={"detail": "not enough credits"})
        if fault in ("429", "503"):
            return httpx.Response(int(fault), headers={"Retry-After": "7"}, json={"detail": "busy"})
        if fault == "500":
            return httpx.Response(500, json={"detail": f"oops {KEY}"})
        if fault == "404":
            return httpx.Response(404, json={"detail": "no such model"})
        if fault == "refused":
            return httpx.Response(
                422, json={"detail": "content_moderated", "code": "content_moderated"}
            )
        number = f"job-{len(self.jobs) + 1}"
        self.jobs[number] = json.loads(request.content)
        self.ends[number] = self.script.endings.pop(0) if self.script.endings else "succeeded"
        if fault == "hang after":
            raise httpx.ReadTimeout("nothing came", request=request)
        if fault == "500 after":
            return httpx.Response(502, text="bad gateway")
        if fault == "garbled":
            return httpx.Response(201, text='{"id": "job')
        return httpx.Response(201, json=self._told(number))

    def _look(self, number: str) -> httpx.Response:
        self.polls.setdefault(number, []).append(self.clock.now())
        fault = self.script.looks.pop(0) if self.script.looks else "ok"
        if fault == "hang":
            raise httpx.ReadTimeout("nothing came")
        if fault in ("429", "500"):
            return httpx.Response(int(fault), headers={"Retry-After": "11"}, text="busy")
        if fault == "garbled":
            return httpx.Response(200, text="{")
        if number not in self.jobs:
            return httpx.Response(404, json={"detail": "not found"})
        self.looked[number] += 1
        return httpx.Response(200, json=self._told(number))

    def _told(self, number: str) -> dict[str, Any]:
        done = self.looked[number] > self.script.running
        end = self.ends[number] if done else "processing"
        link = f"https://clips.example.com/{number}.mp4?sig={self.looked[number]}"
        succeeded = end in ("succeeded", "broken")
        return {
            "id": number,
            "state": "completed" if succeeded else {"processing": "processing"}.get(end, "failed"),
            "failure_code": "content_moderated" if end == "moderated" else "generation_failed",
            "failure_reason": end,
            "output": [{"type": "video", "url": link}] if succeeded else [],
            "assets": {"video": link} if succeeded else None,
            "request": self.jobs[number],
        }

    def _listing(self) -> httpx.Response:
        return httpx.Response(200, json={"generations": [self._told(one) for one in self.jobs]})

    def _download(self, request: httpx.Request) -> httpx.Response:
        fault = self.script.downloads.pop(0) if self.script.downloads else "ok"
        number = request.url.path.strip("/").removesuffix(".mp4")
        data = b"not a clip" if self.ends[number] == "broken" else clip()
        kind = {"Content-Type": "video/mp4"}
        if fault in ("403", "500"):
            return httpx.Response(int(fault), text="expired")
        if fault == "redirect":
            return httpx.Response(302, headers={"Location": "https://10.1.2.3/clip.mp4"})
        if fault == "page":
            return httpx.Response(200, html="<p>sign in</p>")
        if fault == "cut":
            return httpx.Response(200, headers=kind, stream=_Cut(data))
        return httpx.Response(200, headers=kind, content=data)


class _Cut(httpx.SyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Iterator[bytes]:
        yield self._data[: len(self._data) // 2]
        raise httpx.RemoteProtocolError("peer closed connection")


@lru_cache(maxsize=1)
def clip() -> bytes:
    """What every job delivers: a small moving gradient."""
    rows, columns = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with Encoder(path, width=SIZE[0], height=SIZE[1], time_base=1 / FPS, fps=FPS) as encoder:
            for tick in range(FRAMES):
                level = ((columns * 3 + rows * 2 + tick * 4) % 256).astype(np.uint8)
                encoder.write(np.dstack([level] * 3), tick=tick, duration=1)
        return path.read_bytes()


def small_profile(generator: str, **changes: Any) -> Profile:
    """A service's profile with tiny, short takes."""
    price = shipped_profile(generator).price
    assert price is not None
    values = {
        "sizes": (Size(name="360p", width=SIZE[0], height=SIZE[1]),),
        "durations_s": (Fraction(1, 2),),
        "quantum_s": Fraction(0),
        "minimum_s": Fraction(0),
        "price": price.model_copy(update={"usd_per_second": Fraction(2)}),
        **changes,
    }
    return shipped_profile(generator).model_copy(update=values)


def generator_for(
    service: Service, profile: Profile, *, kind: type[RemoteGenerator] = RemoteGenerator
) -> RemoteGenerator:
    """A generator wired to the service."""
    dialect = LumaDialect() if profile.generator == "luma" else LumaLegacyDialect()
    return kind(
        dialect,
        profile,
        environment={"LUMA_API_KEY": KEY},
        clock=service.clock,
        wire=service,
        storage=FakeStorage(),
    )


def asked(profile: Profile, segment: str = "gap_0010", *, seed: int = 0, **changes: Any) -> Request:
    """A request on the small grid; one USD."""
    return Request(
        segment=segment,
        generator=profile.name,
        first="first",
        last="last",
        constraints=(),
        width=SIZE[0],
        height=SIZE[1],
        frames=FRAMES,
        fps=FPS,
        seed=seed,
    ).model_copy(update=changes)

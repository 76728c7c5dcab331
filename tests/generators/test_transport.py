"""HTTP: bounded, redacted, and never led astray."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import httpx
import pytest

from landfast.errors import BrokenOutput, InputError, Unreachable
from landfast.generators.luma import LumaDialect
from landfast.generators.profiles import remote_profile
from landfast.generators.remote import transport as module
from landfast.generators.remote.addresses import Addresses
from landfast.generators.remote.dialect import Call, Service
from landfast.generators.remote.errors import NotSent
from landfast.generators.remote.generator import RemoteGenerator
from landfast.generators.remote.transport import Transport
from paid import KEY, FakeClock, clip

BASE = "https://203.0.113.0.example/v1"
SERVICE = Service(name="shop", base_url=BASE, url_name="SHOP_URL", key_names=("SHOP_KEY",))
Handler = Callable[[httpx.Request], httpx.Response]


def transport(handler: Handler, *, base: str = BASE, clock: FakeClock | None = None) -> Transport:
    return Transport(
        SERVICE,
        base_url=base,
        key=KEY,
        clock=clock or FakeClock(),
        wire=httpx.MockTransport(handler),
    )


def ok(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"key": request.headers.get("authorization", "")})


def video(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": "video/mp4"}, content=clip())


def test_the_key_goes_to_the_service_and_to_nobody_else(tmp_path):
    seen = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return video(request) if request.method == "GET" else ok(request)

    sender = transport(note)
    sender.send(Call(method="POST", url="/generations", body={}))
    sender.download("https://8.8.8.8/clip.mp4?sig=1", tmp_path / "clip.mp4", headers={})
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert "authorization" not in seen[1].headers
    assert (tmp_path / "clip.mp4").read_bytes() == clip()


@pytest.mark.parametrize(
    "address",
    [
        "http://8.8.8.8/clip.mp4",
        "https://10.1.2.3/clip.mp4",
        "https://127.0.0.1/clip.mp4",
        "https://169.254.169.254/latest",
        "https://[::1]/clip.mp4",
        "https://localhost/clip.mp4",
        "file:///etc/passwd",
        "https://",
    ],
)
def test_only_public_addresses_over_tls_are_fetched(address, tmp_path):
    asked = []

    def never(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return video(request)

    with pytest.raises(BrokenOutput, match="names a file at"):
        transport(never).download(address, tmp_path / "clip.mp4", headers={})
    assert not asked
    assert not list(tmp_path.iterdir())


def test_a_service_on_this_machine_opens_nothing_else_here():
    here = Addresses("http://127.0.0.1:8188")
    here.check("http://127.0.0.1:8188/view?filename=a", "comfyui")
    for other in ("http://127.0.0.1:22/", "http://127.0.0.2:8188/", "http://localhost:8188/"):
        with pytest.raises(BrokenOutput):
            here.check(other, "comfyui")


@pytest.mark.parametrize("base", ["http://8.8.8.8/v1", "ftp://host", "nonsense"])
def test_a_base_that_would_leak_the_key_is_refused(base):
    with pytest.raises(InputError):
        Addresses(base)


def test_redirects_of_downloads_are_checked_and_those_of_calls_refused(tmp_path):
    def away(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "https://192.168.1.1/clip.mp4"})

    with pytest.raises(BrokenOutput, match="private address"):
        transport(away).download("https://8.8.8.8/a", tmp_path / "clip.mp4", headers={})
    with pytest.raises(BrokenOutput, match="redirect"):
        transport(away).send(Call(method="POST", url="/generations", body={}))


def test_redirects_without_end_stop(tmp_path):
    def around(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "https://8.8.4.4/again"})

    with pytest.raises(BrokenOutput, match="again and again"):
        transport(around).download("https://8.8.8.8/a", tmp_path / "clip.mp4", headers={})


class Endless(httpx.SyncByteStream):
    """Bytes without end; time passes with each."""

    def __init__(self, clock: FakeClock, seconds: float) -> None:
        self._clock, self._seconds = clock, seconds

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self._clock.time += self._seconds
            yield b"x" * 65536


def test_endless_bodies_are_cut_off_by_size_and_by_time(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CLIP_BYTES", 1 << 20)
    clock = FakeClock()
    for seconds, kind in ((0.0, BrokenOutput), (600.0, Unreachable)):

        def endless(request: httpx.Request, seconds: float = seconds) -> httpx.Response:
            kind = {"Content-Type": "video/mp4"}
            return httpx.Response(200, headers=kind, stream=Endless(clock, seconds))

        sender = transport(endless, clock=clock)
        with pytest.raises(kind):
            sender.download("https://8.8.8.8/a", tmp_path / "clip.mp4", headers={})
        with pytest.raises(kind):
            sender.send(Call(method="GET", url="/a"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["text/html", "application/json", "image/png"])
def test_what_is_no_clip_is_not_kept(kind, tmp_path):
    def page(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Type": kind}, content=b"x")

    with pytest.raises(BrokenOutput, match="where a clip was expected"):
        transport(page).download("https://8.8.8.8/a", tmp_path / "clip.mp4", headers={})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx.ConnectError("refused"), NotSent),
        (httpx.ConnectTimeout("slow"), NotSent),
        (httpx.ReadTimeout("nothing"), Unreachable),
        (httpx.RemoteProtocolError("closed"), Unreachable),
        (httpx.WriteError("broken pipe"), Unreachable),
    ],
)
def test_it_is_known_whether_anything_was_sent(fault, kind):
    def broken(request: httpx.Request) -> httpx.Response:
        raise fault

    with pytest.raises(Unreachable) as caught:
        transport(broken).send(Call(method="POST", url="/generations", body={}))
    assert type(caught.value) is kind


def test_words_of_the_service_lose_keys_and_signatures():
    said = f"bad key {KEY} for https://s3.example.com/a/b?X-Amz-Signature=abc&x=1 " + "w" * 900
    told = transport(ok).redacted(said)
    assert KEY not in told
    assert "X-Amz-Signature" not in told
    assert len(told) <= 300


def test_httpx_logs_no_signature(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    sender = transport(video)
    sender.download("https://8.8.8.8/clip.mp4?X-Amz-Signature=abc", tmp_path / "a.mp4", headers={})
    assert "8.8.8.8" in caplog.text
    assert "X-Amz-Signature" not in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("key", ["sk-one\nsk-two", "sk-\u00e4", "sk one", '"sk\x7f'])
def test_a_key_that_no_header_carries_is_refused_unsent_and_unseen(key: str) -> None:
    maker = RemoteGenerator(
        LumaDialect(), remote_profile("luma", ""), environment={"LUMA_API_KEY": key}
    )
    with pytest.raises(InputError, match="set LUMA_API_KEY") as told:
        maker.check_ready()
    assert "sk" not in str(told.value)

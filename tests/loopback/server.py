"""One server on this machine that speaks every service's dialect.

    with Loopback() as server:
        server.engine.script(Script(running=2, take="colour"))
        ... a client with base URL server.luma, server.luma_legacy, server.runway, ...
        assert len(server.creates()) == 1

Clips are handed out under `/storage`, of the same origin.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from loopback.comfyui import ComfyUI
from loopback.downloads import Downloads
from loopback.exchange import Call, Drop, Hang, Refusal, Reply, Seen
from loopback.fal import Fal
from loopback.jobs import Engine, Job
from loopback.luma import Luma
from loopback.luma_legacy import LumaLegacy
from loopback.runway import Runway

KEY = "sk-loopback-0123456789abcdef"
"""The key that every dialect accepts."""


class Loopback:
    """The server. Use as a context manager; bound to 127.0.0.1, the port chosen by the system.

    Attributes:
        engine: The job engine; give it scripts.
        seen: Every request in order of arrival, with the status that was answered.
    """

    def __init__(self) -> None:
        self.engine = Engine()
        self.seen: list[Seen] = []
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._listener = _listener(self)
        self.downloads = Downloads(self.engine, f"{self.origin}/storage")
        self.dialects = [
            kind(self.engine, self.origin, self.downloads)
            for kind in (Luma, LumaLegacy, Runway, Fal, ComfyUI)
        ]

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT` of the services."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    @property
    def luma(self) -> str:
        """Base URL of the Luma Agents API."""
        return f"{self.origin}/luma/v1"

    @property
    def luma_legacy(self) -> str:
        """Base URL of Luma's Dream Machine API."""
        return f"{self.origin}/luma_legacy/dream-machine/v1"

    @property
    def runway(self) -> str:
        """Base URL of the Runway API (paths start with /v1)."""
        return f"{self.origin}/runway"

    @property
    def fal(self) -> str:
        """Base URL of fal's queue."""
        return f"{self.origin}/fal"

    @property
    def comfyui(self) -> str:
        """URL of a ComfyUI server; its WebSocket is at /ws."""
        return f"{self.origin}/comfyui"

    def __enter__(self) -> Loopback:
        serve = self._listener.serve_forever
        threading.Thread(target=serve, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._listener.shutdown()
        self._listener.server_close()

    def creates(self) -> list[Seen]:
        """Creates that were accepted: what is paid for."""
        return [one for one in self.seen if one.kind == "create" and one.job is not None]

    def creates_by_body(self) -> Counter[bytes]:
        """How often each body was accepted; 2 for a job that was paid for twice."""
        return Counter(one.target.encode() + b" " + one.body for one in self.creates())

    def polls(self, job: str) -> list[float]:
        """When the state of a job was asked for, seconds on the monotonic clock."""
        return [one.at for one in self.seen if one.kind == "poll" and one.job == job]

    def leaks(self, secret: str = KEY) -> list[str]:
        """Where a secret was seen outside the header that the service asks for."""
        found = []
        for one in self.seen:
            rest = {name: value for name, value in one.headers.items() if name != "authorization"}
            places = {"URL": one.target, "body": one.body.decode("latin-1"), **rest}
            found += [
                f"{one.dialect} {one.method} {one.target}: {place}"
                for place, text in places.items()
                if secret in text
            ]
        return found

    def answer(self, call: Call) -> tuple[str, Reply]:
        """The dialect's name and its answer."""
        if call.path.startswith("/storage/"):
            return "downloads", self.downloads.handle(call)
        for dialect in self.dialects:
            if call.path.startswith(dialect.prefix + "/"):
                try:
                    return dialect.name, dialect.handle(call)
                except Refusal as refusal:
                    return dialect.name, dialect.refuse(refusal)
        return "none", Reply({"error": "no such service"}, 404)

    def remember(self, call: Call, dialect: str, reply: Reply) -> None:
        """Note a request and what came of it."""
        with self._lock:
            self.seen.append(
                Seen(
                    call.at,
                    dialect,
                    reply.kind,
                    call.method,
                    call.target,
                    call.headers,
                    call.body,
                    reply.status,
                    reply.job,
                )
            )

    def wait_closing(self, seconds: float) -> None:
        """Sleep, but not beyond the server's end."""
        self._closing.wait(seconds)

    @property
    def closing(self) -> bool:
        """True once the server is being taken down."""
        return self._closing.is_set()

    def dialect(self, name: str) -> Any:
        """A dialect by its name."""
        return next(one for one in self.dialects if one.name == name)

    def job(self, seen: Seen) -> Job:
        """The job of a create."""
        assert seen.job is not None
        return self.engine.jobs[seen.job]


HANG_S = 30.0
"""How long a request without an answer is held open at most."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may leave whenever they like."""


def _listener(server: Loopback) -> ThreadingHTTPServer:
    class Handler(_Handler):
        owner = server

    return _Quiet(("127.0.0.1", 0), Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Loopback

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self._chunked() if self.headers.get("transfer-encoding") else self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, self.path, headers, body)
        if headers.get("upgrade", "").lower() == "websocket":
            self._upgrade(call)
            return
        self.close_connection = headers.get("connection", "").lower() == "close"
        try:
            dialect, reply = self.owner.answer(call)
        except (Hang, Drop) as fault:
            given = fault.args[0] if fault.args else Reply(None, 0)
            self.owner.remember(call, given.headers.get("x-dialect", ""), given)
            if isinstance(fault, Hang):
                self.owner.wait_closing(HANG_S)
            self._hang_up()
            return
        self.owner.remember(call, dialect, reply)
        self._send(reply)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _serve  # noqa: N815

    def _chunked(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _upgrade(self, call: Call) -> None:
        self.close_connection = True
        self.owner.remember(call, "comfyui", Reply(None, 101))
        self.owner.dialect("comfyui").serve_socket(call, self.connection, self.owner)
        self._hang_up()

    def _send(self, reply: Reply) -> None:
        content, kind = reply.content()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, TimeoutError):
            self.send_response(reply.status)
            headers = {"Content-Type": kind, **reply.headers}
            if isinstance(content, bytes):
                length = len(content) if reply.claimed is None else reply.claimed
                headers["Content-Length"] = str(length)
            for name, value in headers.items():
                self.send_header(name, value)
            if not isinstance(content, bytes):
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self._write(content)
            if reply.claimed is not None:
                self._hang_up()

    def _write(self, content: bytes | Iterator[bytes]) -> None:
        if isinstance(content, bytes):
            self.wfile.write(content)
            return
        self.close_connection = True
        for chunk in content:
            if self.owner.closing:
                break
            self.wfile.write(chunk)

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)


def eventually(condition: Any, *, seconds: float = 60.0) -> bool:
    """True as soon as the condition holds; False when it does not within the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return bool(condition())

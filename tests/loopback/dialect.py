"""What the dialects have in common: the key, faults on create and poll, webhooks, inputs by URL."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import urlsplit

from loopback.downloads import Downloads
from loopback.exchange import Call, Drop, Hang, Refusal, Reply
from loopback.jobs import Engine, Job

Answer = Callable[[Job], Any]


class Dialect:
    """One service. A subclass names itself, routes, and words its answers."""

    name: ClassVar[str]
    prefix: ClassVar[str]
    scheme: ClassVar[str] = "Bearer"
    created: ClassVar[int] = 200

    def __init__(self, engine: Engine, origin: str, downloads: Downloads) -> None:
        self.engine = engine
        self.origin = origin
        self.downloads = downloads

    def handle(self, call: Call) -> Reply:
        """The answer to one request."""
        raise NotImplementedError

    def refuse(self, refusal: Refusal) -> Reply:
        """How the service words a refusal."""
        return Reply({"detail": refusal.message}, refusal.status)

    def authorise(self, call: Call, key: str) -> None:
        """Refuse a request without the key."""
        if call.headers.get("authorization") != f"{self.scheme} {key}":
            raise Refusal(401, "invalid API key")

    def create(self, make: Callable[[], Job], answer: Answer) -> Reply:
        """A create under the next script: `make` accepts the job, `answer` words it."""
        fault, script = self.engine.create_fault()
        if fault == "throttled":
            reply = self.refuse(Refusal(429, "too many requests"))
            reply.headers["Retry-After"] = str(script.retry_after)
            reply.kind = "create"
            return reply
        for name, status, why in (
            ("error", 500, "internal error"),
            ("unpaid", 402, "not enough credits"),
            ("forbidden", 401, "invalid API key"),
        ):
            if fault == name:
                reply = self.refuse(Refusal(status, why))
                reply.kind = "create"
                return reply
        job = make()
        reply = Reply(answer(job), self.created, kind="create", job=job.id)
        self.tell(job, answer)
        if fault == "error-after":
            reply.body, reply.status = {"detail": "internal error"}, 500
        return self.broken(reply, fault)

    def poll(self, job: Job, answer: Answer) -> Reply:
        """The state of a job, under its script."""
        before = job.state
        fault = self.engine.poll_fault(job)
        if job.state != before:
            self.tell(job, answer)
        reply = Reply(answer(job), kind="poll", job=job.id)
        if fault in ("throttled", "error", "lost"):
            status = {"throttled": 429, "error": 500, "lost": 404}[fault]
            worded = self.refuse(Refusal(status, f"{fault} for now"))
            reply.body, reply.status = worded.body, worded.status
            if fault == "throttled":
                reply.headers["Retry-After"] = str(job.script.retry_after)
        return self.broken(reply, fault)

    def broken(self, reply: Reply, fault: str) -> Reply:
        """The reply, cut or withheld."""
        if fault in ("hang", "drop"):
            reply.headers["x-dialect"] = self.name
            raise (Hang if fault == "hang" else Drop)(reply)
        if fault == "malformed":
            whole = json.dumps(reply.body).encode()
            reply.body = whole[: max(1, len(whole) // 2)]
            reply.headers["Content-Type"] = "application/json"
        return reply

    def known(self, name: str) -> Job:
        """The job of that id, of this service."""
        job = self.engine.jobs.get(name)
        if job is None or job.dialect != self.name:
            raise Refusal(404, "not found")
        return job

    def tell(self, job: Job, answer: Answer) -> None:
        """Post the state to the job's webhook, as often as scripted."""
        if job.webhook is None:
            return
        body = json.dumps(answer(job)).encode()
        for _ in range(job.script.webhooks):
            threading.Thread(target=_post, args=(job.webhook, body), daemon=True).start()

    def fetched(self, url: str) -> bytes:
        """Content of an input that was given by URL, as the service would fetch it."""
        if urlsplit(url).hostname not in ("127.0.0.1", "localhost"):
            raise Refusal(400, "input URL cannot be fetched")
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                content: bytes = answer.read()
        except (urllib.error.URLError, OSError) as error:
            raise Refusal(400, f"input URL cannot be fetched: {error}") from error
        return content


def _post(url: str, body: bytes) -> None:
    request = urllib.request.Request(
        url, data=body, headers={"Content-Type": "application/json"}, method="POST"
    )
    try:
        urllib.request.urlopen(request, timeout=60).close()
    except OSError:
        return

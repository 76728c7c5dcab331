"""Where finished clips are fetched: signed links that expire, and everything that can go wrong."""

from __future__ import annotations

import itertools
import re

from loopback.exchange import Call, Drop, Hang, Reply
from loopback.jobs import Engine, Job
from loopback.script import LINKS

CHUNK = bytes(1 << 16)


class Downloads:
    """The storage of every service."""

    def __init__(self, engine: Engine, origin: str) -> None:
        self._engine = engine
        self.origin = origin
        self.files: dict[str, bytes] = {}
        """Content that was uploaded or offered, by name; served at `/files/NAME`."""

    def link(self, job: Job) -> str:
        """A fresh link to a job's clip, or the scripted other place."""
        if job.script.link != "good":
            return LINKS[job.script.link]
        return f"{self.origin}/takes/{job.id}.mp4?link={job.link}&signature=5f3c"

    def offer(self, name: str, content: bytes) -> str:
        """Serve some content; its URL."""
        self.files[name] = content
        return f"{self.origin}/files/{name}"

    def handle(self, call: Call) -> Reply:
        """Answer one request."""
        path = call.path.removeprefix("/storage")
        if call.method in ("PUT", "POST") and path.startswith("/uploads/"):
            return self._uploaded(call, path.removeprefix("/uploads/"))
        if file := re.fullmatch(r"/files/(.+)", path):
            content = self.files.get(file.group(1))
            return Reply({"error": "none"}, 404) if content is None else Reply(content)
        found = re.fullmatch(r"/takes/(.+)\.mp4", path)
        job = self._engine.jobs.get(found.group(1)) if found else None
        if job is None:
            return Reply({"error": "no such file"}, 404, kind="download")
        return self.clip(job, int(call.query.get("link", "0")))

    def _uploaded(self, call: Call, name: str) -> Reply:
        """Bytes by PUT, or a form with the part `file` as S3's POST takes it."""
        self.files[name] = call.body if call.method == "PUT" else call.form()["file"][0]
        return Reply(b"", 200 if call.method == "PUT" else 204, {"ETag": '"0"'}, kind="upload")

    def clip(self, job: Job, link: int) -> Reply:
        """A job's clip by the link of that number."""
        fault = self._engine.download_fault(job, link)
        reply = Reply(b"", 200, {"Content-Type": "video/mp4"}, kind="download", job=job.id)
        if fault in ("hang", "drop"):
            reply.headers["x-dialect"] = "downloads"
            raise (Hang if fault == "hang" else Drop)(reply)
        if fault == "expired":
            reply.status, reply.body = 403, b"<Error><Code>AccessDenied</Code></Error>"
            reply.headers["Content-Type"] = "application/xml"
        elif fault == "error":
            reply.status, reply.body = 500, b"try again"
        elif fault in ("redirect", "redirect-private"):
            reply.status = 302
            place = "private" if fault == "redirect-private" else "plain-host"
            reply.headers["Location"] = LINKS[place]
        elif fault == "endless":
            reply.body = itertools.repeat(CHUNK)
        elif fault == "page":
            reply.body = b"<html><body>Please sign in</body></html>"
            reply.headers["Content-Type"] = "text/html"
        else:
            reply.body = self._engine.clip(job)
            if fault == "cut":
                reply.claimed = len(reply.body)
                reply.body = reply.body[: len(reply.body) // 2]
        return reply

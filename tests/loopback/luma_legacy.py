"""Luma's Dream Machine API, as `lumaai` 1.21.0 speaks it."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np

from loopback.dialect import Dialect
from loopback.exchange import Call, Refusal, Reply, picture
from loopback.jobs import Job
from loopback.luma import KEY, NOW
from loopback.render import Order
from loopback.rules import complaint

FPS = Fraction(24)
SHORT_SIDES = {"540p": 540, "720p": 720, "1080p": 1080, "4k": 2160}
CENTS = {"540p": 40, "720p": 71, "1080p": 159, "4k": 637}


class LumaLegacy(Dialect):
    """`/generations`, `/credits`, `/ping`, and the list of camera concepts."""

    name = "luma_legacy"
    prefix = "/luma_legacy/dream-machine/v1"
    created = 201
    balance = 100_000.0
    """Credits left, USD cents."""

    def handle(self, call: Call) -> Reply:
        path = call.path.removeprefix(self.prefix)
        if path == "/ping":
            return Reply({"message": "pong"})
        self.authorise(call, KEY)
        if call.method == "POST" and path in ("/generations/video", "/generations"):
            return self.create(lambda: self._accept(call.json()), self.worded)
        if call.method == "GET" and path == "/generations":
            return self._list(call)
        if path == "/credits":
            return Reply({"credit_balance": self.balance})
        if path == "/generations/concepts/list":
            return Reply(["aerial_drone", "push_in", "orbit_left", "crane_up", "static"])
        if found := re.fullmatch(r"/generations/([^/]+)", path):
            job = self.known(found.group(1))
            if call.method == "DELETE":
                self.engine.cancel(job)
                return Reply(b"", 204, kind="cancel", job=job.id)
            return self.poll(job, self.worded)
        raise Refusal(404, "no such path")

    def worded(self, job: Job) -> dict[str, Any]:
        """A generation as told to the client and to its callback."""
        states = {"running": "dreaming", "succeeded": "completed", "queued": "queued"}
        state = states.get(job.state, "failed")
        usual = "Content moderated" if job.state == "moderated" else "Job failed"
        done = state == "completed"
        return {
            "id": job.id,
            "generation_type": "video",
            "state": state,
            "failure_reason": (job.script.code or usual) if state == "failed" else None,
            "created_at": NOW,
            "assets": {"video": self.downloads.link(job)} if done else None,
            "model": job.body["model"],
            "request": job.body,
        }

    def _accept(self, body: dict[str, Any]) -> Job:
        wrong = complaint("lumaai", "video", body)
        if wrong:
            raise Refusal(400, wrong)
        duration, resolution = body.get("duration", "5s"), body.get("resolution", "720p")
        if duration not in ("5s", "9s") or resolution not in SHORT_SIDES:
            raise Refusal(400, "duration is 5s or 9s, resolution 540p, 720p, 1080p or 4k")
        if self.engine.full():
            raise Refusal(429, "too many generations at once")
        frames = body.get("keyframes") or {}
        first, last = (self._image(frames.get(name)) for name in ("frame0", "frame1"))
        size = _size(resolution, body.get("aspect_ratio", "16:9"))
        count = int(duration.removesuffix("s")) * 24 + 1
        blank = np.zeros((8, 8, 3), np.uint8)
        shown = first if first is not None else last if last is not None else blank
        cents = CENTS[resolution] * (1 if duration == "5s" else 2)
        self.balance -= cents
        return self.engine.accept(
            self.name,
            body,
            Order(shown, last, size, count, FPS),
            credits=cents,
            webhook=body.get("callback_url"),
        )

    def _image(self, frame: dict[str, Any] | None) -> np.ndarray | None:
        if frame is None:
            return None
        if frame["type"] == "generation":
            return self.known(frame["id"]).order.first
        return picture(self.fetched(frame["url"]))

    def _list(self, call: Call) -> Reply:
        limit, offset = int(call.query.get("limit", "100")), int(call.query.get("offset", "0"))
        mine = [job for job in reversed(self.engine.jobs.values()) if job.dialect == self.name]
        page = mine[offset : offset + limit]
        told = [self.worded(job) for job in page]
        more = offset + limit < len(mine)
        body = {
            "generations": told,
            "count": len(told),
            "has_more": more,
            "limit": limit,
            "offset": offset,
        }
        return Reply(body, kind="list")


def _size(resolution: str, aspect: str) -> tuple[int, int]:
    across, down = (int(part) for part in aspect.split(":"))
    short = SHORT_SIDES[resolution]
    long = int(short * max(across, down) / min(across, down) / 2 + 0.5) * 2
    return (long, short) if across >= down else (short, long)

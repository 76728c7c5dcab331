"""Runway's API, as `runwayml` 5.24.0 speaks it."""

from __future__ import annotations

import re
import uuid
from fractions import Fraction
from typing import Any

import numpy as np

from loopback.clips import frames_of
from loopback.dialect import Dialect
from loopback.exchange import Call, Refusal, Reply, data_uri, picture
from loopback.jobs import Job
from loopback.luma import KEY
from loopback.render import Order
from loopback.rules import complaint, rules

NOW = "2026-11-22T00:00:00.000Z"
VERSION = "2024-11-06"
FPS = Fraction(24)
MOST_DATA_URI = 5 * 1024 * 1024
MOST_PROMPT = 1000
"""UTF-16 units; some models take more."""
CREDITS = {"gen4_turbo": 5, "gen4.5": 12, "veo3.1": 40, "veo3.1_fast": 15, "aleph2": 28}
"""A second; 30 for models that are not listed."""
SECONDS = {"gen4.5": (2, 10), "gen4_turbo": (2, 10), "seedance2": (4, 15), "kling3.0_pro": (3, 15)}


class Runway(Dialect):
    """Making video from images and from video, uploads, tasks, and the organization."""

    name = "runway"
    prefix = "/runway"

    def handle(self, call: Call) -> Reply:
        self.authorise(call, KEY)
        if call.headers.get("x-runway-version") != VERSION:
            raise Refusal(400, "X-Runway-Version is missing or not supported")
        path = call.path.removeprefix(self.prefix)
        for kind in ("image_to_video", "video_to_video"):
            if (call.method, path) == ("POST", f"/v1/{kind}"):
                return self.create(lambda kind=kind: self._accept(kind, call.json()), _started)
        if (call.method, path) == ("POST", "/v1/uploads"):
            return self._upload(call.json())
        if path == "/v1/organization":
            return Reply({"creditBalance": 4200, "tier": {"models": {}}, "usage": {"models": {}}})
        if found := re.fullmatch(r"/v1/tasks/([^/]+)", path):
            job = self.known(found.group(1))
            if call.method == "DELETE":
                self.engine.cancel(job)
                return Reply(b"", 204, kind="cancel", job=job.id)
            return self.poll(job, self.worded)
        raise Refusal(404, "not found")

    def refuse(self, refusal: Refusal) -> Reply:
        issues = [{"message": refusal.message, "path": []}]
        return Reply({"error": refusal.message, "issues": issues}, refusal.status)

    def worded(self, job: Job) -> dict[str, Any]:
        """A task as told to the client."""
        told: dict[str, Any] = {"id": job.id, "createdAt": NOW}
        if job.holding or job.state in ("queued", "running"):
            status = {"queued": "PENDING", "running": "RUNNING"}[job.state]
            told |= {"status": "THROTTLED" if job.holding else status}
            told |= {"estimatedCost": {"credits": job.credits}}
            return told | ({"progress": 0.5} if job.state == "running" else {})
        if job.state == "succeeded":
            done = {"output": [self.downloads.link(job)], "cost": {"credits": job.credits}}
            return told | {"status": "SUCCEEDED"} | done
        told |= {"cost": {"credits": 0}}
        if job.state == "cancelled":
            return told | {"status": "CANCELLED"}
        usual = "SAFETY.INPUT.IMAGE" if job.state == "moderated" else "INTERNAL.BAD_OUTPUT.CODE01"
        failure = {"failure": "The task failed.", "failureCode": job.script.code or usual}
        return told | {"status": "FAILED"} | failure

    def _accept(self, kind: str, body: dict[str, Any]) -> Job:
        models = _by_model(kind)
        if body.get("model") not in models:
            raise Refusal(400, f"model: none of {', '.join(sorted(models))}")
        wrong = complaint("runwayml", kind, body)
        if wrong:
            raise Refusal(400, wrong)
        words = body.get("promptText")
        if words is not None and not 1 <= len(words.encode("utf-16-le")) // 2 <= MOST_PROMPT:
            raise Refusal(400, f"promptText: 1 to {MOST_PROMPT} characters")
        order = self._from_images(body) if kind == "image_to_video" else self._from_video(body)
        seconds = -(-(order.frames - 1) // order.fps)
        credits = int(CREDITS.get(body["model"], 30) * seconds)
        waits = self.engine.full()
        return self.engine.accept(self.name, body, order, credits=credits, holding=waits)

    def _from_images(self, body: dict[str, Any]) -> Order:
        given = body["promptImage"]
        placed = [{"uri": given, "position": "first"}] if isinstance(given, str) else given
        images = {one["position"]: self._image(one["uri"]) for one in placed}
        if len(images) != len(placed) or "first" not in images:
            raise Refusal(400, "promptImage: one first frame, and a last one only beside it")
        seconds = body.get("duration", 5)
        least, most = SECONDS.get(body["model"], (1, 30))
        if seconds == "auto" or not least <= seconds <= most:
            raise Refusal(400, f"duration: {least} to {most}")
        size = _size(body.get("ratio"), images["first"])
        return Order(images["first"], images.get("last"), size, seconds * 24 + 1, FPS)

    def _from_video(self, body: dict[str, Any]) -> Order:
        if body["model"] != "aleph2":
            raise Refusal(400, "this server makes video from video with aleph2 only")
        pictures, fps = frames_of(self._content(body["videoUri"]))
        if len(pictures) / fps > 30:
            raise Refusal(400, "videoUri: longer than 30 seconds")
        keyframes = body.get("keyframes", [])
        if len(keyframes) > 5:
            raise Refusal(400, "keyframes: at most 5")
        if len({"range" in one for one in keyframes}) > 1:
            raise Refusal(400, "keyframes: all with a range or none")
        first, last = pictures[0], pictures[-1]
        for one in keyframes:
            at = one["at"] if "at" in one else one["seconds"] / float(len(pictures) / fps)
            if not 0 <= at <= 1:
                raise Refusal(400, "keyframes: outside the video")
            image = self._image(one["uri"])
            first, last = (image, last) if at < 0.5 else (first, image)
        height, width, _ = pictures[0].shape
        return Order(first, last, (width, height), len(pictures), fps)

    def _image(self, uri: str) -> np.ndarray:
        return picture(self._content(uri))

    def _content(self, uri: str) -> bytes:
        if uri.startswith("data:"):
            return data_uri(uri, most=MOST_DATA_URI)
        if uri.startswith("runway://"):
            name = uri.removeprefix("runway://")
            if name not in self.downloads.files:
                raise Refusal(400, "no such upload")
            return self.downloads.files[name]
        if not uri.startswith("http"):
            raise Refusal(400, "not an HTTPS URL, upload URI or data URI")
        return self.fetched(uri)

    def _upload(self, body: dict[str, Any]) -> Reply:
        if body.get("type") != "ephemeral" or not body.get("filename"):
            raise Refusal(400, "give filename, and type ephemeral")
        name = str(uuid.uuid4())
        answer = {
            "runwayUri": f"runway://{name}",
            "uploadUrl": f"{self.downloads.origin}/uploads/{name}",
            "fields": {"key": name, "policy": "c2lnbmVk"},
        }
        return Reply(answer, kind="upload")


def _started(job: Job) -> dict[str, Any]:
    return {"id": job.id, "estimatedCost": {"credits": job.credits}}


def _by_model(kind: str) -> set[str]:
    options = rules("runwayml")["bodies"][kind]["anyOf"]
    return {option["properties"]["model"]["enum"][0] for option in options}


def _size(ratio: str | None, first: np.ndarray) -> tuple[int, int]:
    if ratio and re.fullmatch(r"\d{3,}:\d{3,}", ratio):
        width, height = ratio.split(":")
        return int(width), int(height)
    height, width, _ = first.shape
    return width // 2 * 2, height // 2 * 2

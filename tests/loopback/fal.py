"""fal's queue, as `fal-client` 1.0.3 speaks it, with the endpoints that landfast uses."""

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

SIZES = {"240p": 240, "360p": 360, "480p": 480, "580p": 576, "720p": 720, "1080p": 1080, "4k": 2160}
RANGES = {
    "fal-ai/wan-vace-14b": {"num_frames": (81, 241), "frames_per_second": (5, 30)},
    "fal-ai/wan-flf2v": {"num_frames": (81, 100), "frames_per_second": (5, 24)},
}
FILES = ("mask_video_url", "mask_image_url", "video_url")


class Fal(Dialect):
    """`POST /APP`, then the status, response and cancel URLs that it answers with."""

    name = "fal"
    prefix = "/fal"
    scheme = "Key"

    def handle(self, call: Call) -> Reply:
        self.authorise(call, KEY)
        path = call.path.removeprefix(self.prefix + "/")
        if path == "storage/upload/initiate":
            return self._upload(call.json())
        if found := re.fullmatch(r"(.+)/requests/([^/]+)(/status|/cancel)?", path):
            return self._about(call, self.known(found.group(2)), found.group(3) or "")
        if call.method == "POST" and path in rules("fal")["bodies"]:
            webhook = call.query.get("fal_webhook")
            return self.create(lambda: self._accept(path, call.json(), webhook), self._queued)
        raise Refusal(404, "Application not found")

    def refuse(self, refusal: Refusal) -> Reply:
        headers = {"x-fal-request-id": "1"}
        return Reply({"detail": refusal.message}, refusal.status, headers)

    def _about(self, call: Call, job: Job, what: str) -> Reply:
        if call.method == "PUT" and what == "/cancel":
            stopped = self.engine.cancel(job)
            status = "CANCELLATION_REQUESTED" if stopped else "ALREADY_COMPLETED"
            return Reply({"status": status}, 202 if stopped else 400, kind="cancel", job=job.id)
        if what == "/status":
            reply = self.poll(job, self.worded)
            done = job.state not in ("queued", "running")
            reply.status = reply.status if done or reply.status != 200 else 202
            return reply
        return self._result(job)

    def worded(self, job: Job) -> dict[str, Any]:
        """The status, as told to the client; the webhook is told the same."""
        told: dict[str, Any] = {**self._queued(job), "logs": []}
        if job.state == "queued":
            return told | {"status": "IN_QUEUE", "queue_position": 0}
        if job.state == "running":
            return told | {"status": "IN_PROGRESS"}
        told |= {"status": "COMPLETED", "metrics": {"inference_time": 61.5}}
        if job.state == "succeeded":
            return told
        codes = {"moderated": "content_policy_violation", "cancelled": "client_cancelled"}
        code = job.script.code or codes.get(job.state, "internal_error")
        return told | {"error": "the request did not succeed", "error_type": code}

    def _result(self, job: Job) -> Reply:
        if job.state in ("queued", "running"):
            return Reply({"detail": "Request is still in progress"}, 400)
        if job.state != "succeeded":
            code = self.worded(job)["error_type"]
            status = 422 if job.state == "moderated" else 500
            detail = [{"loc": ["body", "prompt"], "msg": "did not succeed", "type": code}]
            return Reply({"detail": detail}, status, {"x-fal-error-type": code})
        video = {
            "url": self.downloads.link(job),
            "content_type": "video/mp4",
            "file_name": "take.mp4",
        }
        seed = {"seed": job.body.get("seed", 4711)} if "veo" not in job.body["app"] else {}
        return Reply({"video": video, **seed}, job=job.id)

    def _queued(self, job: Job) -> dict[str, Any]:
        # Sub-paths of an app are dropped from these addresses, as fal does.
        app = "/".join(job.body["app"].split("/")[:2])
        base = f"{self.origin}{self.prefix}/{app}/requests/{job.id}"
        urls = {"status_url": f"{base}/status", "cancel_url": f"{base}/cancel"}
        return {"status": "IN_QUEUE", "request_id": job.id, "response_url": base, **urls}

    def _accept(self, app: str, body: dict[str, Any], webhook: str | None) -> Job:
        wrong = complaint("fal", app, body)
        if wrong:
            raise Refusal(422, wrong)
        for field, (least, most) in RANGES.get(app, {}).items():
            if field in body and not least <= body[field] <= most:
                raise Refusal(422, f"{field}: {least} to {most}")
        if not body["prompt"]:
            raise Refusal(422, "prompt: empty")
        if self.engine.full():
            raise Refusal(429, "too many concurrent requests")
        order = self._order(app, body)
        return self.engine.accept(self.name, {"app": app, **body}, order, webhook=webhook)

    def _order(self, app: str, body: dict[str, Any]) -> Order:
        names = ("first_frame_url", "last_frame_url", "start_image_url", "end_image_url")
        images = {name: self._image(body[name]) for name in names if name in body}
        first = images.get("first_frame_url", images.get("start_image_url"))
        last = images.get("last_frame_url", images.get("end_image_url"))
        if "veo" in app:
            frames, fps = int(body.get("duration", "8s").removesuffix("s")) * 24 + 1, Fraction(24)
        else:
            frames = int(body.get("num_frames", 81))
            fps = Fraction(body.get("frames_per_second", 16)).limit_denominator(1001)
        if "video_url" in body:
            self._check_control(body, frames)
        if first is None:
            raise Refusal(422, "nothing to make a video from")
        resolution = body.get("resolution", "720p")
        size = _size(resolution, body.get("aspect_ratio", "auto"), first)
        return Order(first, last, size, frames, fps)

    def _check_control(self, body: dict[str, Any], frames: int) -> None:
        counts = {}
        for name in FILES:
            if name in body and name != "mask_image_url":
                counts[name] = len(frames_of(self._content(body[name]))[0])
        if len(set(counts.values())) > 1:
            raise Refusal(422, f"control and mask differ in length: {counts}")
        if not body.get("match_input_num_frames") and set(counts.values()) != {frames}:
            raise Refusal(422, f"num_frames is {frames}, the videos have {counts}")

    def _image(self, uri: str) -> np.ndarray:
        return picture(self._content(uri))

    def _content(self, uri: str) -> bytes:
        return data_uri(uri) if uri.startswith("data:") else self.fetched(uri)

    def _upload(self, body: dict[str, Any]) -> Reply:
        if not body.get("file_name") or not body.get("content_type"):
            raise Refusal(422, "give file_name and content_type")
        name = str(uuid.uuid4())
        urls = {
            "upload_url": f"{self.downloads.origin}/uploads/{name}",
            "file_url": f"{self.downloads.origin}/files/{name}",
        }
        return Reply(urls, kind="upload")


def _size(resolution: str, aspect: str, first: np.ndarray) -> tuple[int, int]:
    height, width, _ = first.shape
    shapes = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1)}
    across, down = shapes.get(aspect, (width, height))
    if resolution == "auto":
        return width // 16 * 16, height // 16 * 16
    short = SIZES[resolution]
    long = short * max(across, down) / min(across, down)
    long = int(long / 16 + 0.5) * 16
    return (long, short) if across >= down else (short, long)

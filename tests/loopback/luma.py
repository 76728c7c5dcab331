"""Luma Agents API, as `luma-agents` 0.5.0 speaks it."""

from __future__ import annotations

import re
import uuid
from fractions import Fraction
from typing import Any

import numpy as np

from loopback.dialect import Dialect
from loopback.exchange import Call, Refusal, Reply, picture, unbase64
from loopback.jobs import Job
from loopback.render import Order
from loopback.rules import complaint

KEY = "sk-loopback-0123456789abcdef"
NOW = "2026-11-22T00:00:00Z"
FPS = Fraction(24)
HEIGHTS = {"360p": 360, "540p": 540, "720p": 720, "1080p": 1080}
ASPECTS = ("9:16", "3:4", "1:1", "4:3", "16:9", "21:9")
"""Those that video takes; the SDK lists more for images."""
MOST_KEYFRAMES = 64
MOST_PROMPT = 6000
CENTS = {"360p": 6, "540p": 36, "720p": 54, "1080p": 108}


class Luma(Dialect):
    """`/generations` and `/files`."""

    name = "luma"
    prefix = "/luma/v1"
    created = 201

    def handle(self, call: Call) -> Reply:
        self.authorise(call, KEY)
        path = call.path.removeprefix(self.prefix)
        if (call.method, path) == ("POST", "/generations"):
            return self.create(lambda: self._accept(call.json()), self.worded)
        if found := re.fullmatch(r"/generations/([^/]+)", path):
            if call.method == "GET":
                return self.poll(self.known(found.group(1)), self.worded)
        elif path.startswith("/files"):
            return self._files(call, path.removeprefix("/files"))
        raise Refusal(404, "no such path")

    def worded(self, job: Job) -> dict[str, Any]:
        """A generation as told to the client."""
        states = {"running": "processing", "succeeded": "completed", "queued": "queued"}
        state = states.get(job.state, "failed")
        code = "content_moderated" if job.state == "moderated" else "generation_failed"
        failed = state == "failed"
        done = state == "completed"
        return {
            "id": job.id,
            "type": job.body["type"],
            "model": job.body.get("model", "ray-3.2"),
            "state": state,
            "created_at": NOW,
            "failure_code": (job.script.code or code) if failed else None,
            "failure_reason": "the generation did not succeed" if failed else None,
            "output": [{"type": "video", "url": self.downloads.link(job)}] if done else [],
        }

    def _accept(self, body: dict[str, Any]) -> Job:
        wrong = complaint("luma_agents", "generation", body)
        if wrong:
            raise Refusal(422, wrong)
        if not 1 <= len(body["prompt"]) <= MOST_PROMPT:
            raise Refusal(422, f"prompt: must have 1 to {MOST_PROMPT} characters")
        if body.get("model") != "ray-3.2" or body.get("type") not in ("video", "video_edit"):
            raise Refusal(422, "only ray-3.2 makes video")
        if self.engine.full():
            raise Refusal(429, "too many generations at once")
        made = self._video(body) if body["type"] == "video" else self._edit(body)
        return self.engine.accept(self.name, body, made, credits=_cents(body))

    def _video(self, body: dict[str, Any]) -> Order:
        video = body.get("video") or {}
        if video.get("edit") or body.get("source"):
            raise Refusal(422, "video.edit and source are for video_edit")
        seconds = int((video.get("duration") or "5s").removesuffix("s"))
        anchors = self._anchors(video, frames=seconds * 24)
        if anchors and min(anchors) != 0 and not video.get("end_frame"):
            anchors.setdefault(0, anchors[min(anchors)])
        shown = [anchors[index] for index in sorted(anchors)] or [np.zeros((8, 8, 3), np.uint8)]
        size = _size(video.get("resolution") or "720p", body.get("aspect_ratio") or "16:9")
        last = anchors.get(seconds * 24)
        return Order(shown[0], last, size, seconds * 24 + 1, FPS)

    def _anchors(self, video: dict[str, Any], *, frames: int) -> dict[int, np.ndarray]:
        keyframes = video.get("keyframes")
        ends = {"start_frame": 0, "end_frame": frames}
        if keyframes is None:
            if video.get("keyframe_indexes") is not None:
                raise Refusal(422, "video.keyframe_indexes: needs video.keyframes")
            given = {at: video[name] for name, at in ends.items() if video.get(name)}
            if given and frames != 120:
                raise Refusal(422, "video.duration: start and end frames make 5s only")
            return {at: self._image(ref) for at, ref in given.items()}
        if any(video.get(name) for name in (*ends, "loop")):
            raise Refusal(422, "video.keyframes: excludes start_frame, end_frame and loop")
        indexes = _indexes(video.get("keyframe_indexes"), keyframes, most=frames)
        return {at: self._image(ref) for at, ref in zip(indexes, keyframes, strict=True)}

    def _edit(self, body: dict[str, Any]) -> Order:
        source = body.get("source")
        if not source:
            raise Refusal(422, "source: required for video_edit")
        if "media_type" not in source and not (
            source.get("file_id") or source.get("generation_id")
        ):
            raise Refusal(422, "source.media_type: required")
        edit = (body.get("video") or {}).get("edit") or {}
        _check_controls(edit.get("controls") or {})
        pictures, fps = self._clip(source)
        if len(pictures) / fps > 18:
            raise Refusal(422, "source: longer than 18 seconds")
        first, last = pictures[0], pictures[-1]
        if edit.get("keyframes"):
            if (body.get("video") or {}).get("start_frame"):
                raise Refusal(422, "video.edit.keyframes: excludes video.start_frame")
            most = len(pictures) - 1
            indexes = _indexes(edit.get("keyframe_indexes"), edit["keyframes"], most=most)
            given = dict(zip(indexes, map(self._image, edit["keyframes"]), strict=True))
            first, last = given.get(0, first), given.get(most, last)
        height, width, _ = pictures[0].shape
        return Order(first, last, (width, height), len(pictures), fps)

    def _clip(self, ref: dict[str, Any]) -> tuple[list[np.ndarray], Fraction]:
        from loopback.clips import frames_of

        return frames_of(self._bytes(ref))

    def _image(self, ref: dict[str, Any]) -> np.ndarray:
        return picture(self._bytes(ref))

    def _bytes(self, ref: dict[str, Any]) -> bytes:
        given = [name for name in ("url", "data", "file_id", "generation_id") if ref.get(name)]
        if len(given) != 1:
            raise Refusal(422, f"give exactly one of url, data, file_id, generation_id: {given}")
        if given == ["data"]:
            if not ref.get("media_type"):
                raise Refusal(422, "media_type: required with data")
            return unbase64(ref["data"])
        if given == ["url"]:
            return self.fetched(ref["url"])
        if given == ["file_id"]:
            if ref["file_id"] not in self.downloads.files:
                raise Refusal(422, "file_id: no such ready file")
            return self.downloads.files[ref["file_id"]]
        return self.engine.clip(self.known(ref["generation_id"]))

    def _files(self, call: Call, path: str) -> Reply:
        if call.method == "POST" and path == "":
            if "multipart" in call.headers.get("content-type", ""):
                content, filename = call.form()["file"]
                name = str(uuid.uuid4())
                self.downloads.files[name] = content
                return Reply(_created(name, len(content), filename, None), 201, kind="upload")
            body = call.json()
            wrong = complaint("luma_agents", "file", body)
            if wrong:
                raise Refusal(422, wrong)
            name = str(uuid.uuid4())
            url = f"{self.downloads.origin}/uploads/{name}"
            made = _created(name, body["size_bytes"], body.get("filename"), url)
            return Reply(made, 201, kind="upload")
        name = path.split("/")[1] if path.count("/") else ""
        if call.method == "DELETE":
            self.downloads.files.pop(name, None)
            return Reply(b"", 204)
        if name not in self.downloads.files:
            raise Refusal(404, "no such file")
        size = len(self.downloads.files[name])
        return Reply(_file(name, size, None, "ready"), kind="upload")


def _indexes(indexes: list[int] | None, keyframes: list[Any], *, most: int) -> list[int]:
    if not 1 <= len(keyframes) <= MOST_KEYFRAMES:
        raise Refusal(422, f"keyframes: 1 to {MOST_KEYFRAMES}")
    if indexes is None or len(indexes) != len(keyframes):
        raise Refusal(422, "keyframe_indexes: one for each keyframe")
    if len(set(indexes)) != len(indexes) or not all(0 <= at <= most for at in indexes):
        raise Refusal(422, f"keyframe_indexes: unique, 0 to {most}")
    return indexes


def _check_controls(controls: dict[str, Any]) -> None:
    for control, field in (
        ("depth", "blur"),
        ("normals", "augmentation"),
        ("trajectory", "sparsity"),
    ):
        value = (controls.get(control) or {}).get(field)
        if value is not None and not 0 <= value <= 1:
            raise Refusal(422, f"video.edit.controls.{control}.{field}: 0 to 1")


def _size(resolution: str, aspect: str) -> tuple[int, int]:
    if aspect not in ASPECTS:
        raise Refusal(422, f"aspect_ratio: video takes {', '.join(ASPECTS)}")
    across, down = (int(part) for part in aspect.split(":"))
    short = HEIGHTS[resolution]
    long = short * max(across, down) / min(across, down)
    long = int(long / 2 + 0.5) * 2
    return (long, short) if across >= down else (short, long)


def _cents(body: dict[str, Any]) -> int:
    video = body.get("video") or {}
    blocks = 2 if video.get("duration") == "10s" else 1
    return CENTS[video.get("resolution") or "720p"] * blocks


def _file(name: str, size: int, filename: str | None, state: str) -> dict[str, Any]:
    return {
        "id": name,
        "created_at": NOW,
        "mime_type": "image/png",
        "purpose": "input",
        "size_bytes": size,
        "state": state,
        "filename": filename,
    }


def _created(name: str, size: int, filename: str | None, url: str | None) -> dict[str, Any]:
    state = "pending" if url else "ready"
    upload = {"url": url, "method": "PUT", "headers": {}, "expires_at": NOW} if url else None
    file = _file(name, size, filename, state)
    return {"id": name, "state": state, "file": file, "upload": upload}

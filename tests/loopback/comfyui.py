"""A ComfyUI server (0.3.64): uploads, node descriptions, prompts, history, files, its socket."""

from __future__ import annotations

import json
import re
import socket
import struct
import time
import uuid
from typing import Any, Literal

from websockets.frames import Opcode
from websockets.server import ServerProtocol

from loopback.comfyui_graph import Graph
from loopback.dialect import Dialect
from loopback.exchange import Call, Refusal, Reply
from loopback.jobs import ENDED, Job
from loopback.rules import rules

TICK_S = 0.02


class ComfyUI(Dialect):
    """Needs no key.

    Attributes:
        socket: `good`, `refused` (no WebSocket at all), or `silent` (never tells of progress).
        without: Nodes that are not installed.
        missing: Model files that are not there.
    """

    name = "comfyui"
    prefix = "/comfyui"

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.socket: Literal["good", "refused", "silent"] = "good"
        self.without: set[str] = set()
        self.missing: set[str] = set()
        self.input: dict[str, bytes] = {}

    def handle(self, call: Call) -> Reply:
        path = call.path.removeprefix(self.prefix).removeprefix("/api")
        if call.method == "POST" and path == "/upload/image":
            return self._upload(call)
        if found := re.fullmatch(r"/object_info(?:/(\w+))?", path):
            nodes = self.nodes()
            name = found.group(1)
            return Reply(nodes if name is None else {k: v for k, v in nodes.items() if k == name})
        if call.method == "POST" and path == "/prompt":
            body = call.json()
            return self.create(lambda: self._accept(body), self._accepted)
        if found := re.fullmatch(r"/history/([^/]+)", path):
            return self._history(found.group(1))
        if path == "/queue":
            return self._queue(call)
        if path == "/interrupt":
            job = self.engine.jobs.get(call.json().get("prompt_id", ""))
            if job is not None:
                self.engine.cancel(job)
            return Reply(b"", kind="cancel", job=job.id if job else None)
        if path == "/view":
            return self._view(call)
        raise Refusal(404, "not found")

    def refuse(self, refusal: Refusal) -> Reply:
        error = {
            "type": "invalid_prompt",
            "message": refusal.message,
            "details": "",
            "extra_info": {},
        }
        return Reply({"error": error, "node_errors": {}}, refusal.status)

    def nodes(self) -> dict[str, Any]:
        """`/object_info` of what is installed."""
        shown = {}
        for name, node in rules("comfyui")["nodes"].items():
            if name in self.without:
                continue
            groups = {group: node[group] for group in ("required", "optional") if group in node}
            kept = json.loads(json.dumps(groups))
            for fields in kept.values():
                for field, kind in fields.items():
                    fields[field] = self._offered(kind)
            shown[name] = {
                "input": kept,
                "output": node["output"],
                "name": name,
                "output_node": node.get("output_node", False),
            }
        return shown

    def _offered(self, kind: list[Any]) -> list[Any]:
        if kind == ["INPUT_FILE"]:
            return [sorted(self.input), {"image_upload": True}]
        if isinstance(kind[0], list):
            return [[one for one in kind[0] if one not in self.missing], *kind[1:]]
        return kind

    def _upload(self, call: Call) -> Reply:
        form = call.form()
        content, filename = form["image"]
        name = filename or "image.png"
        if ".." in name or name.startswith("/"):
            raise Refusal(400, "bad name")
        overwrite = form.get("overwrite", (b"", None))[0] in (b"true", b"1")
        stem, dot, suffix = name.rpartition(".")
        count = 1
        while not overwrite and name in self.input and self.input[name] != content:
            name = f"{stem} ({count}){dot}{suffix}"
            count += 1
        self.input[name] = content
        return Reply({"name": name, "subfolder": "", "type": "input"}, kind="upload")

    def _accept(self, body: dict[str, Any]) -> Job:
        allowed = {"prompt", "client_id", "prompt_id", "extra_data", "front", "number"}
        if set(body) - allowed or not isinstance(body.get("prompt"), dict):
            raise Refusal(400, "No prompt provided")
        order = Graph(body["prompt"], self.nodes(), self.input).order()
        name = str(body.get("prompt_id") or uuid.uuid4())
        return self.engine.accept(self.name, body, order, name=name)

    def _accepted(self, job: Job) -> dict[str, Any]:
        return {"prompt_id": job.id, "number": len(self.engine.jobs), "node_errors": {}}

    def _history(self, name: str) -> Reply:
        job = self.engine.jobs.get(name)
        if job is None:
            return Reply({}, kind="poll")
        return self.poll(job, self._entry)

    def _entry(self, job: Job) -> dict[str, Any]:
        if job.state not in ENDED:
            return {}
        good = job.state == "succeeded"
        saved = {"filename": f"{job.id}_00001_.mp4", "subfolder": "video", "type": "output"}
        shown = {"images": [saved], "animated": [True]}
        outputs = {self._output(job): shown} if good else {}
        status = {
            "status_str": "success" if good else "error",
            "completed": good,
            "messages": self._messages(job),
        }
        prompt = [0, job.id, job.body["prompt"], {}, [self._output(job)]]
        return {job.id: {"prompt": prompt, "outputs": outputs, "meta": {}, "status": status}}

    def _messages(self, job: Job) -> list[Any]:
        about = {"prompt_id": job.id, "timestamp": 0}
        messages: list[Any] = [["execution_start", about]]
        if job.state == "cancelled":
            return [*messages, ["execution_interrupted", {**about, "node_id": "3"}]]
        if job.state != "succeeded":
            error = {
                "node_id": "3",
                "node_type": "KSampler",
                "exception_type": job.script.code or "torch.OutOfMemoryError",
                "exception_message": "Allocation on device 0 would exceed allowed memory.",
                "traceback": ["File execution.py, line 1"],
            }
            return [*messages, ["execution_error", {**about, **error}]]
        return [*messages, ["execution_success", about]]

    @staticmethod
    def _output(job: Job) -> str:
        graph = job.body["prompt"]
        return next(key for key, node in graph.items() if node["class_type"] == "SaveVideo")

    def _queue(self, call: Call) -> Reply:
        if call.method == "POST":
            for name in call.json().get("delete", []):
                job = self.engine.jobs.get(name)
                if job is not None and job.state == "queued":
                    self.engine.cancel(job)
                    del self.engine.jobs[name]
            return Reply(b"", kind="cancel")
        mine = [job for job in self.engine.jobs.values() if job.dialect == self.name]
        shown = {
            name: [[0, job.id, job.body["prompt"], {}, []] for job in mine if job.state == state]
            for name, state in (("queue_running", "running"), ("queue_pending", "queued"))
        }
        return Reply(shown, kind="list")

    def _view(self, call: Call) -> Reply:
        name = call.query.get("filename", "").removesuffix("_00001_.mp4")
        job = self.engine.jobs.get(name)
        if job is None or call.query.get("type") != "output" or job.state != "succeeded":
            return Reply(b"", 404, kind="download")
        return self.downloads.clip(job, job.link)

    def serve_socket(self, call: Call, connection: socket.socket, owner: Any) -> None:
        """Tell of the client's jobs until it leaves."""
        if self.socket == "refused":
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        client = call.query.get("clientId") or uuid.uuid4().hex
        with _Line(call, connection) as line:
            line.tell("status", {"status": {"exec_info": {"queue_remaining": 0}}, "sid": client})
            told: dict[str, str] = {}
            while line.open and not owner.closing:
                for job in list(self.engine.jobs.values()):
                    if job.body.get("client_id") == client and self.socket == "good":
                        self._advance(job, told, line)
                line.wait(TICK_S)

    def _advance(self, job: Job, told: dict[str, str], line: _Line) -> None:
        about = {"prompt_id": job.id}
        if told.get(job.id) in ENDED:
            return
        self.engine.step(job)
        if told.get(job.id) is None:
            line.tell("execution_start", {**about, "timestamp": 0})
        steps = job.script.queued + job.script.running + 1
        if job.state in ENDED:
            line.tell("executing", {"node": None, **about})
        else:
            line.tell("executing", {"node": "3", **about})
            line.preview()
            line.tell("progress", {"value": job.polls, "max": steps, "node": "3", **about})
        told[job.id] = job.state


class _Line:
    """The server's end of one WebSocket."""

    def __init__(self, call: Call, connection: socket.socket) -> None:
        self._socket = connection
        self._protocol = ServerProtocol()
        head = "".join(f"{name}: {value}\r\n" for name, value in call.headers.items())
        self._protocol.receive_data(f"GET {call.target} HTTP/1.1\r\n{head}\r\n".encode())
        request = next(iter(self._protocol.events_received()))
        self._protocol.send_response(self._protocol.accept(request))
        self.open = True

    def __enter__(self) -> _Line:
        self._flush()
        return self

    def __exit__(self, *error: object) -> None:
        if self.open:
            self._protocol.send_close(1001)
            self._flush()

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        """A message as JSON text."""
        self._protocol.send_text(json.dumps({"type": kind, "data": data}).encode())
        self._flush()

    def preview(self) -> None:
        """A binary message: event 1, format 1, and the beginning of a JPEG."""
        self._protocol.send_binary(struct.pack(">II", 1, 1) + b"\xff\xd8\xff\xe0")
        self._flush()

    def wait(self, seconds: float) -> None:
        """Read what the client sends."""
        self._socket.settimeout(seconds)
        began = time.monotonic()
        try:
            data = self._socket.recv(4096)
        except TimeoutError:
            return
        except OSError:
            data = b""
        if not data:
            self.open = False
            return
        self._protocol.receive_data(data)
        closed = [one for one in self._protocol.events_received() if one.opcode is Opcode.CLOSE]
        self.open = not closed
        self._flush()
        time.sleep(max(0.0, seconds - (time.monotonic() - began)))

    def _flush(self) -> None:
        try:
            for chunk in self._protocol.data_to_send():
                if chunk:
                    self._socket.sendall(chunk)
        except OSError:
            self.open = False

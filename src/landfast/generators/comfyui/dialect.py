"""What a ComfyUI server says and understands (server.py of 0.3.64; later ones alike)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any, Final
from urllib.parse import urlencode

from landfast.errors import BrokenOutput, Unsupported
from landfast.generators.comfyui.installed import check_installed
from landfast.generators.comfyui.listening import listening
from landfast.generators.comfyui.workflow import ANCHORS, Workflow
from landfast.generators.remote.dialect import (
    Answer,
    Asset,
    Call,
    Failure,
    Json,
    Reference,
    Script,
    Service,
    Status,
)
from landfast.generators.remote.errors import http_failure
from landfast.generators.remote.lowering import Lowered
from landfast.model.profile import Profile
from landfast.model.take import Ticket

FREE: Final = Fraction(0)
NAMES: Final = uuid.UUID("5b3a1d0e-6a63-5d6f-8f0e-0d5f0c3f1a77")
"""Name space of job numbers: the client may choose them, so that an order is found again."""
_SUFFIXES: Final = (".mp4", ".webm", ".mov", ".mkv")


class ComfyDialect:
    """One workflow on one server.

    Args:
        workflow: What is queued.
        steered: What is queued instead where a control video is at hand that it takes.
    """

    service = Service(
        name="comfyui",
        base_url="http://127.0.0.1:8188",
        url_name="LANDFAST_COMFYUI_URL",
    )

    def __init__(self, workflow: Workflow, steered: Workflow | None = None) -> None:
        self._workflow, self._steered = workflow, steered

    def body(self, lowered: Lowered, references: Mapping[str, Reference]) -> Json:
        """The workflow with its slots filled, under a number made from the request's key."""
        workflow = self._chosen(references)
        unheard = set(references) - set(workflow.words)
        if unheard:
            raise Unsupported(
                f"has no slot for {', '.join(sorted(unheard))}", subject=workflow.name
            )
        files = {role: one.value for role, one in references.items()}
        number = str(uuid.uuid5(NAMES, lowered.request.key))
        graph = workflow.filled(_values(lowered) | files)
        return {"prompt": graph, "client_id": number, "prompt_id": number}

    def upload(self, asset: Asset) -> Script[str]:
        """Into the server's input folder; before the first file, nodes and models are checked."""
        if asset.role == "first":
            for workflow in filter(None, (self._workflow, self._steered)):
                yield from check_installed(workflow)
        name = f"landfast_{asset.sha256[:24]}.{asset.media_type.rpartition('/')[2]}"
        answer = yield Call(
            method="POST",
            url="/upload/image",
            form={"overwrite": "true", "type": "input"},
            file=("image", name, asset.data, asset.media_type),
        )
        found = answer.json()
        folder = str(found.get("subfolder") or "")
        return f"{folder}/{found['name']}" if folder else str(found["name"])

    def create(self, body: Json, profile: Profile) -> Call:
        """Into the queue."""
        del profile
        return Call(method="POST", url="/prompt", body=body)

    def created(self, answer: Answer) -> Ticket:
        """The number that we chose, or what the server made of it."""
        return Ticket(id=str(answer.json()["prompt_id"]), cost_usd=FREE)

    def poll(self, ticket: Ticket) -> Script[Status]:
        """The history knows what has ended, the queue the rest."""
        ended = yield from self._ended(ticket)
        if ended is not None:
            return ended
        queue = (yield Call(method="GET", url="/queue")).json()
        for name in ("queue_running", "queue_pending"):
            if any(entry[1] == ticket.id for entry in queue.get(name, ())):
                return Status(state="running" if name == "queue_running" else "queued")
        # It may have ended between the two looks.
        ended = yield from self._ended(ticket)
        lost = Failure(reason="output missing", message="the server no longer knows the job")
        return ended or Status(state="cancelled", failure=lost, cost_usd=FREE)

    def cancel(self, ticket: Ticket) -> Call | None:
        """Out of the queue. What runs is left to run."""
        return Call(method="POST", url="/queue", body={"delete": [ticket.id]})

    def find(self, body: Json, since: str) -> Script[Ticket | None] | None:
        """By the number that we chose."""
        del since
        return self._found(Ticket(id=str(body["prompt_id"]), cost_usd=FREE))

    def failure(self, answer: Answer) -> Failure:
        """A refused workflow: the error, and what is wrong with which node."""
        try:
            found = answer.json()
        except BrokenOutput:
            return http_failure(answer)
        error = found.get("error")
        words = [str(error.get("message") or "")] if isinstance(error, dict) else []
        for node in (found.get("node_errors") or {}).values():
            words += [
                f"{node.get('class_type')}: {one.get('message')} {one.get('details')}"
                for one in node.get("errors", ())
            ]
        return http_failure(answer, "; ".join(filter(None, words)))

    def listen(
        self, base_url: str, ticket: Ticket
    ) -> AbstractContextManager[Callable[[float], float | None]]:
        """Progress while it waits."""
        return listening(base_url, ticket)

    def _chosen(self, references: Mapping[str, Reference]) -> Workflow:
        steering = set(references) - set(ANCHORS)
        return self._steered if self._steered is not None and steering else self._workflow

    def _ended(self, ticket: Ticket) -> Script[Status | None]:
        history = (yield Call(method="GET", url=f"/history/{ticket.id}")).json()
        entry = history.get(ticket.id)
        if not entry:
            return None
        status = entry.get("status") or {}
        if status.get("status_str") == "error":
            failure, state = _failure(status)
            return Status(state=state, failure=failure, cost_usd=FREE)
        return Status(state="succeeded", url=self._address(entry), cost_usd=FREE)

    def _found(self, ticket: Ticket) -> Script[Ticket | None]:
        status = yield from self.poll(ticket)
        return None if status.state == "cancelled" else ticket

    def _address(self, entry: Json) -> str:
        outputs = entry.get("outputs") or {}
        nodes = {one.output for one in (self._workflow, self._steered) if one is not None}
        for node in (*(key for key in outputs if key in nodes), *outputs):
            for saved in _saved(outputs[node]):
                fields = {name: saved.get(name, "") for name in ("filename", "subfolder", "type")}
                return f"/view?{urlencode(fields)}"
        raise BrokenOutput(
            "finished without a video",
            subject="comfyui",
            remedy="end the workflow with a node that saves one",
        )


def _values(lowered: Lowered) -> dict[str, Any]:
    return {
        "prompt": lowered.prompt,
        "negative": lowered.negative_prompt,
        "seed": lowered.seed or 0,
        "width": lowered.canvas.width,
        "height": lowered.canvas.height,
        "length": lowered.frames,
        "inner": lowered.frames - 2,
        "fps": float(lowered.fps),
    }


def _saved(output: Json) -> list[Json]:
    """Video files of one node: core nodes list them as images, others as gifs or videos."""
    listed = [
        one
        for group in ("images", "gifs", "videos", "video")
        for one in output.get(group) or ()
        if isinstance(one, dict) and one.get("type") != "temp"
    ]
    return [one for one in listed if str(one.get("filename", "")).endswith(_SUFFIXES)]


def _failure(status: Json) -> tuple[Failure, Any]:
    told = {kind: data for kind, data in status.get("messages") or ()}
    if "execution_interrupted" in told:
        return Failure(reason="cancelled", message="interrupted at the server"), "cancelled"
    error = told.get("execution_error") or {}
    words = (
        f"{error.get('node_type', 'a node')}: {error.get('exception_type', 'failed')}: "
        f"{error.get('exception_message', '')}"
    )
    return Failure(reason="provider error", message=words), "failed"

"""Runway's API: its own models, those that it hosts, and aleph2, which paints over a video."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from landfast.errors import Unsupported
from landfast.generators.profiles import remote_profile
from landfast.generators.remote.dialect import (
    Answer,
    Asset,
    Call,
    Failure,
    Json,
    Reason,
    Reference,
    Script,
    Service,
    State,
    Status,
)
from landfast.generators.remote.errors import http_failure
from landfast.generators.remote.generator import RemoteGenerator
from landfast.generators.remote.lowering import STATIC, Lowered
from landfast.model.profile import Profile
from landfast.model.take import Ticket

USD_PER_CREDIT: Final = Fraction(1, 100)
VIDEO_TO_VIDEO: Final = ("aleph2",)
"""Models that are given a source video in place of a first frame."""
UNSHAPED: Final = ("kling2.5_turbo_pro", "kling_4", "h3_max")
"""Models that take no `ratio` in pixels: the output follows the first frame."""
TALKING: Final = ("veo3.1", "kling3.0", "klingO3", "seedance2", "wan3")
"""Beginnings of the names of models that would add a soundtrack, which costs more."""
_REASONS: Final[tuple[tuple[str, Reason], ...]] = (
    ("SAFETY", "moderated"),
    ("INPUT_PREPROCESSING.SAFETY", "moderated"),
    ("ASSET", "invalid input"),
    ("INPUT", "invalid input"),
    ("THIRD_PARTY.CAPACITY", "capacity"),
)
"""Beginnings of `failureCode`, as docs.dev.runwayml.com/errors/task-failures lists them."""


_WAITING: Final[dict[str, State]] = {"PENDING": "queued", "THROTTLED": "queued"}


def open_runway(model: str = "") -> RemoteGenerator:
    """The generator `runway` or `runway:MODEL`.

    Raises:
        InputError: No such model.
    """
    return RemoteGenerator(RunwayDialect(), remote_profile("runway", model))


class RunwayDialect:
    """What the API of version 2024-11-06 says and understands (SDK `runwayml` 5.24.0)."""

    service = Service(
        name="runway",
        base_url="https://api.dev.runwayml.com",
        url_name="LANDFAST_RUNWAY_URL",
        key_names=("RUNWAYML_API_SECRET",),
        headers={"X-Runway-Version": "2024-11-06"},
        sign_up="dev.runwayml.com",
    )

    def body(self, lowered: Lowered, references: Mapping[str, Reference]) -> Json:
        """Anchors at their positions, or keyframes on a source video."""
        body: Json = {"model": lowered.model, "promptText": lowered.prompt or STATIC}
        if lowered.seed is not None:
            body["seed"] = lowered.seed
        if lowered.model in VIDEO_TO_VIDEO:
            return body | _over_video(lowered, references)
        if lowered.negative_prompt:
            body["negativePrompt"] = lowered.negative_prompt
        if lowered.model.startswith(TALKING):
            body["audio"] = False
        if lowered.model not in UNSHAPED:
            body["ratio"] = f"{lowered.canvas.width}:{lowered.canvas.height}"
        body["promptImage"] = [
            {"uri": references[one.role].uri, "position": one.role} for one in lowered.keyframes
        ]
        return body | {"duration": int(lowered.seconds)}

    def upload(self, asset: Asset) -> Script[str]:
        """An upload for this session: ask for a place, then post a form with the bytes there."""
        name = f"{asset.role}.{asset.media_type.rpartition('/')[2]}"
        wanted = {"filename": name, "type": "ephemeral"}
        place = (yield Call(method="POST", url="/v1/uploads", body=wanted)).json()
        yield Call(
            method="POST",
            url=str(place["uploadUrl"]),
            form={str(field): str(value) for field, value in place["fields"].items()},
            file=("file", name, asset.data, asset.media_type),
        )
        return str(place["runwayUri"])

    def create(self, body: Json, profile: Profile) -> Call:
        """The one call that costs money."""
        model = profile.service_model or profile.model
        kind = "video_to_video" if model in VIDEO_TO_VIDEO else "image_to_video"
        return Call(method="POST", url=f"/v1/{kind}", body=body)

    def created(self, answer: Answer) -> Ticket:
        """The task's id, and the most that it will cost."""
        found = answer.json()
        return Ticket(id=str(found["id"]), cost_usd=_usd(found, "estimatedCost"))

    def poll(self, ticket: Ticket) -> Script[Status]:
        """Look once; every look at a finished task signs its addresses anew."""
        found = (yield Call(method="GET", url=f"/v1/tasks/{ticket.id}")).json()
        state, cost = str(found["status"]), _usd(found, "cost")
        if state == "SUCCEEDED":
            return Status(state="succeeded", url=str(found["output"][0]), cost_usd=cost)
        if state == "FAILED":
            return Status(state="failed", failure=_failure(found), cost_usd=cost)
        if state == "CANCELLED":
            return Status(state="cancelled", cost_usd=cost)
        if state == "RUNNING":
            return Status(state="running", progress=float(found["progress"]))
        return Status(state=_WAITING[state])

    def cancel(self, ticket: Ticket) -> Call | None:
        """Free of charge while the task has not begun."""
        return Call(method="DELETE", url=f"/v1/tasks/{ticket.id}")

    def find(self, body: Json, since: str) -> Script[Ticket | None] | None:
        """The API cannot list tasks."""
        del body, since
        return None

    def failure(self, answer: Answer) -> Failure:
        """An error answer: 400 with what is wrong, 401, 429, 5xx."""
        return http_failure(answer)


def _over_video(lowered: Lowered, references: Mapping[str, Reference]) -> Json:
    source = references.get("source")
    if source is None:
        raise Unsupported(
            "paints over a video and was given none",
            subject=lowered.profile.name,
            remedy="choose a model that takes two anchors, such as runway:veo3.1",
        )
    keyframes = [
        {"uri": references[one.role].uri, "seconds": float(one.index / lowered.fps)}
        for one in lowered.keyframes
    ]
    return {"videoUri": source.uri, "keyframes": keyframes}


def _usd(found: Json, name: str) -> Fraction | None:
    credits = (found.get(name) or {}).get("credits")
    return None if credits is None else Fraction(str(credits)) * USD_PER_CREDIT


def _failure(found: Json) -> Failure:
    code = str(found.get("failureCode") or "")
    told = [why for start, why in _REASONS if code.startswith(start)]
    reason: Reason = told[0] if told else "provider error"
    words = str(found.get("failure") or "no reason given")
    return Failure(reason=reason, message=f"{words} {code}".strip())

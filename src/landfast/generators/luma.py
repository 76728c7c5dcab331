"""Luma's Agents API, model ray-3.2: takes between keyframes, and edits of a source video."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from landfast.errors import BrokenOutput, Unreachable, Unsupported
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
    Status,
)
from landfast.generators.remote.errors import http_failure
from landfast.generators.remote.generator import RemoteGenerator
from landfast.generators.remote.lowering import STATIC, Lowered
from landfast.model.profile import Profile
from landfast.model.take import Ticket

_REASONS: dict[str, Reason] = {
    "content_moderated": "moderated",
    "generation_failed": "provider error",
    "budget_exhausted": "quota",
    "output_not_found": "output missing",
    "image_too_large": "invalid input",
    "unsupported_format": "invalid input",
    "corrupt_input": "invalid input",
    "invalid_request": "invalid input",
    "rate_limited": "rate limited",
}
"""The API's `failure_code`."""
_STATES = {"queued": "queued", "processing": "running"}


def open_luma(model: str = "") -> RemoteGenerator:
    """The generator `luma` or `luma:ray-3.2`, `luma:ray-3.2-edit`.

    Raises:
        InputError: No such model.
    """
    return RemoteGenerator(LumaDialect(), remote_profile("luma", model))


class LumaDialect:
    """What the Agents API says and understands (SDK `luma-agents` 0.5.0)."""

    service = Service(
        name="luma",
        base_url="https://agents.lumalabs.ai/v1",
        url_name="LANDFAST_LUMA_URL",
        key_names=("LUMA_API_KEY", "LUMA_AGENTS_API_KEY"),
        sign_up="lumalabs.ai",
    )

    def body(self, lowered: Lowered, references: Mapping[str, Reference]) -> Json:
        """`video` with keyframes at their frames, or `video_edit` of a source video."""
        assert lowered.size is not None
        common: Json = {"model": lowered.model, "prompt": lowered.prompt or STATIC}
        if lowered.profile.model.endswith("-edit"):
            return {**common, **_edit(lowered, references)}
        return {
            **common,
            "type": "video",
            "aspect_ratio": lowered.size.aspect,
            "video": {
                "resolution": lowered.size.name,
                "duration": f"{int(lowered.seconds)}s",
                "keyframes": [_reference(references[one.role]) for one in lowered.keyframes],
                "keyframe_indexes": [one.index for one in lowered.keyframes],
            },
        }

    def upload(self, asset: Asset) -> Script[str]:
        """A presigned upload: ask for a place, put the bytes, say that they are there."""
        size = {"mime_type": asset.media_type, "size_bytes": len(asset.data)}
        made = (yield Call(method="POST", url="/files", body={**size, "purpose": "input"})).json()
        place = made.get("upload")
        if place is not None:
            yield Call(
                method="PUT",
                url=str(place["url"]),
                headers={**(place.get("headers") or {}), "Content-Type": asset.media_type},
                content=asset.data,
            )
            yield Call(method="POST", url=f"/files/{made['id']}/complete", body={})
        return (yield from _taken_in(str(made["id"])))

    def create(self, body: Json, profile: Profile) -> Call:
        """The one call that costs money."""
        del profile
        return Call(method="POST", url="/generations", body=body)

    def created(self, answer: Answer) -> Ticket:
        """The generation's id."""
        return Ticket(id=str(answer.json()["id"]))

    def poll(self, ticket: Ticket) -> Script[Status]:
        """Look once; every look signs the clip's address anew (it opens for an hour)."""
        found = (yield Call(method="GET", url=f"/generations/{ticket.id}")).json()
        state = str(found["state"])
        if state == "completed":
            clips = [one for one in found.get("output") or [] if one["type"] == "video"]
            return Status(state="succeeded", url=str(clips[0]["url"]))
        if state == "failed":
            return Status(state="failed", failure=_failure(found))
        return Status(state="running" if _STATES[state] == "running" else "queued")

    def cancel(self, ticket: Ticket) -> Call | None:
        """The API has no way to."""
        del ticket
        return None

    def find(self, body: Json, since: str) -> Script[Ticket | None] | None:
        """The API cannot list generations."""
        del body, since
        return None

    def failure(self, answer: Answer) -> Failure:
        """An error answer; moderation has a code of its own."""
        plain = http_failure(answer)
        code = _code(answer)
        if code in _REASONS:
            return Failure(
                reason=_REASONS[code], message=plain.message, retry_after_s=plain.retry_after_s
            )
        return plain


def _taken_in(number: str) -> Script[str]:
    """The file's number once it may be named in a request."""
    for pause in _PAUSES_S:
        found = (yield Call(method="GET", url=f"/files/{number}", after_s=pause)).json()
        if found["state"] == "ready":
            return number
        if found["state"] != "pending":
            words = str(found.get("failure_reason") or found["state"])
            raise Unsupported(f"does not take the picture ({words})", subject="luma")
    raise Unreachable(
        "does not take in a picture", subject="luma", remedy="try again later: nothing was ordered"
    )


_PAUSES_S = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Waits for a file to be taken in."""


def _edit(lowered: Lowered, references: Mapping[str, Reference]) -> Json:
    """`video_edit`: the source's own depth, surfaces and motion are kept, derived by Luma."""
    source = references.get("source")
    if source is None:
        raise Unsupported(
            "edits a source video and was given none",
            subject=lowered.profile.name,
            remedy="use ray-3.2 for a gap between two anchors",
        )
    return {
        "type": "video_edit",
        "source": _reference(source),
        "video": {
            "resolution": lowered.size.name if lowered.size else "720p",
            "edit": {
                "auto_controls": False,
                "strength": "adhere_3",
                "controls": {
                    "depth": {"enabled": True, "blur": 0.0},
                    "normals": {"enabled": True, "augmentation": 0.0},
                    "trajectory": {"enabled": True, "sparsity": 0.0},
                },
                "keyframes": [_reference(references[one.role]) for one in lowered.keyframes],
                "keyframe_indexes": [one.index for one in lowered.keyframes],
            },
        },
    }


def _reference(reference: Reference) -> dict[str, Any]:
    if reference.kind == "data":
        return {"data": reference.value, "media_type": reference.media_type}
    if reference.kind == "upload":
        return {"file_id": reference.value}
    return {"url": reference.value, "media_type": reference.media_type}


def _failure(found: Json) -> Failure:
    code = str(found.get("failure_code") or "")
    words = str(found.get("failure_reason") or code or "no reason given")
    return Failure(reason=_REASONS.get(code, "provider error"), message=words)


def _code(answer: Answer) -> str:
    try:
        body = answer.json()
    except BrokenOutput:
        return ""
    return str(body.get("failure_code") or body.get("code") or "")

"""Luma's older Dream Machine API, model ray-2: two anchors by public address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from landfast.errors import Unsupported
from landfast.generators.profiles import remote_profile
from landfast.generators.remote.assets import PLACEHOLDER
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

_PAGE = 50
"""Generations that are listed to find an order that was never answered."""


def open_luma_legacy(model: str = "") -> RemoteGenerator:
    """The generator `luma-legacy` or `luma-legacy:ray-2`.

    Raises:
        InputError: No such model.
    """
    return RemoteGenerator(LumaLegacyDialect(), remote_profile("luma-legacy", model))


class LumaLegacyDialect:
    """What the Dream Machine API says and understands (SDK `lumaai` 1.21.0)."""

    service = Service(
        name="luma-legacy",
        base_url="https://api.lumalabs.ai/dream-machine/v1",
        url_name="LANDFAST_LUMA_LEGACY_URL",
        key_names=("LUMAAI_API_KEY", "LUMA_API_KEY"),
        sign_up="lumalabs.ai/dream-machine/api",
    )

    def body(self, lowered: Lowered, references: Mapping[str, Reference]) -> Json:
        """frame0 and frame1 by address, and the clip's size and length."""
        assert lowered.size is not None
        names = {"first": "frame0", "last": "frame1"}
        return {
            "generation_type": "video",
            "model": lowered.model,
            "prompt": lowered.prompt or STATIC,
            "aspect_ratio": lowered.size.aspect,
            "resolution": lowered.size.name,
            "duration": f"{int(lowered.seconds)}s",
            "loop": False,
            "keyframes": {
                names[one.role]: {"type": "image", "url": references[one.role].value}
                for one in lowered.keyframes
            },
        }

    def upload(self, asset: Asset) -> Script[str]:
        """The API takes addresses only."""
        yield from ()
        raise Unsupported(
            f"takes the {asset.role} frame by public address only", subject="luma-legacy"
        )

    def create(self, body: Json, profile: Profile) -> Call:
        """The one call that costs money."""
        del profile
        return Call(method="POST", url="/generations/video", body=body)

    def created(self, answer: Answer) -> Ticket:
        """The generation's id."""
        return Ticket(id=str(answer.json()["id"]))

    def poll(self, ticket: Ticket) -> Script[Status]:
        """Look once."""
        found = (yield Call(method="GET", url=f"/generations/{ticket.id}")).json()
        state = str(found["state"])
        if state == "completed":
            return Status(state="succeeded", url=str(found["assets"]["video"]))
        if state == "failed":
            return Status(state="failed", failure=_failure(found))
        return Status(state="running" if state == "dreaming" else "queued")

    def cancel(self, ticket: Ticket) -> Call | None:
        """Deleting a generation that has begun loses it and is charged: none is called off."""
        del ticket
        return None

    def find(self, body: Json, since: str) -> Script[Ticket | None] | None:
        """The generation made from this order's frames: their addresses tell."""
        del since
        return _find(body)

    def failure(self, answer: Answer) -> Failure:
        """An error answer."""
        return http_failure(answer)


def _find(body: Json) -> Script[Ticket | None]:
    query = {"limit": str(_PAGE), "offset": "0"}
    listed = (yield Call(method="GET", url="/generations", query=query)).json()
    for one in listed["generations"]:
        asked: dict[str, Any] = one.get("request") or {}
        if _same(asked, body):
            return Ticket(id=str(one["id"]))
    return None


def _same(asked: Mapping[str, Any], body: Json) -> bool:
    """The frames lie under names made of order and content, so they are this order's alone."""
    theirs, ours = _frames(asked), _frames(body)
    if len(theirs) != len(ours) or not ours:
        return False
    names = [one.removeprefix(PLACEHOLDER) for one in ours]
    return all(name in address for name, address in zip(names, theirs, strict=True))


def _frames(body: Mapping[str, Any]) -> list[str]:
    frames = body.get("keyframes") or {}
    return [str(frames[name].get("url", "")) for name in ("frame0", "frame1") if frames.get(name)]


def _failure(found: Json) -> Failure:
    words = str(found.get("failure_reason") or "no reason given")
    moderated = any(part in words.lower() for part in ("moderat", "policy", "nsfw"))
    reason: Reason = "moderated" if moderated else "provider error"
    return Failure(reason=reason, message=words)

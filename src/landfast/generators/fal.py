"""fal's queue: Wan VACE with control videos, Wan and Veo between a first and a last frame."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from landfast.errors import BrokenOutput, Unsupported
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
from landfast.model.profile import Profile, Size
from landfast.model.take import Ticket

STORAGE: Final = "https://rest.fal.ai"
STORAGE_NAME: Final = "LANDFAST_FAL_STORAGE_URL"
"""Environment variable that names another place for uploads."""
_REASONS: Final[dict[str, Reason]] = {
    "content_policy_violation": "moderated",
    "client_cancelled": "cancelled",
    "request_timeout": "timeout",
    "startup_timeout": "capacity",
    "runner_scheduling_failure": "capacity",
    "image_too_large": "invalid input",
    "image_load_error": "invalid input",
    "file_download_error": "invalid input",
}
"""`error_type` of a status, or `type` of an answer's `detail`."""
_PLAIN: Final[Json] = {"enable_prompt_expansion": False, "acceleration": "none"}
"""Wan: nothing between the request and the model."""


_WAITING: Final[dict[str, State]] = {"IN_QUEUE": "queued", "IN_PROGRESS": "running"}


def open_fal(model: str = "") -> RemoteGenerator:
    """The generator `fal` or `fal:MODEL`.

    Raises:
        InputError: No such model.
    """
    profile = remote_profile("fal", model)
    dialect = FalDialect(os.environ.get(STORAGE_NAME, ""), profile.service_model)
    return RemoteGenerator(dialect, profile)


class FalDialect:
    """What the queue and the endpoints say (SDKs `fal-client` 1.0.3, `@fal-ai/client` 1.10.1)."""

    service = Service(
        name="fal",
        base_url="https://queue.fal.run",
        url_name="LANDFAST_FAL_URL",
        key_names=("FAL_KEY",),
        key_form="Key {}",
        key_origins=(STORAGE,),
        sign_up="fal.ai/dashboard/keys",
    )

    def __init__(self, storage_url: str = "", endpoint: str = "") -> None:
        self._storage_url = storage_url or STORAGE
        self._endpoint = endpoint

    def body(self, lowered: Lowered, references: Mapping[str, Reference]) -> Json:
        """The endpoint's arguments: five endpoints, three spellings of the same idea."""
        assert lowered.size is not None
        body: Json = {
            "prompt": lowered.prompt or STATIC,
            "resolution": lowered.size.name,
            "aspect_ratio": _aspect(lowered.size),
        }
        if lowered.negative_prompt:
            body["negative_prompt"] = lowered.negative_prompt
        if lowered.seed is not None:
            body["seed"] = lowered.seed
        spelled = _spelling(lowered)
        uris = {role: reference.uri for role, reference in references.items()}
        return body | lowered.settings | spelled(lowered, uris)

    def upload(self, asset: Asset) -> Script[str]:
        """Into fal's own storage: ask for a place, then put the bytes there."""
        name = f"{asset.role}.{asset.media_type.rpartition('/')[2]}"
        place = yield Call(
            method="POST",
            url=f"{self._storage_url}/storage/upload/initiate",
            query={"storage_type": "fal-cdn-v3"},
            body={"file_name": name, "content_type": asset.media_type},
        )
        found = place.json()
        yield Call(
            method="PUT",
            url=str(found["upload_url"]),
            headers={"Content-Type": asset.media_type},
            content=asset.data,
        )
        return str(found["file_url"])

    def create(self, body: Json, profile: Profile) -> Call:
        """The one call that costs money."""
        return Call(method="POST", url=f"/{profile.service_model}", body=body)

    def created(self, answer: Answer) -> Ticket:
        """The request's id, and the addresses that fal wants used for it."""
        found = answer.json()
        names = ("status_url", "response_url", "cancel_url")
        urls = {name: str(found[name]) for name in names}
        return Ticket(id=str(found["request_id"]), urls=urls)

    def poll(self, ticket: Ticket) -> Script[Status]:
        """Look once. `COMPLETED` is said of failures too."""
        urls = ticket.urls or self._addresses(ticket.id)
        found = (yield Call(method="GET", url=urls["status_url"])).json()
        state = str(found["status"])
        if state != "COMPLETED":
            return Status(state=_WAITING[state])
        if found.get("error") or found.get("error_type"):
            code = str(found.get("error_type") or "")
            reason = _REASONS.get(code, "provider error")
            words = f"{found.get('error') or 'failed'} {code}".strip()
            return Status(state="failed", failure=Failure(reason=reason, message=words))
        result = (yield Call(method="GET", url=urls["response_url"])).json()
        return Status(state="succeeded", url=str(result["video"]["url"]))

    def cancel(self, ticket: Ticket) -> Call | None:
        """Works while the request stands in the queue."""
        urls = ticket.urls or self._addresses(ticket.id)
        return Call(method="PUT", url=urls["cancel_url"])

    def _addresses(self, number: str) -> dict[str, str]:
        """Those of a job whose number the user looked up; the queue leaves out the endpoint."""
        job = f"/{'/'.join(self._endpoint.split('/')[:2])}/requests/{number}"
        return {
            "status_url": f"{job}/status",
            "response_url": job,
            "cancel_url": f"{job}/cancel",
        }

    def find(self, body: Json, since: str) -> Script[Ticket | None] | None:
        """The queue cannot be listed."""
        del body, since
        return None

    def failure(self, answer: Answer) -> Failure:
        """An error answer: `detail` is a sentence or a list of what is wrong."""
        code = answer.headers.get("x-fal-error-type", "")
        detail = _detail(answer)
        if not isinstance(detail, list) or not detail:
            return _with(_REASONS.get(code), http_failure(answer))
        worst = detail[0]
        place = ".".join(str(part) for part in worst.get("loc", ()))
        words = f"{place}: {worst.get('msg', '')}".strip(": ")
        return _with(_REASONS.get(str(worst.get("type"))), http_failure(answer, words))


def _aspect(size: Size) -> str:
    """The nearest that the endpoints list; 832x480 counts as 16:9."""
    if size.width == size.height:
        return "1:1"
    return "16:9" if size.width > size.height else "9:16"


def _spelling(lowered: Lowered) -> Callable[[Lowered, Mapping[str, str]], Json]:
    known = {"veo": _veo, "flf2v": _flf2v, "vace": _vace}
    for name, spelled in known.items():
        if name in lowered.model:
            return spelled
    raise Unsupported(
        "is an endpoint whose fields are not known",
        subject=lowered.profile.name,
        remedy="use a Wan VACE, Wan first-last or Veo first-last endpoint",
    )


def _veo(lowered: Lowered, uris: Mapping[str, str]) -> Json:
    return {
        "first_frame_url": uris["first"],
        "last_frame_url": uris["last"],
        "duration": f"{int(lowered.seconds)}s",
        "generate_audio": False,
        "auto_fix": False,
    }


def _flf2v(lowered: Lowered, uris: Mapping[str, str]) -> Json:
    return _PLAIN | {
        "start_image_url": uris["first"],
        "end_image_url": uris["last"],
        "num_frames": lowered.frames,
        "frames_per_second": int(lowered.fps),
    }


def _vace(lowered: Lowered, uris: Mapping[str, str]) -> Json:
    """Both anchors, and where they are at hand a depth (or source) and a mask video as long.

    The service measures nothing itself (`preprocess`), drops no frames and adds none. Its tasks are
    depth, pose, inpainting, outpainting and reframe; that inpainting acts on `mask_video_url`, and
    does nothing without, clients written from the service's schema say. No order has shown it.
    """
    body = _PLAIN | {
        "first_frame_url": uris["first"],
        "last_frame_url": uris["last"],
        "num_frames": lowered.frames,
        "frames_per_second": int(lowered.fps),
        "match_input_num_frames": False,
        "match_input_frames_per_second": False,
        "num_interpolated_frames": 0,
        "enable_auto_downsample": False,
        "video_quality": "maximum",
    }
    if "depth" in uris:
        body |= {"task": "depth", "video_url": uris["depth"], "preprocess": False}
    if "source" in uris:
        body |= {"task": "inpainting", "video_url": uris["source"], "preprocess": False}
    if "mask" in uris:
        body["mask_video_url"] = uris["mask"]
    return body


def _detail(answer: Answer) -> Any:
    try:
        return answer.json().get("detail")
    except BrokenOutput:
        return None


def _with(reason: Reason | None, failure: Failure) -> Failure:
    if reason is None:
        return failure
    return Failure(reason=reason, message=failure.message, retry_after_s=failure.retry_after_s)

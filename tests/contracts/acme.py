"""An adapter of another package: everything that one needs to write for a service of one's own."""

from fractions import Fraction

from landfast.generators.remote.dialect import Call, Failure, Service, Status
from landfast.generators.remote.errors import http_failure
from landfast.generators.remote.generator import RemoteGenerator
from landfast.model.profile import Profile, Size
from landfast.model.take import Ticket

KINDS = ("endpoint", "scene", "motion", "steady", "colour", "region")
PROFILE = Profile(
    generator="acme",
    model="",
    title="ACME, five seconds between two frames",
    usable=True,
    fps=(Fraction(24),),
    durations_s=(Fraction(5),),
    sizes=(Size(name="360p", width=640, height=360),),
    support={**dict.fromkeys(KINDS, "checked"), "endpoint": "native"},
    seed=False,
    deterministic=False,
    negative_prompt=False,
    prompt=True,
    transports=("data",),
)


class AcmeDialect:
    service = Service(
        name="acme",
        base_url="https://api.acme.example/v1",
        url_name="LANDFAST_ACME_URL",
        key_names=("ACME_API_KEY",),
    )

    def body(self, lowered, references):
        frames = [
            {"data": references[one.role].value, "media_type": references[one.role].media_type}
            for one in lowered.keyframes
        ]
        at = [one.index for one in lowered.keyframes]
        video = {"resolution": lowered.size.name, "keyframes": frames, "keyframe_indexes": at}
        about = {"type": "video", "model": "ray-3.2", "aspect_ratio": lowered.size.aspect}
        return {**about, "prompt": lowered.prompt or "camera motion only", "video": video}

    def upload(self, asset):
        raise NotImplementedError("pictures travel inside the request")

    def create(self, body, profile):
        return Call(method="POST", url="/generations", body=body)

    def created(self, answer):
        return Ticket(id=answer.json()["id"])

    def poll(self, ticket):
        found = (yield Call(method="GET", url=f"/generations/{ticket.id}")).json()
        if found["state"] == "completed":
            return Status(state="succeeded", url=found["output"][0]["url"])
        if found["state"] == "failed":
            why = Failure(reason="provider error", message=found["failure_reason"])
            return Status(state="failed", failure=why)
        return Status(state="queued" if found["state"] == "queued" else "running")

    def cancel(self, ticket):
        return None

    def find(self, body, since):
        return None

    def failure(self, answer):
        return http_failure(answer)


def open_acme(model=""):
    return RemoteGenerator(AcmeDialect(), PROFILE)

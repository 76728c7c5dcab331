"""Each official SDK is served: the dialects are the real ones."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from importlib.metadata import version

import fal_client
import httpx
import luma_agents
import lumaai
import pytest
import runwayml
from websockets.sync.client import connect

from landfast.generators.comfyui.opening import packaged
from loopback.material import anchors, coded, likeness, png, shown, uri
from loopback.rules import rules
from loopback.rules.generate import BODIES, PACKAGES, generated
from loopback.script import Script
from loopback.server import KEY, Loopback, eventually

FIRST, LAST = anchors()


def fetched(url: str) -> bytes:
    answer = httpx.get(url, timeout=60)
    answer.raise_for_status()
    return answer.content


@pytest.mark.parametrize("vendor", BODIES)
def test_the_stored_rules_are_the_sdks(vendor):
    if version(PACKAGES[vendor]) != rules(vendor)["version"]:
        pytest.skip(f"another {PACKAGES[vendor]} is installed than the rules were taken from")
    assert generated(vendor) == rules(vendor)


@pytest.fixture
def agents(loopback: Loopback) -> Iterator[luma_agents.Luma]:
    with luma_agents.Luma(base_url=loopback.luma, auth_token=KEY, max_retries=0) as client:
        yield client


def keyframed(**video: object) -> dict[str, object]:
    images = [{"data": coded(image), "media_type": "image/png"} for image in (FIRST, LAST)]
    settings = {"resolution": "360p", "duration": "5s", "keyframe_indexes": [0, 120]}
    return {"keyframes": images, **settings, **video}


def test_luma_agents_makes_a_video_from_keyframes(loopback, agents):
    made = agents.generations.create(
        prompt="static landscape", model="ray-3.2", type="video", aspect_ratio="16:9",
        video=keyframed(),
    )  # fmt: skip
    states = [made.state]
    while states[-1] not in ("completed", "failed"):
        made = agents.generations.get(made.id)
        states.append(made.state)
    assert states == ["queued", "queued", "processing", "completed"]
    pictures, fps = shown(fetched(made.output[0].url))
    assert (len(pictures), fps, pictures[0].shape) == (121, 24, (360, 640, 3))
    assert likeness(FIRST, pictures[0]) > 28 < likeness(LAST, pictures[-1])
    assert likeness(FIRST, pictures[-1]) < 25
    assert loopback.leaks() == []


def test_luma_agents_uploads_a_file(loopback, agents):
    content = png(FIRST)
    made = agents.files.create(mime_type="image/png", size_bytes=len(content))
    httpx.put(made.upload.url, content=content, headers=made.upload.headers)
    assert agents.files.complete(made.id).state == "ready"
    video = {"start_frame": {"file_id": made.id}, "resolution": "360p"}
    agents.generations.create(prompt="x", model="ray-3.2", type="video", video=video)
    assert len(loopback.creates()) == 1


@pytest.mark.parametrize(
    "video",
    [
        keyframed(keyframe_indexes=[0, 121]),
        keyframed(keyframe_indexes=[5, 5]),
        keyframed(keyframe_indexes=[0]),
        keyframed(start_frame={"data": coded(FIRST), "media_type": "image/png"}),
        keyframed(resolution="480p"),
        keyframed(seed=1),
        keyframed(keyframes=[{"data": coded(FIRST)}, {"data": coded(LAST)}]),
        {"duration": "10s", "start_frame": {"data": coded(FIRST), "media_type": "image/png"}},
    ],
)
def test_luma_agents_refuses(loopback, agents, video):
    with pytest.raises(luma_agents.UnprocessableEntityError):
        agents.generations.create(prompt="x", model="ray-3.2", type="video", video=video)
    assert loopback.creates() == []


def test_luma_agents_failure_codes(loopback, agents):
    loopback.engine.script(Script(queued=0, running=0, ending="moderated"))
    made = agents.generations.create(prompt="x", model="ray-3.2", type="video")
    assert agents.generations.get(made.id).failure_code == "content_moderated"


def test_the_sdk_pays_three_times_where_no_answer_comes(loopback):
    """Why landfast does not use it: the reason for a transport of its own."""
    loopback.engine.script(*[Script(create=("hang",))] * 3)
    with (
        luma_agents.Luma(base_url=loopback.luma, auth_token=KEY, timeout=0.3) as client,
        pytest.raises(luma_agents.APITimeoutError),
    ):
        client.generations.create(prompt="x", model="ray-3.2", type="video")
    assert eventually(lambda: list(loopback.creates_by_body().values()) == [3])


@pytest.fixture
def dream_machine(loopback: Loopback) -> Iterator[lumaai.LumaAI]:
    with lumaai.LumaAI(base_url=loopback.luma_legacy, auth_token=KEY, max_retries=0) as client:
        yield client


def test_dream_machine_makes_a_video_from_urls(loopback, dream_machine):
    client = dream_machine
    urls = [
        loopback.downloads.offer(f"{name}.png", png(image))
        for name, image in (("a", FIRST), ("b", LAST))
    ]
    before = client.credits.get().credit_balance
    made = client.generations.create(
        prompt="static landscape", model="ray-2", resolution="540p", duration="5s",
        keyframes={
            "frame0": {"type": "image", "url": urls[0]},
            "frame1": {"type": "image", "url": urls[1]},
        },
    )  # fmt: skip
    while made.state not in ("completed", "failed"):
        made = client.generations.get(made.id)
    pictures, fps = shown(fetched(made.assets.video))
    assert (len(pictures), fps, pictures[0].shape) == (121, 24, (540, 960, 3))
    assert likeness(LAST, pictures[-1]) > 28
    assert [one.id for one in client.generations.list(limit=5).generations] == [made.id]
    assert before - client.credits.get().credit_balance == 40
    assert "aerial_drone" in client.generations.concepts.list()
    with pytest.raises(lumaai.BadRequestError):
        client.generations.create(prompt="x", model="ray-2", resolution="640p")


@pytest.fixture
def runway(loopback: Loopback) -> Iterator[runwayml.RunwayML]:
    with runwayml.RunwayML(base_url=loopback.runway, api_key=KEY, max_retries=0) as client:
        yield client


def placed(first: str, last: str) -> list[dict[str, str]]:
    return [{"uri": first, "position": "first"}, {"uri": last, "position": "last"}]


def test_runway_makes_a_video_from_both_frames(loopback, runway):
    uploaded = runway.uploads.create_ephemeral(file=("last.png", png(LAST), "image/png"))
    made = runway.image_to_video.create(
        model="veo3.1", ratio="1280:720", duration=4, seed=7, prompt_text="static landscape",
        negative_prompt="morphing", prompt_image=placed(uri(FIRST), uploaded.uri),
    )  # fmt: skip
    assert made.estimated_cost.credits == 160
    states = []
    while not states or states[-1] not in ("SUCCEEDED", "FAILED", "CANCELLED"):
        task = runway.tasks.retrieve(made.id)
        states.append(task.status)
    assert states == ["PENDING", "RUNNING", "SUCCEEDED"]
    assert task.cost.credits == 160
    pictures, fps = shown(fetched(task.output[0]))
    assert (len(pictures), fps, pictures[0].shape) == (97, 24, (720, 1280, 3))
    assert likeness(LAST, pictures[-1]) > 28
    assert runway.organization.retrieve().credit_balance > 0


@pytest.mark.parametrize(
    "body",
    [
        {"model": "gen4.5", "duration": 5, "prompt_image": placed(uri(FIRST), uri(LAST))},
        {"model": "gen4.5", "duration": 11, "prompt_image": uri(FIRST)},
        {"model": "veo3.1", "duration": 5, "prompt_image": uri(FIRST)},
        {"model": "veo3.1", "duration": 4, "prompt_image": placed(uri(FIRST), uri(LAST))[1:]},
        {"model": "kling2.5_turbo_pro", "seed": 3, "prompt_image": uri(FIRST)},
        {"model": "gen4_aleph", "prompt_image": uri(FIRST)},
        {"model": "veo3.1", "duration": 4, "prompt_image": "runway://nothing"},
    ],
)
def test_runway_refuses(loopback, runway, body):
    given = {"prompt_text": "x", "ratio": "1280:720", **body}
    with pytest.raises(runwayml.BadRequestError):
        runway.image_to_video.create(**given)
    assert loopback.creates() == []


def test_runway_queues_what_is_over_its_limit_and_cancels(loopback, runway):
    loopback.engine.limit = 1
    body = {"model": "gen4_turbo", "ratio": "1280:720", "duration": 2, "prompt_image": uri(FIRST)}
    one, two = (runway.image_to_video.create(**body, seed=seed) for seed in (1, 2))
    assert runway.tasks.retrieve(two.id).status == "THROTTLED"
    runway.tasks.delete(one.id)
    assert runway.tasks.retrieve(one.id).status == "CANCELLED"
    assert runway.tasks.retrieve(two.id).status == "PENDING"
    assert loopback.engine.most_active == 1


@pytest.fixture
def fal(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> Iterator[fal_client.SyncClient]:
    """Its hosts are fixed when it is imported: only by patching does it go elsewhere."""
    monkeypatch.setattr("fal_client.client.QUEUE_URL_FORMAT", f"{loopback.fal}/")
    monkeypatch.setattr("fal_client.client.REST_URL", loopback.fal)
    client = fal_client.SyncClient(key=KEY)
    yield client
    client._client.close()


def test_fal_makes_a_video_from_both_frames(loopback, fal):
    arguments = {
        "prompt": "static landscape", "first_frame_url": uri(FIRST), "last_frame_url": uri(LAST),
        "resolution": "240p", "aspect_ratio": "16:9", "num_frames": 81, "seed": 3,
    }  # fmt: skip
    handle = fal.submit("fal-ai/wan-vace-14b", arguments=arguments)
    states = [type(one).__name__ for one in handle.iter_events(interval=0.01)]
    assert states == ["Queued", "InProgress", "Completed"]
    result = handle.get(interval=0.01)
    assert result["seed"] == 3
    pictures, fps = shown(fetched(result["video"]["url"]))
    assert (len(pictures), fps, pictures[0].shape[0]) == (81, 16, 240)
    assert likeness(LAST, pictures[-1]) > 24


def test_fal_takes_files_into_its_storage(loopback, fal):
    url = fal.upload(png(FIRST), "image/png", repository="fal", fallback_repository=[])
    body = {"prompt": "x", "start_image_url": url, "end_image_url": url}
    fal.submit("fal-ai/wan-flf2v", arguments=body)
    assert len(loopback.creates()) == 1


def test_fal_calls_a_failure_completed(loopback, fal):
    loopback.engine.script(Script(queued=0, running=0, ending="moderated"))
    body = {"prompt": "x", "first_frame_url": uri(FIRST), "last_frame_url": uri(LAST)}
    handle = fal.submit("fal-ai/veo3.1/first-last-frame-to-video", arguments=body)
    status = handle.status()
    assert isinstance(status, fal_client.Completed)
    assert status.error_type == "content_policy_violation"
    with pytest.raises(fal_client.FalClientHTTPError):
        handle.get(interval=0.01)


@pytest.mark.parametrize(
    ("app", "change"),
    [
        ("fal-ai/wan-vace-14b", {"num_frames": 80}),
        ("fal-ai/wan-vace-14b", {"resolution": "1080p"}),
        ("fal-ai/wan-vace-14b", {"task": "edges"}),
        ("fal-ai/wan-flf2v", {}),
        ("fal-ai/veo3.1/first-last-frame-to-video", {"duration": "5s"}),
    ],
)
def test_fal_refuses(loopback, fal, app, change):
    body = {"prompt": "x", "first_frame_url": uri(FIRST), "last_frame_url": uri(LAST), **change}
    with pytest.raises(fal_client.FalClientHTTPError) as error:
        fal.submit(app, arguments=body)
    assert error.value.status_code == 422
    assert loopback.creates() == []


def test_comfyui_is_spoken_to_as_its_own_example_does(loopback):
    """The order of calls in ComfyUI's script_examples/websockets_api_example.py.

    There is no official client for a server of one's own; comfy-sdk speaks to Comfy's cloud.
    """
    base, client = loopback.comfyui, uuid.uuid4().hex
    for name, image in (("a.png", FIRST), ("b.png", LAST)):
        answer = httpx.post(f"{base}/upload/image", files={"image": (name, png(image))})
        assert answer.json() == {"name": name, "subfolder": "", "type": "input"}
    size = {"width": 320, "height": 176, "length": 17}
    values = {
        "first": "a.png",
        "last": "b.png",
        "prompt": "x",
        "negative": "",
        "seed": 1,
        "fps": 16,
    }
    graph = packaged("wan-flf2v").filled(values | size)
    with connect(f"{base.replace('http', 'ws')}/ws?clientId={client}") as line:
        queued = httpx.post(f"{base}/prompt", json={"prompt": graph, "client_id": client}).json()
        heard = []
        while True:
            message = line.recv(timeout=60)
            if isinstance(message, bytes):
                continue
            heard.append(json.loads(message))
            data = heard[-1]["data"]
            if heard[-1]["type"] == "executing" and data["node"] is None:
                break
    assert {"status", "execution_start", "progress"} <= {one["type"] for one in heard}
    entry = httpx.get(f"{base}/history/{queued['prompt_id']}").json()[queued["prompt_id"]]
    [saved] = [file for output in entry["outputs"].values() for file in output["images"]]
    clip = httpx.get(f"{base}/view", params=saved, timeout=60)
    pictures, fps = shown(clip.content)
    assert (len(pictures), fps, pictures[0].shape) == (17, 16, (176, 320, 3))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda graph: graph["12"]["inputs"].pop("width"), "Required input is missing"),
        (lambda graph: graph["12"].update(class_type="Wan"), "does not exist"),
        (lambda graph: graph["1"]["inputs"].update(unet_name="other"), "Value not in list"),
        (lambda graph: graph["12"]["inputs"].update(vae=["3", 0]), "Return type mismatch"),
        (lambda graph: graph.pop("16"), "no outputs"),
    ],
)
def test_comfyui_refuses(loopback, change, words):
    base = loopback.comfyui
    for name in ("first.png", "last.png"):
        httpx.post(f"{base}/upload/image", files={"image": (name, png(FIRST))})
    graph = json.loads(json.dumps(packaged("wan-flf2v").nodes))
    change(graph)
    answer = httpx.post(f"{base}/prompt", json={"prompt": graph})
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert loopback.creates() == []

"""Each official SDK is served: the dialects are the real ones."""

from __future__ import annotations

from importlib.metadata import version

import httpx
import luma_agents
import lumaai
import pytest

from loopback.material import anchors, coded, likeness, png, shown
from loopback.rules import rules
from loopback.rules.generate import BODIES, PACKAGES, generated
from loopback.script import Script
from loopback.server import KEY, Loopback

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
def agents(loopback: Loopback) -> luma_agents.Luma:
    return luma_agents.Luma(base_url=loopback.luma, auth_token=KEY, max_retries=0)


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
    client = luma_agents.Luma(base_url=loopback.luma, auth_token=KEY, timeout=0.3)
    loopback.engine.script(*[Script(create=("hang",))] * 3)
    with pytest.raises(luma_agents.APITimeoutError):
        client.generations.create(prompt="x", model="ray-3.2", type="video")
    assert list(loopback.creates_by_body().values()) == [3]


def test_dream_machine_makes_a_video_from_urls(loopback):
    client = lumaai.LumaAI(base_url=loopback.luma_legacy, auth_token=KEY, max_retries=0)
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

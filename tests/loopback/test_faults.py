"""The server breaks what it is told to break, and nothing else."""

from __future__ import annotations

import http.server
import json
import threading

import httpx
import numpy as np
import pytest

from landfast.errors import InputError
from loopback.material import anchors, coded, likeness, png, shown
from loopback.script import LINKS, Script
from loopback.server import KEY, Loopback, eventually

FIRST, LAST = anchors()
KEYED = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
def client(loopback: Loopback):
    with httpx.Client(base_url=loopback.luma, headers=KEYED, timeout=30) as opened:
        yield opened


def create(client: httpx.Client, prompt: str = "x") -> httpx.Response:
    images = [{"data": coded(image), "media_type": "image/png"} for image in (FIRST, LAST)]
    video = {"keyframes": images, "keyframe_indexes": [0, 120], "resolution": "360p"}
    body = {"type": "video", "model": "ray-3.2", "prompt": prompt, "video": video}
    return client.post("/generations", json=body)


def finished(client: httpx.Client, name: str) -> dict:
    while True:
        found = client.get(f"/generations/{name}").json()
        if found["state"] in ("completed", "failed"):
            return found


def link(client: httpx.Client) -> str:
    return finished(client, create(client).json()["id"])["output"][0]["url"]


@pytest.mark.parametrize(
    ("fault", "status", "accepted"),
    [
        ("throttled", 429, 0),
        ("error", 500, 0),
        ("unpaid", 402, 0),
        ("forbidden", 401, 0),
        ("error-after", 500, 1),
    ],
)
def test_creates_that_are_answered_badly(loopback, client, fault, status, accepted):
    loopback.engine.script(Script(create=(fault,), retry_after=7))
    answer = create(client)
    assert answer.status_code == status
    assert answer.headers.get("retry-after") == ("7" if fault == "throttled" else None)
    assert len(loopback.creates()) == accepted
    assert create(client).status_code == 201


@pytest.mark.parametrize(
    ("fault", "error"), [("hang", httpx.ReadTimeout), ("drop", httpx.RemoteProtocolError)]
)
def test_creates_that_are_not_answered_are_taken_all_the_same(loopback, client, fault, error):
    loopback.engine.script(Script(create=(fault,)))
    client.timeout = 0.5 if fault == "hang" else 60
    with pytest.raises(error):
        create(client)
    assert eventually(lambda: len(loopback.creates()) == 1)


def test_a_malformed_answer_is_no_json(loopback, client):
    loopback.engine.script(Script(create=("malformed",)))
    with pytest.raises(json.JSONDecodeError):
        create(client).json()
    assert len(loopback.creates()) == 1


def test_polls_that_fail_and_then_do_not(loopback, client):
    loopback.engine.script(Script(queued=3, poll=("error", "throttled", "lost")))
    name = create(client).json()["id"]
    states = [client.get(f"/generations/{name}").status_code for _ in range(4)]
    assert states == [500, 429, 404, 200]
    assert len(loopback.polls(name)) == 4


def test_an_expired_link_works_again_after_another_look(loopback, client):
    loopback.engine.script(Script(download=("expired",)))
    name = create(client).json()["id"]
    old = finished(client, name)["output"][0]["url"]
    assert [httpx.get(old).status_code for _ in range(2)] == [403, 403]
    new = finished(client, name)["output"][0]["url"]
    assert httpx.get(new, timeout=60).status_code == 200


@pytest.mark.parametrize("kind", LINKS)
def test_links_that_must_not_be_followed(loopback, client, kind):
    loopback.engine.script(Script(link=kind))
    assert link(client) == LINKS[kind]


@pytest.mark.parametrize(
    ("fault", "place"), [("redirect", "plain-host"), ("redirect-private", "private")]
)
def test_redirects_to_other_places(loopback, client, fault, place):
    loopback.engine.script(Script(download=(fault,)))
    assert httpx.get(link(client)).headers["location"] == LINKS[place]


def test_an_endless_body_goes_on(loopback, client):
    loopback.engine.script(Script(download=("endless",)))
    got = 0
    with httpx.stream("GET", link(client)) as answer:
        for chunk in answer.iter_bytes():
            got += len(chunk)
            if got > 50_000_000:
                break
    assert got > 50_000_000


def test_a_cut_download_is_shorter_than_it_said(loopback, client):
    loopback.engine.script(Script(download=("cut",)))
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(link(client), timeout=60)


def test_a_page_in_place_of_a_clip(loopback, client):
    loopback.engine.script(Script(download=("page",)))
    assert httpx.get(link(client)).headers["content-type"] == "text/html"


def test_webhooks_come_twice_where_told(loopback):
    got: list[dict] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    loopback.engine.script(Script(queued=0, running=0, webhooks=2))
    url = loopback.downloads.offer("a.png", png(FIRST))
    body = {
        "model": "ray-2",
        "keyframes": {"frame0": {"type": "image", "url": url}},
        "callback_url": f"http://127.0.0.1:{listener.server_address[1]}/",
    }
    with httpx.Client(base_url=loopback.luma_legacy, headers=KEYED) as client:
        name = client.post("/generations", json=body).json()["id"]
        client.get(f"/generations/{name}")
        assert eventually(lambda: [one["state"] for one in got].count("completed") == 2)
    listener.shutdown()
    listener.server_close()


def test_a_limit_of_jobs_at_once(loopback, client):
    loopback.engine.limit = 1
    first = create(client, "one").json()["id"]
    assert create(client, "two").status_code == 429
    finished(client, first)
    assert create(client, "two").status_code == 201
    assert loopback.engine.most_active == 1


def test_a_key_in_the_wrong_place_is_seen(loopback, client):
    client.get("/generations/none", params={"key": KEY})
    client.get("/generations/none", headers={"X-Debug": KEY})
    client.post("/generations", json={"prompt": KEY})
    assert len(loopback.leaks()) == 3


def taken(loopback: Loopback, client: httpx.Client, fault: str):
    loopback.engine.script(Script(take=fault))
    return shown(httpx.get(link(client), timeout=60).content)


def test_takes_with_faults_in_their_pictures(loopback, client):
    good, _ = taken(loopback, client, "good")
    ignored, _ = taken(loopback, client, "end-ignored")
    assert likeness(good[-1], ignored[-1]) < 25
    tinted, _ = taken(loopback, client, "colour")
    middle = [np.mean(one[60], axis=(0, 1)) for one in (good, tinted)]
    assert middle[1][0] / middle[0][0] > 1.05 < middle[0][2] / middle[1][2]
    frozen, _ = taken(loopback, client, "freeze")
    still = [likeness(frozen[at], frozen[at + 8]) for at in (50, 60)]
    assert min(still) > 40


def test_takes_off_the_grid(loopback, client):
    wrong = {fault: taken(loopback, client, fault) for fault in ("wrong-count", "wrong-rate")}
    assert len(wrong["wrong-count"][0]) == 118
    assert wrong["wrong-rate"][1] == 30
    assert taken(loopback, client, "wrong-size")[0][0].shape != (360, 640, 3)


@pytest.mark.parametrize("fault", ["truncated", "not-video", "empty"])
def test_takes_that_are_no_clips(loopback, client, fault):
    with pytest.raises(InputError):
        taken(loopback, client, fault)

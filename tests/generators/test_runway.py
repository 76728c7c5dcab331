"""Runway's adapter against the server on this machine."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from landfast.errors import Refused, Unsupported
from landfast.generators.profiles import remote_profile
from landfast.generators.remote.desk import LooseDesk
from landfast.generators.remote.errors import JobFailed
from landfast.generators.remote.generator import RemoteGenerator
from landfast.generators.runway import RunwayDialect
from landfast.model.profile import Size
from loopback.fixtures import loopback as loopback
from loopback.orders import SwiftClock, environment, material, order
from loopback.script import Script


@pytest.fixture
def clock() -> SwiftClock:
    return SwiftClock()


@pytest.fixture
def opened(loopback, clock):
    generators = []
    # Nothing here looks at the clip, so that none need be rendered.
    loopback.engine.default = Script(take="not-video")

    def opened(model: str, size: Size | None = None) -> RemoteGenerator:
        profile = remote_profile("runway", model)
        profile = profile if size is None else profile.held_to(size)
        around = environment(loopback)
        made = RemoteGenerator(RunwayDialect(), profile, environment=around, clock=clock)
        generators.append(made)
        return made

    yield opened
    for one in generators:
        one.close()


def delivered(generator, request, folder):
    desk = LooseDesk(folder / "take.mp4")
    generator.deliver(request, material(), desk)
    return desk


def test_both_frames_are_uploaded_and_asked_for(loopback, opened, tmp_path):
    generator = opened("veo3.1@720p")
    request = order(generator.profile, seed=5, negative_prompt="morphing")
    desk = delivered(generator, request, tmp_path)
    [create] = loopback.creates()
    body = loopback.job(create).body
    assert body["model"] == "veo3.1"
    assert [one["position"] for one in body["promptImage"]] == ["first", "last"]
    assert all(one["uri"].startswith("runway://") for one in body["promptImage"])
    fields = ("seed", "negativePrompt", "audio", "duration", "ratio")
    assert [body[name] for name in fields] == [5, "morphing", False, 4, "1280:720"]
    assert create.headers["x-runway-version"] == "2024-11-06"
    assert loopback.leaks() == []
    assert desk.state == "delivered"


def test_the_cost_is_read_back(opened, tmp_path):
    generator = opened("veo3.1_fast@720p")
    desk = delivered(generator, order(generator.profile), tmp_path)
    assert desk.ticket.cost_usd == Fraction(60, 100)
    assert desk.cost_usd == Fraction(60, 100)


def test_polls_are_five_seconds_apart(clock, loopback, opened, tmp_path):
    loopback.engine.script(Script(queued=2, running=2, take="not-video"))
    generator = opened("gen4_turbo@720p")
    delivered(generator, order(generator.profile), tmp_path)
    assert len(clock.slept) == 4
    assert min(clock.slept) >= 4.9


def test_a_model_of_first_frames_is_sent_no_last_one(loopback, opened, tmp_path):
    generator = opened("gen4.5@720p")
    delivered(generator, order(generator.profile, seconds=2), tmp_path)
    body = loopback.job(loopback.creates()[0]).body
    assert [one["position"] for one in body["promptImage"]] == ["first"]
    lowered = generator.lower(order(generator.profile))
    assert any("last anchor is not sent" in one for one in lowered.adjustments)


def test_aleph_is_given_the_interpolated_view(loopback, opened, tmp_path):
    generator = opened("aleph2", Size(name="small", width=320, height=180))
    delivered(generator, order(generator.profile), tmp_path)
    body = loopback.job(loopback.creates()[0]).body
    assert body["videoUri"].startswith("runway://")
    assert [one["seconds"] for one in body["keyframes"]] == [0.0, 1.0]
    assert loopback.creates()[0].target.endswith("/v1/video_to_video")


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        (Script(ending="moderated"), Refused, "SAFETY"),
        (Script(ending="failed"), JobFailed, "INTERNAL.BAD_OUTPUT"),
        (Script(ending="failed", code="ASSET.INVALID"), Unsupported, "ASSET.INVALID"),
        (Script(create=("unpaid",)), Refused, "credit"),
    ],
)
def test_failures_have_their_class(loopback, opened, tmp_path, script, error, words):
    loopback.engine.script(script)
    generator = opened("gen4_turbo@720p")
    with pytest.raises((error, JobFailed)) as raised:
        delivered(generator, order(generator.profile), tmp_path)
    assert words in str(raised.value)


def test_an_expired_link_is_asked_for_again(loopback, opened, tmp_path):
    loopback.engine.script(Script(download=("expired",), take="not-video"))
    generator = opened("gen4_turbo@720p")
    assert delivered(generator, order(generator.profile), tmp_path).state == "delivered"
    assert len(loopback.creates()) == 1


def test_the_pages_example_of_another_hosted_model_works(loopback, opened, tmp_path, monkeypatch):
    page = Path(__file__).parents[2] / "docs/generators/runway.md"
    [entry] = re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.S)
    (tmp_path / "mine.toml").write_text(entry)
    monkeypatch.setenv("LANDFAST_PROFILES", str(tmp_path / "mine.toml"))
    generator = opened("kling3.0_pro")
    delivered(generator, order(generator.profile), tmp_path)
    body = loopback.job(loopback.creates()[0]).body
    assert (body["model"], body["duration"], body["audio"]) == ("kling3.0_pro", 5, False)
    assert "seed" not in body

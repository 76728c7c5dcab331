"""fal's adapter against the server on this machine."""

from __future__ import annotations

import dataclasses

import pytest

from landfast.errors import Refused, Unsupported
from landfast.generators.base import Control
from landfast.generators.fal import FalDialect
from landfast.generators.profiles import remote_profile
from landfast.generators.remote.desk import LooseDesk
from landfast.generators.remote.dialect import Answer
from landfast.generators.remote.errors import JobFailed
from landfast.generators.remote.generator import RemoteGenerator
from landfast.model.take import Patch, Ticket
from loopback.fixtures import loopback as loopback
from loopback.orders import SwiftClock, checker, environment, material, order
from loopback.script import Script


@pytest.fixture
def opened(loopback):
    generators = []
    # Nothing here looks at the clip, so that none need be rendered.
    loopback.engine.default = Script(take="not-video")

    def opened(model: str, storage: str = "") -> RemoteGenerator:
        around = environment(loopback)
        dialect = FalDialect(storage or around["LANDFAST_FAL_STORAGE_URL"])
        profile = remote_profile("fal", model)
        made = RemoteGenerator(dialect, profile, environment=around, clock=SwiftClock())
        generators.append(made)
        return made

    yield opened
    for one in generators:
        one.close()


def delivered(generator, request, folder, given=None):
    desk = LooseDesk(folder / "take.mp4")
    generator.deliver(request, given or material(), desk)
    return desk


def body(loopback):
    [create] = loopback.creates()
    return loopback.job(create).body


def test_flf2v_is_given_both_frames_and_nothing_in_between(loopback, opened, tmp_path):
    generator = opened("wan-flf2v@480p")
    delivered(generator, order(generator.profile, seed=9), tmp_path)
    sent = body(loopback)
    assert sent["app"] == "fal-ai/wan-flf2v"
    assert sent["start_image_url"] != sent["end_image_url"]
    fields = ("num_frames", "frames_per_second", "resolution", "aspect_ratio", "seed")
    assert [sent[name] for name in fields] == [81, 16, "480p", "16:9", 9]
    assert sent["enable_prompt_expansion"] is False
    assert loopback.leaks() == []


def test_vace_is_given_depth_and_mask_in_the_takes_own_frames(loopback, opened, tmp_path):
    generator = opened("wan-vace-14b@480p")
    request = order(generator.profile)
    pictures = checker((320, 180), request.frames)
    controls = tuple(
        Control(kind=kind, count=len(pictures), frames=lambda: iter(pictures))
        for kind in ("depth", "mask")
    )
    given = dataclasses.replace(material(), controls=controls)
    delivered(generator, request, tmp_path, given)
    sent = body(loopback)
    assert sent["task"] == "depth"
    assert sent["preprocess"] is False
    assert sent["video_url"] != sent["mask_video_url"]
    assert {"first_frame_url", "last_frame_url"} <= set(sent)


def test_vace_is_asked_for_the_masked_part_of_a_video_alone(loopback, opened, tmp_path):
    generator = opened("wan-vace-14b@480p")
    patch = Patch(base="b" * 64, regions=((0.4, 0.4, 0.2, 0.2),))
    request = order(generator.profile).model_copy(update={"patch": patch})
    pictures = checker((320, 180), request.frames)
    controls = tuple(
        Control(kind=kind, count=len(pictures), frames=lambda: iter(pictures))
        for kind in ("source", "mask")
    )
    given = dataclasses.replace(material(), controls=controls)
    delivered(generator, request, tmp_path, given)
    sent = body(loopback)
    assert (sent["task"], sent["preprocess"]) == ("inpainting", False)
    assert sent["video_url"] != sent["mask_video_url"]
    assert "only the masked part" in generator.lower(request, given).adjustments[-1]


def test_where_pictures_cannot_be_left_nothing_is_ordered(loopback, opened, tmp_path):
    generator = opened("wan-flf2v@480p", storage=f"{loopback.origin}/nowhere")
    with pytest.raises(Refused, match="does not take the order"):
        delivered(generator, order(generator.profile), tmp_path)
    assert loopback.creates() == []


def test_vace_without_a_depth_video_says_nothing_of_one(loopback, opened, tmp_path):
    generator = opened("wan-vace-14b@480p")
    delivered(generator, order(generator.profile), tmp_path)
    assert not {"task", "video_url", "mask_video_url"} & set(body(loopback))


def test_veo_is_asked_for_silence(loopback, opened, tmp_path):
    generator = opened("veo3.1-fast@720p")
    delivered(generator, order(generator.profile, negative_prompt="morphing"), tmp_path)
    sent = body(loopback)
    assert (sent["duration"], sent["generate_audio"]) == ("4s", False)
    assert sent["negative_prompt"] == "morphing"


def test_the_addresses_of_the_answer_are_used(loopback, opened, tmp_path):
    generator = opened("veo3.1@720p")
    desk = delivered(generator, order(generator.profile), tmp_path)
    polled = {one.target for one in loopback.seen if one.kind == "poll"}
    # Not below the endpoint's own path: fal drops its last parts.
    assert polled == {f"/fal/fal-ai/veo3.1/requests/{desk.ticket.id}/status"}


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        (Script(ending="moderated"), Refused, "content_policy_violation"),
        (Script(ending="failed"), JobFailed, "internal_error"),
    ],
)
def test_a_completed_failure_is_a_failure(loopback, opened, tmp_path, script, error, words):
    loopback.engine.script(script)
    generator = opened("wan-flf2v@480p")
    with pytest.raises((error, JobFailed)) as raised:
        delivered(generator, order(generator.profile), tmp_path)
    assert words in str(raised.value)
    assert len(loopback.creates()) == 1


def test_an_endpoint_of_unknown_fields_is_refused_before_anything_is_sent(
    loopback, opened, tmp_path
):
    known = opened("wan-flf2v@480p")
    other = known.profile.model_copy(update={"service_model": "fal-ai/some/other"})
    with pytest.raises(Unsupported, match="fields are not known"):
        delivered(known.with_profile(other), order(other), tmp_path)
    assert loopback.seen == []


def test_a_job_is_found_by_the_number_that_a_user_looked_up():
    dialect = FalDialect(endpoint="fal-ai/veo3.1/first-last-frame-to-video")
    ticket = Ticket(id="7", source="user")
    look = dialect.poll(ticket)
    assert next(look).url == "/fal-ai/veo3.1/requests/7/status"
    done = Answer(status=200, headers={}, content=b'{"status": "COMPLETED"}')
    assert look.send(done).url == "/fal-ai/veo3.1/requests/7"

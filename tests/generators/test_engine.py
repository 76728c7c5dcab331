"""The job engine: sent once, looked at politely, fetched while the link is fresh."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from landfast.errors import (
    BrokenOutput,
    InputError,
    Refused,
    Throttled,
    Unreachable,
    Unsupported,
)
from landfast.generators.base import Material
from landfast.generators.remote.clock import Stopped
from landfast.generators.remote.desk import LooseDesk
from landfast.generators.remote.errors import JobFailed, StillRunning, SubmitUnknown
from landfast.generators.remote.generator import RemoteGenerator
from landfast.model.take import Ticket
from paid import KEY, SIZE, FakeClock, Script, Service, asked, clip, generator_for, small_profile

IMAGE = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
MATERIAL = Material(IMAGE, IMAGE)


def bench(script: Script, name: str = "luma", **changes: object) -> tuple[Service, RemoteGenerator]:
    service = Service(script, FakeClock())
    return service, generator_for(service, small_profile(name, **changes))


def deliver(generator: RemoteGenerator, desk: LooseDesk) -> None:
    generator.deliver(asked(generator.profile), MATERIAL, desk)


@pytest.fixture
def desk(tmp_path: Path) -> LooseDesk:
    return LooseDesk(tmp_path / "take.raw.mp4")


@pytest.mark.parametrize("name", ["luma", "luma-legacy"])
def test_an_order_becomes_a_clip(name, desk):
    service, generator = bench(Script(), name)
    deliver(generator, desk)
    assert desk.state == "delivered"
    assert desk.raw.read_bytes() == clip()
    assert len(service.jobs) == 1
    assert len(list(generator.frames(asked(generator.profile), desk.raw))) == 13


def test_waiting_is_said_and_holds_no_secret(desk, caplog):
    _, generator = bench(Script(creates=["unreachable", "429"], looks=["500"]))
    deliver(generator, desk)
    told = [record.getMessage() for record in caplog.records if "landfast" in record.name]
    assert len(told) == 3
    assert "sending it again in 5 s (try 2 of 5)" in told[0]
    assert "sending it again in 7 s (try 3 of 5)" in told[1]
    assert "does not answer; asking again" in told[2]
    assert not any(KEY in line for line in told)


def test_looks_are_never_closer_than_the_profile_says(desk):
    service, generator = bench(Script(running=4, looks=["ok", "500", "429", "hang", "garbled"]))
    deliver(generator, desk)
    (looks,) = service.polls.values()
    gaps = [later - earlier for earlier, later in itertools.pairwise(looks)]
    assert min(gaps) >= 5
    assert max(gaps) >= 11, "Retry-After was not kept"


def test_throttled_and_unreachable_orders_wait_and_are_sent_again(desk):
    service, generator = bench(Script(creates=["429", "unreachable", "503"]))
    deliver(generator, desk)
    assert len(service.jobs) == 1
    assert service.created[1] - service.created[0] == 7


def test_after_enough_tries_it_is_left_for_later(desk):
    service, generator = bench(Script(creates=["429"] * 9))
    with pytest.raises(Throttled):
        deliver(generator, desk)
    assert desk.state == "intended"
    assert (len(service.created), len(service.jobs)) == (5, 0)


@pytest.mark.parametrize("fault", ["hang", "hang after", "500", "500 after", "garbled"])
def test_an_order_in_doubt_is_never_sent_again_by_itself(fault, desk):
    service, generator = bench(Script(creates=[fault]))
    for _ in range(3):
        with pytest.raises(SubmitUnknown, match="nobody here knows"):
            deliver(generator, desk)
    assert desk.state == "submit_unknown"
    assert len(service.created) == 1


@pytest.mark.parametrize(("fault", "creates"), [("hang after", 1), ("500 after", 1), ("hang", 2)])
def test_a_service_that_lists_its_jobs_is_asked_instead(fault, creates, desk):
    service, generator = bench(Script(creates=[fault]), "luma-legacy")
    with pytest.raises(SubmitUnknown):
        deliver(generator, desk)
    deliver(generator, desk)
    assert desk.raw.read_bytes() == clip()
    assert (len(service.created), len(service.jobs)) == (creates, 1)


def test_another_order_from_the_same_anchors_is_not_mistaken_for_it(desk, tmp_path):
    _, generator = bench(Script(creates=["ok", "hang"]), "luma-legacy")
    deliver(generator, desk)
    second = LooseDesk(tmp_path / "second.raw.mp4")
    other = asked(generator.profile, seed=1)
    with pytest.raises(SubmitUnknown):
        generator.deliver(other, MATERIAL, second)
    generator.deliver(other, MATERIAL, second)
    assert second.ticket == Ticket(id="job-2")


def test_refusals_cost_nothing_and_are_final(desk):
    service, generator = bench(Script(creates=["refused"]))
    with pytest.raises(Refused, match="policy"):
        deliver(generator, desk)
    assert (desk.state, service.jobs) == ("intended", {})


def test_an_order_at_an_address_that_knows_no_such_model_is_no_failed_job(desk):
    service, generator = bench(Script(creates=["404"]))
    with pytest.raises(Refused, match=r"does not take the order \(no such model\)"):
        deliver(generator, desk)
    assert (desk.state, service.jobs) == ("intended", {})


def test_a_job_that_ends_without_a_clip_says_why(desk):
    service, generator = bench(Script(endings=["moderated"]))
    with pytest.raises(JobFailed) as caught:
        deliver(generator, desk)
    assert caught.value.reason == "moderated"
    assert len(service.jobs) == 1


def test_a_stale_link_is_asked_for_anew_and_a_cut_download_is_begun_again(desk):
    _, generator = bench(Script(downloads=["403", "cut"]))
    deliver(generator, desk)
    assert desk.raw.read_bytes() == clip()


def test_a_clip_that_cannot_be_fetched_stays_ordered(desk):
    service, generator = bench(Script(downloads=["redirect", "page", "500"]))
    with pytest.raises(BrokenOutput, match="cannot be fetched"):
        deliver(generator, desk)
    assert desk.state == "submitted"
    deliver(generator, desk)
    assert len(service.jobs) == 1
    assert desk.raw.read_bytes() == clip()


def test_waiting_ends_and_can_be_gone_on_with(desk):
    service, generator = bench(Script(running=10_000), timeout_s=60)
    with pytest.raises(StillRunning, match="goes on waiting"):
        deliver(generator, desk)
    service.script.running = 0
    deliver(generator, desk)
    assert len(service.jobs) == 1


def test_a_wait_that_is_called_off_leaves_a_running_job_to_be_fetched(desk):
    service, generator = bench(Script(running=50))
    service.clock.stopped = True
    with pytest.raises(Stopped):
        deliver(generator, desk)
    assert desk.state == "submitted"
    service.clock.stopped = False
    deliver(generator, desk)
    assert len(service.jobs) == 1


def test_without_a_key_nothing_begins():
    service = Service(Script(), FakeClock())
    profile = small_profile("luma")
    made = generator_for(service, profile)
    bare = RemoteGenerator(made._dialect, profile, environment={}, wire=service)
    with pytest.raises(InputError, match="LUMA_API_KEY"):
        bare.check_ready()
    with pytest.raises(InputError):
        next(bare.make(asked(profile), MATERIAL))
    assert not service.seen


def test_errors_hold_no_key(desk):
    _, generator = bench(Script(creates=["500"]))
    with pytest.raises(Unreachable) as caught:
        deliver(generator, desk)
    assert KEY not in str(caught.value)
    assert "[key]" in str(caught.value)


def test_an_edit_without_a_source_is_refused_before_any_cost():
    service = Service(Script(), FakeClock())
    generator = generator_for(service, small_profile("luma", model="ray-3.2-edit"))
    with pytest.raises(Unsupported, match="source video"):
        list(generator.make(asked(generator.profile), MATERIAL))
    assert not service.seen

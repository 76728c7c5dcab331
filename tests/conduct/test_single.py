"""`generate` with a service: the same command again never orders what is paid for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from landfast.conduct.single import generate_ordered
from landfast.conduct.wanted import Wanted
from landfast.conduct.writing import Grid
from landfast.errors import InputError, Refused
from landfast.generators.base import Material
from landfast.generators.remote.errors import SubmitUnknown
from landfast.ledger.ledger import Ledger
from landfast.media.probe import probe
from landfast.model.clip import Colour
from landfast.model.take import Take
from paid import SIZE, FakeClock, Script, Service, generator_for, small_profile

COLOUR = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")
IMAGE = np.full((72, 128, 3), 90, np.uint8)


def generate(service: Service, out: Path, *, seed: int = 0, job: str = "") -> Take:
    wanted = Wanted(
        grid=Grid(9, Fraction(25), 128, 72),
        first="a",
        last="b",
        constraints=(),
        prompt="",
        seed=seed,
        footage=None,
        job=job,
    )
    maker = generator_for(service, small_profile("luma"))
    return generate_ordered(maker, wanted, Material(IMAGE, IMAGE), out, colour=COLOUR)


def test_a_take_has_the_frames_rate_and_size_that_were_wanted(tmp_path):
    service = Service(Script(), FakeClock())
    take = generate(service, tmp_path / "take.mkv")
    clip = probe(tmp_path / "take.mkv")
    assert (clip.frames, clip.fps, clip.width, clip.height) == (9, 25, 128, 72)
    assert (take.cost_usd, take.provider_job) == (1, "job-1")
    assert SIZE == (64, 36)


def test_the_same_request_is_paid_once_and_another_seed_anew(tmp_path):
    service, out = Service(Script(), FakeClock()), tmp_path / "take.mkv"
    first = generate(service, out)
    out.unlink()
    again = generate(service, out)
    assert (again.sha256, again.cost_usd) == (first.sha256, 0)
    assert out.is_file()
    assert len(service.jobs) == 1
    assert generate(service, out, seed=1).cost_usd == 1
    assert len(service.jobs) == 2


def test_an_order_in_doubt_is_settled_by_the_user(tmp_path):
    service, out = Service(Script(creates=["hang after", "hang"]), FakeClock()), tmp_path / "a.mkv"
    for _ in range(2):
        with pytest.raises(SubmitUnknown, match="--job"):
            generate(service, out)
    generate(service, out, job="job-1")
    assert len(service.created) == 1
    other = tmp_path / "b.mkv"
    with pytest.raises(SubmitUnknown):
        generate(service, other)
    generate(service, other, job="none")
    assert len(service.jobs) == 2


def test_a_wrong_number_loses_nothing(tmp_path):
    service, out = Service(Script(creates=["hang after"]), FakeClock()), tmp_path / "a.mkv"
    with pytest.raises(SubmitUnknown):
        generate(service, out)
    with pytest.raises(InputError, match="a=job-7: luma knows no such job"):
        generate(service, out, job="job-7")
    for broken in ("../keys", "job-1?x=1", "b=job-1", ""):
        with pytest.raises((InputError, SubmitUnknown)):
            generate(service, out, job=broken)
    with Ledger.open(tmp_path / "a.mkv.landfast") as ledger:
        assert [row.state for row in ledger.takes()] == ["submit_unknown"]
    assert generate(service, out, job="a=job-1").provider_job == "job-1"
    assert len(service.created) == 1


def test_an_empty_account_is_filled_and_the_same_order_goes_out(tmp_path):
    service, out = Service(Script(creates=["unpaid"]), FakeClock()), tmp_path / "a.mkv"
    with pytest.raises(Refused, match="add credit there"):
        generate(service, out)
    assert generate(service, out).cost_usd == 1
    assert len(service.jobs) == 1


def test_a_refused_take_says_so_each_time_and_costs_nothing(tmp_path):
    service, out = Service(Script(creates=["refused"]), FakeClock()), tmp_path / "take.mkv"
    for _ in range(2):
        with pytest.raises(Refused, match="policy"):
            generate(service, out)
    assert len(service.created) == 1
    with Ledger.open(tmp_path / "take.mkv.landfast") as ledger:
        assert ledger.spent() == 0

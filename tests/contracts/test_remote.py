"""What every service must do. An adapter is admitted by this suite.

One take is made a model, and everything about it is looked at.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from contracts.services import opened, services, settings
from landfast.errors import LandfastError, Unsupported
from landfast.generators.registry import open_generator
from landfast.generators.remote.desk import LooseDesk
from landfast.generators.remote.generator import RemoteGenerator
from landfast.model.profile import Profile
from landfast.model.take import Request
from landfast.planning.grid import fit_size
from loopback.material import likeness
from loopback.orders import material, order
from loopback.script import Script
from loopback.server import Loopback

SIZE = (320, 180)
LIKE_DB = 24.0
"""Least PSNR of an anchor and the take's frame at its place, after two codings."""


@dataclass
class Made:
    """One take and what was seen of it."""

    generator: RemoteGenerator
    server: Loopback
    request: Request
    desk: LooseDesk
    images: list[np.ndarray]
    told: list[tuple[int, int]] = field(default_factory=list)


def asked(profile: Profile, **more: object) -> Request:
    width, height = fit_size(*SIZE, profile)
    return order(profile, size=SIZE, **more).model_copy(update={"width": width, "height": height})


def digest(images: tuple[np.ndarray, ...]) -> str:
    return hashlib.sha256(b"".join(image.tobytes() for image in images)).hexdigest()


@pytest.fixture(scope="module", params=services())
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("take")
    with pytest.MonkeyPatch.context() as patch, Loopback() as server:
        settings(server, folder, patch)
        generator = opened(request.param, server)
        wanted = asked(generator.profile, seed=3)
        given, desk, told = material(SIZE), LooseDesk(folder / "take.mp4"), []
        before = digest((given.first, given.last))
        server.engine.script(Script(download=("expired",)))
        generator.deliver(wanted, given, desk, progress=lambda *done: told.append(done))
        images = list(generator.frames(wanted, desk.raw))
        assert digest((given.first, given.last)) == before
        yield Made(generator, server, wanted, desk, images, told)
        generator.close()


def test_profile_is_a_record_named_after_the_generator(made):
    assert isinstance(made.generator.profile, Profile)
    again = open_generator(made.generator.profile.name).profile
    assert again.model_copy(update={"sizes": ()}) == made.generator.profile.model_copy(
        update={"sizes": ()}
    )


def test_takes_have_the_frames_and_size_that_were_asked_for(made):
    assert len(made.images) == made.request.frames
    for image in made.images:
        assert image.dtype == np.uint8
        assert image.shape == (made.request.height, made.request.width, 3)


def test_takes_start_and_end_with_the_anchors_as_sent(made):
    first, last = made.generator.sent(made.request, material(SIZE))
    assert likeness(first, made.images[0]) > LIKE_DB
    if made.generator.profile.keyframes != "first":
        assert likeness(last, made.images[-1]) > LIKE_DB


def test_one_take_is_ordered_and_paid_for_once(made):
    assert len(made.server.creates()) == 1
    assert made.desk.state == "delivered"
    assert made.desk.ticket.id in made.server.engine.jobs


def test_the_first_look_and_all_others_keep_their_distance(made):
    pauses = made.generator.clock.slept
    least = float(made.generator.profile.poll_s)
    if hasattr(made.generator._dialect, "listen"):
        pytest.skip("is listened to in between")
    assert pauses and min(pauses) >= least * 0.99


def test_an_expired_link_costs_no_second_take(made):
    downloads = [one for one in made.server.seen if one.kind == "download"]
    assert [one.status for one in downloads] == [403, 200]


def test_the_key_stands_where_the_service_wants_it_and_nowhere_else(made):
    assert made.server.leaks() == []


def test_seed_and_words_arrive_where_the_model_takes_them(made):
    [create] = made.server.creates()
    body, profile = create.body.decode(), made.generator.profile
    assert ("static landscape" in body) == profile.prompt
    lowered = made.generator.lower(made.request)
    assert lowered.seed == (3 if profile.seed else None)
    assert any("no seed" in one for one in lowered.adjustments) != profile.seed


def test_money_is_asked_for_where_there_is_a_price(made):
    profile = made.generator.profile
    assert (made.generator.lower(made.request).price_usd > 0) == (profile.price is not None)


def test_requests_off_the_models_grid_are_refused_before_anything_is_sent(made):
    before = len(made.server.seen)
    off = {"fps": made.request.fps + 1}
    if made.generator.profile.fps:
        with pytest.raises(Unsupported):
            made.generator.lower(made.request.model_copy(update=off), material(SIZE))
    with pytest.raises(Unsupported):
        longer = made.request.model_copy(update={"frames": 100_000})
        made.generator.make(longer, material(SIZE))
    assert len(made.server.seen) == before


def test_a_negative_prompt_is_sent_or_folded_in_never_dropped(made):
    request = made.request.model_copy(update={"negative_prompt": "morphing"})
    lowered = made.generator.lower(request)
    assert "morphing" in lowered.prompt + lowered.negative_prompt


ENDINGS = {
    "failed": Script(ending="failed"),
    "moderated": Script(ending="moderated"),
    "cancelled": Script(ending="cancelled"),
    "truncated": Script(take="truncated"),
    "not a video": Script(take="not-video"),
    "too few frames": Script(take="wrong-count"),
    "another size": Script(take="wrong-size"),
    "another rate": Script(take="wrong-rate"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_goes_wrong_is_an_error_of_ours_in_one_line(made, tmp_path, ending):
    if ending in ("truncated", "too few frames", "another size", "another rate"):
        _skip_slow(made)
    before = len(made.server.creates())
    made.server.engine.script(ENDINGS[ending])
    wanted = made.request.model_copy(update={"prompt": f"static landscape {ending}"})
    desk = LooseDesk(tmp_path / "take.mp4")
    with pytest.raises(LandfastError) as raised:
        made.generator.deliver(wanted, material(SIZE), desk)
        list(made.generator.frames(wanted, desk.raw))
    assert "\n" not in str(raised.value)
    assert len(made.server.creates()) == before + 1


def _skip_slow(made: Made) -> None:
    """Broken clips are the job engine's business: a small one of each shape is enough."""
    if made.images[0].shape[1] * len(made.images) > 320 * 40:
        pytest.skip("looked at with smaller takes")


def test_the_page_on_writing_an_adapter_shows_the_one_that_is_admitted():
    root = Path(__file__).parents[2]
    page = (root / "docs/generators/writing-an-adapter.md").read_text("utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.S)
    written = Path(__file__).with_name("acme.py").read_text("utf-8")
    assert code == written

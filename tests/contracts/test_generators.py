"""What every generator on this machine must do. An adapter is admitted by this suite.

Services have one of their own (test_remote.py): their takes are not made here.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from generators.conftest import RenderedGap, rendered_gap, request_for
from landfast.generators.base import Generator, Material
from landfast.generators.registry import names, open_generator
from landfast.generators.remote.generator import RemoteGenerator
from landfast.model.profile import Profile

NEED_WEIGHTS = ("diffusers",)
"""Cannot make a take before the user has named weights: tests/generators/weights admits them."""
USABLE = tuple(
    name
    for name in names()
    if name not in NEED_WEIGHTS
    and open_generator(name).profile.usable
    and not isinstance(open_generator(name), RemoteGenerator)
)


@pytest.fixture(scope="module")
def gap() -> RenderedGap:
    return rendered_gap("sideways", frames=9)


@pytest.fixture(params=USABLE)
def generator(request: pytest.FixtureRequest) -> Generator:
    return open_generator(request.param)


def digest(images: list[np.ndarray]) -> str:
    return hashlib.sha256(b"".join(image.tobytes() for image in images)).hexdigest()


def test_profile_is_a_record_named_after_the_generator(generator):
    assert isinstance(generator.profile, Profile)
    assert open_generator(generator.profile.name).profile == generator.profile


def test_takes_have_the_frames_and_size_that_were_asked_for(generator, gap):
    request = request_for(gap, generator.profile.name)
    images = list(generator.make(request, gap.material))
    assert len(images) == request.frames
    for image in images:
        assert image.dtype == np.uint8
        assert image.shape == (request.height, request.width, 3)


def test_takes_start_and_end_with_the_anchors(generator, gap):
    images = list(generator.make(request_for(gap, generator.profile.name), gap.material))
    assert np.array_equal(images[0], gap.material.first)
    assert np.array_equal(images[-1], gap.material.last)


@pytest.mark.parametrize("frames", [2, 3])
def test_the_shortest_takes(generator, gap, frames):
    request = request_for(gap, generator.profile.name).model_copy(update={"frames": frames})
    assert len(list(generator.make(request, gap.material))) == frames


def test_footage_is_not_required(generator, gap):
    bare = Material(gap.material.first, gap.material.last)
    request = request_for(gap, generator.profile.name)
    assert len(list(generator.make(request, bare))) == request.frames


def test_the_same_request_gives_the_same_bytes_where_promised(generator, gap):
    if not generator.profile.deterministic:
        pytest.skip("does not promise it")
    request = request_for(gap, generator.profile.name, seed=3)
    takes = [digest(list(generator.make(request, gap.material))) for _ in range(2)]
    assert takes[0] == takes[1]


def test_material_is_left_as_it_was(generator, gap):
    images = [gap.material.first, gap.material.last, *gap.material.before, *gap.material.after]
    before = digest(images)
    list(generator.make(request_for(gap, generator.profile.name), gap.material))
    assert digest(images) == before


def test_progress_counts_up_to_all_frames(generator, gap):
    told: list[tuple[int, int]] = []
    request = request_for(gap, generator.profile.name)
    list(
        generator.make(
            request, gap.material, progress=lambda done, whole: told.append((done, whole))
        )
    )
    assert told == [(index + 1, request.frames) for index in range(request.frames)]


def test_frames_come_one_by_one(generator, gap):
    """A long take is not held in memory: the first frame is there before the last is made."""
    told: list[int] = []
    images = generator.make(
        request_for(gap, generator.profile.name),
        gap.material,
        progress=lambda done, whole: told.append(done),
    )
    next(images)
    assert len(told) < gap.frames


def test_money_is_asked_for_where_there_is_a_price(generator, gap):
    profile = generator.profile
    cost = profile.cost_usd(request_for(gap, profile.name).frames / request_for(gap, "").fps)
    assert (cost > 0) == (profile.price is not None)

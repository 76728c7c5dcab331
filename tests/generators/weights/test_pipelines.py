"""Real pipelines of tiny random weights on the CPU. Needs the extra `diffusers`."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")

from generators.weights import tiny
from landfast.errors import GeneratorError, InputError, Unsupported
from landfast.generators.base import Control, Material
from landfast.generators.diffusers.generator import DiffusersGenerator, open_diffusers
from landfast.generators.diffusers.loading import Settings
from landfast.model.take import Request
from loopback.material import anchors
from loopback.orders import checker, order

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
SIZE = (64, 48)
QUICK = Settings(offload="none", steps=2, guidance=1.0)
BUILT = {"vace": tiny.vace, "flf2v": tiny.flf2v}


@pytest.fixture(scope="module", params=BUILT)
def generator(request: pytest.FixtureRequest) -> DiffusersGenerator:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        built = BUILT[request.param]()
    built.set_progress_bar_config(disable=True)
    profile = next(
        one
        for one in (open_diffusers(f"hub/{name}").profile for name in ("some-vace", "some-flf2v"))
        if (request.param == "vace") == bool(one.controls)
    )
    return DiffusersGenerator(profile, request.param, settings=QUICK, pipeline=built)


def asked(profile, **more: object) -> Request:
    changes = {"width": SIZE[0], "height": SIZE[1], "frames": 9, "seed": 5, **more}
    return order(profile).model_copy(update=changes)


def ends() -> Material:
    return Material(*anchors(SIZE))


def taken(generator, **more: object) -> np.ndarray:
    return np.stack(list(generator.make(asked(generator.profile, **more), ends())))


def test_takes_have_the_frames_and_size_that_were_asked_for(generator):
    images = taken(generator)
    assert images.shape == (9, 48, 64, 3)
    assert images.dtype == np.uint8
    assert images.std() > 1


def test_the_seed_fixes_the_take(generator):
    assert np.array_equal(taken(generator), taken(generator))
    assert not np.array_equal(taken(generator), taken(generator, seed=6))


def test_both_ends_change_the_take(generator):
    request = asked(generator.profile)
    first, last = ends().first, ends().last
    other = Material(first, 255 - last)
    takes = [np.stack(list(generator.make(request, one))) for one in (ends(), other)]
    assert not np.array_equal(*takes)


def test_progress_counts_up_to_all_frames(generator):
    told = []
    list(generator.make(asked(generator.profile), ends(), progress=lambda *one: told.append(one)))
    assert told == [(4, 9), (9, 9)]


@pytest.mark.parametrize("change", [{"frames": 10}, {"width": 72}, {"height": 40}])
def test_what_the_library_would_round_is_refused(generator, change):
    with pytest.raises(Unsupported, match=r"multiples of 16|4k\+1"):
        generator.make(asked(generator.profile, **change), ends())


def test_anchors_of_another_shape_do_not_change_the_takes_size(generator):
    """VACE takes its size from the first picture that it is given."""
    request = asked(generator.profile)
    tall = Material(*(np.ascontiguousarray(np.swapaxes(one, 0, 1)) for one in anchors((96, 80))))
    assert np.stack(list(generator.make(request, tall))).shape == (9, 48, 64, 3)


def test_depth_and_mask_reach_the_model():
    generator = DiffusersGenerator(
        open_diffusers("hub/some-vace").profile, "vace", settings=QUICK, pipeline=tiny.vace()
    )
    generator._pipeline.set_progress_bar_config(disable=True)
    pictures = checker(SIZE, 9)
    takes = []
    for kinds in ((), ("depth",), ("depth", "mask")):
        controls = tuple(
            Control(kind=kind, count=9, frames=lambda: iter(pictures)) for kind in kinds
        )
        given = dataclasses.replace(ends(), controls=controls)
        takes.append(np.stack(list(generator.make(asked(generator.profile), given))))
    assert not np.array_equal(takes[0], takes[1])
    assert not np.array_equal(takes[1], takes[2])


@pytest.mark.parametrize("kind", BUILT)
def test_a_folder_is_opened_by_what_it_holds(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("LANDFAST_DIFFUSERS_STEPS", "1")
    monkeypatch.setenv("LANDFAST_DIFFUSERS_GUIDANCE", "1")
    folder = tiny.saved(BUILT[kind](), tmp_path / "weights")
    generator = open_diffusers(str(folder))
    assert bool(generator.profile.controls) == (kind == "vace")
    assert generator.profile.name == f"diffusers:{folder}"
    assert taken(generator).shape == (9, 48, 64, 3)


def test_a_folder_without_weights_says_so(tmp_path):
    folder = tiny.saved(tiny.vace(), tmp_path / "weights")
    for file in (folder / "vae").iterdir():
        file.unlink()
    with pytest.raises(InputError, match="cannot be loaded"):
        taken(open_diffusers(str(folder)))


def test_a_pipeline_that_fails_is_an_error_of_ours_in_one_line(generator):
    """Positions beyond those that the tiny weights know."""
    wide = asked(generator.profile, width=1040, height=16, frames=5)
    with pytest.raises(GeneratorError, match="the pipeline failed") as raised:
        list(generator.make(wide, ends()))
    assert "\n" not in str(raised.value)

"""What a service is asked for: pure, sized here, and nothing dropped quietly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landfast.errors import Unsupported
from landfast.generators.profiles import remote_profile, shipped_profile
from landfast.generators.remote.assets import decoded, off_canvas, on_canvas, picture
from landfast.generators.remote.clip import positions
from landfast.generators.remote.lowering import lower
from landfast.model.constraint import KeepEndpoint, KeepScene
from landfast.model.profile import Profile
from landfast.model.take import Patch, Request
from landfast.planning.grid import fit_frames, fit_size

LUMA = shipped_profile("luma")


def request(profile: Profile = LUMA, **changes: object) -> Request:
    values = {
        "segment": "gap_0010",
        "generator": profile.name,
        "first": "a",
        "last": "b",
        "constraints": (),
        "width": 1280,
        "height": 720,
        "frames": 121,
        "fps": Fraction(24),
        **changes,
    }
    return Request(**values)


def test_five_seconds_have_their_anchors_at_both_ends():
    found = lower(request(), LUMA)
    assert [(one.role, one.index) for one in found.keyframes] == [("first", 0), ("last", 120)]
    assert (found.seconds, found.frames) == (5, 121)
    assert found.size is not None
    assert (found.size.name, found.size.aspect) == ("720p", "16:9")
    assert found.price_usd == Fraction(30, 100)


def test_a_model_without_masks_is_asked_for_the_whole_picture_and_that_is_said():
    patch = Patch(base="b" * 64, regions=((0.1, 0.1, 0.2, 0.2),))
    found = lower(request(patch=patch), LUMA, controls=("source", "mask"))
    assert found.controls == ()
    assert "takes no mask" in found.adjustments[-1]
    assert not any("mask" in note for note in lower(request(), LUMA).adjustments)


def test_a_shorter_request_asks_for_the_shortest_length_and_says_so():
    found = lower(request(frames=30), LUMA)
    assert found.frames == 121
    assert any("shortest length" in note for note in found.adjustments)


def test_a_model_without_a_seed_says_that_no_lock_is_possible():
    found = lower(request(seed=7), LUMA)
    assert found.seed is None
    assert any("cannot be locked" in note for note in found.adjustments)


def test_a_negative_prompt_is_folded_where_the_model_takes_none():
    found = lower(request(prompt="Push in", negative_prompt="morphing"), LUMA)
    assert (found.prompt, found.negative_prompt) == ("Push in. Avoid: morphing.", "")
    veo = shipped_profile("luma").model_copy(update={"negative_prompt": True})
    kept = lower(request(prompt="Push in", negative_prompt="morphing"), veo)
    assert (kept.prompt, kept.negative_prompt) == ("Push in", "morphing")


def test_what_the_model_is_not_asked_for_is_listed_and_a_required_one_without_a_way_is_refused():
    found = lower(request(constraints=(KeepScene(),)), LUMA)
    assert [(one.kind, one.instead) for one in found.dropped] == [("scene", "checked")]
    bare = LUMA.model_copy(update={"support": {}})
    with pytest.raises(Unsupported, match="required constraint scene"):
        lower(request(constraints=(KeepScene(),)), bare)
    assert lower(request(constraints=(KeepScene(strength="preferred"),)), bare).dropped


@pytest.mark.parametrize(("keyframes", "at"), [("first", "end"), ("none", "start")])
def test_a_required_anchor_that_the_model_does_not_take_is_refused(keyframes, at):
    profile = LUMA.model_copy(update={"keyframes": keyframes})
    with pytest.raises(Unsupported, match="is required"):
        lower(request(constraints=(KeepEndpoint(at=at, image="x"),)), profile)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fps": Fraction(30)}, "24 frames a second, not 30"),
        ({"frames": 300}, "longest take is 10 s"),
        ({"prompt": "x" * 7000}, "at most 6000 characters"),
        ({"width": 4000, "height": 3000}, "not 4000x3000"),
    ],
)
def test_what_the_grid_does_not_hold_is_refused(changes, words):
    with pytest.raises(Unsupported, match=words):
        lower(request(**changes), LUMA)


@given(st.integers(64, 4096), st.integers(64, 4096))
def test_footage_of_any_shape_is_sent_whole_and_comes_back_whole(width: int, height: int) -> None:
    profile = LUMA.sized(width, height)
    inner = fit_size(width, height, profile)
    found = lower(request(profile, width=inner[0], height=inner[1]), profile)
    canvas = found.canvas
    assert (canvas.width, canvas.height) == (profile.sizes[0].width, profile.sizes[0].height)
    assert canvas.left >= 0 and canvas.left + canvas.picture_width <= canvas.width
    assert canvas.top >= 0 and canvas.top + canvas.picture_height <= canvas.height
    assert canvas.picture_width == canvas.width or canvas.picture_height == canvas.height
    ratio = (inner[0] / inner[1]) / (width / height)
    assert abs(ratio - 1) < 0.12 if min(inner) < 40 else abs(ratio - 1) < 0.03


@pytest.mark.parametrize("size", [(1920, 800), (854, 480), (1080, 1920), (640, 480)])
def test_anchors_are_set_on_the_canvas_here_and_cut_out_again(size):
    rng = np.random.default_rng(5)
    profile = LUMA.sized(*size)
    inner = fit_size(*size, profile)
    image = rng.integers(0, 256, (inner[1], inner[0], 3), dtype=np.uint8)
    found = lower(request(profile, width=inner[0], height=inner[1]), profile)
    sent = decoded(picture("first", on_canvas(image, found.canvas), found))
    assert sent.shape == (found.canvas.height, found.canvas.width, 3)
    assert np.array_equal(off_canvas(sent, found.canvas), image)


def test_a_picture_too_large_for_the_service_goes_as_jpeg_or_not_at_all():
    rng = np.random.default_rng(5)
    image = rng.integers(0, 256, (720, 1280, 3), dtype=np.uint8)
    held = LUMA.model_copy(update={"most_bytes": 2_000_000})
    assert picture("first", image, lower(request(), held)).media_type == "image/jpeg"
    tiny = LUMA.model_copy(update={"most_bytes": 1000})
    with pytest.raises(Unsupported, match="at most"):
        picture("first", image, lower(request(), tiny))


def test_the_cheapest_size_that_suits_is_taken_and_one_can_be_named():
    assert LUMA.sized(1920, 1080).sizes[0].name == "1080p"
    assert LUMA.sized(854, 480).sizes[0].name == "360p"
    assert LUMA.sized(200, 100).sizes[0].name == "360p"
    assert (LUMA.sized(1080, 1920).sizes[0].width, 1080) == (1080, 1080)
    named = remote_profile("luma", "ray-3.2@540p").sized(4096, 2160)
    assert named.sizes[0].name == "540p"
    assert named.cost_usd(Fraction(5)) == Fraction(15, 100)


@pytest.mark.parametrize("frames", [120, 121, 122])
def test_the_last_anchor_is_the_clips_own_last_frame(frames):
    found = lower(request(), LUMA)
    at = positions(frames, found, 17)
    assert (at[0], at[-1], len(at)) == (0, frames - 1, 17)
    assert list(at) == sorted(set(at))


def test_a_gap_of_exactly_the_quantum_is_billed_once():
    frames, fps = fit_frames(121, Fraction(24), LUMA)
    assert (frames, LUMA.sized(640, 360).price_of(frames, fps)) == (121, Fraction(6, 100))

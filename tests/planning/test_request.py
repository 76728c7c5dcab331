"""Requests on a model's own grid, and what is refused before any cost."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from landfast.errors import Unsupported
from landfast.model.constraint import KeepEndpoint, KeepMotion
from landfast.model.plan import Generate
from landfast.model.profile import FrameRule, Profile
from landfast.planning.constraints import constraints
from landfast.planning.grid import fit_frames, fit_size
from landfast.planning.request import request
from planning.footage import fault, planned, profile_of, span, steady_clip

CLIP = steady_clip(300)


def segment_of(**options: Any) -> Generate:
    """The one generated second of a plan."""
    return planned(CLIP, replace=[span(2, 3)], **options).generated[0]


def test_a_model_without_a_grid_gets_the_segment_as_it_is() -> None:
    segment = segment_of()
    asked = request(segment, clip=CLIP, profile=profile_of(), seed=7)
    assert (asked.frames, asked.fps) == (segment.frames, segment.fps) == (32, 30)
    assert (asked.width, asked.height, asked.seed) == (CLIP.width, CLIP.height, 7)
    assert (asked.first, asked.last) == ("image 59", "image 90")
    assert asked.constraints == segment.constraints
    assert asked.footage is not None
    assert asked.footage.span == segment.span


def test_the_key_tells_seeds_apart_and_nothing_else() -> None:
    segment, profile = segment_of(), profile_of()
    keys = {request(segment, clip=CLIP, profile=profile, seed=seed).key for seed in (0, 0, 1)}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("fields", "frames", "fps"),
    [
        ({"frame_rule": FrameRule(step=4, offset=1)}, 33, 30),
        ({"frame_rule": FrameRule(least=81)}, 81, 30),
        ({"fps": (Fraction(16), Fraction(24))}, 26, 24),
        ({"fps": (Fraction(24), Fraction(30))}, 32, 30),
        ({"fps": (Fraction(24),), "durations_s": (Fraction(5), Fraction(10))}, 121, 24),
    ],
)
def test_takes_on_another_grid_are_long_enough(
    fields: dict[str, Any], frames: int, fps: int
) -> None:
    profile = profile_of(**fields)
    assert fit_frames(32, Fraction(30), profile) == (frames, fps)
    assert Fraction(frames - 1, fps) >= Fraction(31, 30)


def test_sizes_fit_within_the_clip() -> None:
    assert fit_size(854, 480, profile_of(size_multiple=16)) == (848, 480)
    assert fit_size(854, 480, profile_of()) == (854, 480)


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (profile_of(usable=False), "price alone"),
        (profile_of(frame_rule=FrameRule(most=31)), "32 frames in one take, at most 31"),
        (profile_of(durations_s=(Fraction(1),)), "longest is 1 s"),
        (profile_of(size_multiple=512), "multiples of 512 pixels, the clip has 640x360"),
    ],
)
def test_what_a_model_cannot_honour_is_refused(profile: Profile, words: str) -> None:
    with pytest.raises(Unsupported, match=words) as caught:
        request(segment_of(), clip=CLIP, profile=profile)
    assert "geometry" in str(caught.value)
    assert caught.value.remedy


def test_a_model_that_takes_no_last_frame_is_refused_where_one_is_required() -> None:
    with pytest.raises(Unsupported, match="takes no last frame"):
        request(segment_of(), clip=CLIP, profile=profile_of(keyframes="first"))


def test_prompts_are_never_dropped_quietly() -> None:
    said = {"prompt": "cliffs", "negative_prompt": "blurry"}
    segment = segment_of().model_copy(update=said)
    with pytest.raises(Unsupported, match="takes no prompt"):
        request(segment, clip=CLIP, profile=profile_of())
    for profile in (profile_of(prompt=True), profile_of(prompt=True, negative_prompt=True)):
        asked = request(segment, clip=CLIP, profile=profile)
        assert (asked.prompt, asked.negative_prompt) == ("cliffs", "blurry")


def test_every_kind_that_a_bridge_needs_is_asked_for() -> None:
    asked = constraints("a", "b", real_before=10, real_after=10)
    kinds = [one.kind for one in asked]
    assert kinds == [
        "endpoint",
        "endpoint",
        "scene",
        "persistence",
        "texture",
        "motion",
        "steady",
        "colour",
        "horizon",
        "depth",
    ]
    assert [one.image for one in asked if isinstance(one, KeepEndpoint)] == ["a", "b"]
    assert all(one.strength == "required" for one in asked)


def test_motion_is_only_preferred_where_a_side_cannot_show_its_velocity() -> None:
    def motion(replace: tuple[Any, Any], *faults: range) -> str:
        detected = [fault(CLIP, frames) for frames in faults]
        (segment,) = planned(CLIP, detected, replace=[span(*replace)]).generated
        return next(one.strength for one in segment.constraints if isinstance(one, KeepMotion))

    assert motion((2, 3)) == "required"
    assert motion((Fraction(1, 30), 3)) == "preferred"
    assert motion((Fraction(2, 30), 3)) == "required"
    assert motion((2, Fraction(299, 30))) == "preferred"

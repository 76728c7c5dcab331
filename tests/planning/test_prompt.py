"""Words for a take: the measured move, and no more."""

from __future__ import annotations

from fractions import Fraction

import pytest

from landfast.generators.profiles import shipped_profile
from landfast.model.study import Estimate, PromptMotion
from landfast.planning.price import Tally, chance
from landfast.planning.prompt import (
    NEGATIVE,
    Move,
    camera_prompt,
    camera_words,
    complaint,
    measured_words,
)

LUMA = shipped_profile("luma")


def move(**parts: float | None) -> Move:
    still = {"right": 0.0, "up": 0.0, "forward": 0.0, "turn_deg": 0.0, "parallax": 0.0}
    return Move(**{**still, **parts})


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (move(), "camera holds still"),
        (move(forward=0.03), "slow push in"),
        (move(forward=-0.1), "steady pull out"),
        (move(right=0.4), "fast pan right"),
        (move(right=-0.1, parallax=0.5), "steady orbit left"),
        (move(up=0.1, parallax=0.5), "steady crane up"),
        (move(up=-0.1), "steady tilt down"),
        (move(right=0.1, parallax=None), "steady pan right"),
        (move(turn_deg=-20), "fast roll counterclockwise"),
        (None, ""),
    ],
)
def test_moves_have_the_names_that_crews_use(measured, words):
    assert camera_words(measured) == words


def test_prompts_are_short_and_only_for_models_that_take_words():
    prompt, negative = camera_prompt(move(forward=0.03), LUMA)
    assert prompt == "Static landscape, camera motion only, slow push in."
    assert negative == NEGATIVE
    assert camera_prompt(move(), LUMA, own="Fly on")[0] == "Fly on"
    assert camera_prompt(move(), shipped_profile("geometry")) == ("", "")


def test_long_prompts_are_warned_of():
    assert complaint("push in along the cliff") == ""
    assert "words" in complaint("a wide green valley with a river and " * 8)


def test_the_projects_own_record_outweighs_the_model_as_it_grows():
    assert chance(None, Tally()) is None
    assert chance(0.8, Tally()) == 0.8
    few, many = chance(0.8, Tally(2, 0)), chance(0.8, Tally(40, 0))
    assert few is not None and many is not None
    assert 0.5 < few < 0.8
    assert 0 < many < 0.1
    assert Fraction(few) > 0


def motion(prompt: str, *, zoom: float, seconds: int = 2, generator: str = "fake:good"):
    none = Estimate(value=0.0)
    return PromptMotion(
        generator=generator,
        prompt=prompt,
        takes=5,
        seconds=Fraction(seconds),
        zoom_pct=Estimate(value=zoom),
        roll_deg=none,
        pan_pct=none,
        tilt_pct=none,
        words="",
    )


def test_the_prompt_that_did_the_likest_thing_is_used() -> None:
    """Asked "push in hard", the model went 30 % in two seconds; "slow push in" gave 8 %."""
    known = (motion("push in hard", zoom=30), motion("slow push in", zoom=8))
    known += (motion("pull back", zoom=-10), motion("other model", zoom=10, generator="x"))
    slow = move(forward=0.05)
    assert measured_words(known, "fake:good", slow) == "slow push in"
    fast = move(forward=0.14)
    assert measured_words(known, "fake:good", fast) == "push in hard"


def test_no_prompt_is_better_than_one_that_goes_elsewhere() -> None:
    aside = move(right=0.1)
    assert measured_words((motion("push in", zoom=10),), "fake:good", aside) == ""
    assert measured_words((motion("push in", zoom=10),), "fake:good", None) == ""

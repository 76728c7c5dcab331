"""Which rungs are climbed, and why the others are not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from landfast.model.measured import Unusable
from landfast.model.plan import Generate, Rung
from landfast.planning.ladder import CLEAR, Chosen, Model, ladder
from planning.footage import fault, planned, priced, profile_of, span, steady_clip

CLIP = steady_clip(300)


def rungs(
    *found: Unusable, chosen: Chosen = "replace", models: list[Model] | None = None
) -> tuple[Rung, ...]:
    (segment,) = planned(CLIP, replace=[span(2, 3)]).generated
    if found:
        segment = segment.model_copy(update={"replaces": found})
    return climb(segment, detected=found, chosen=chosen, models=models or [])


def climb(segment: Generate, **changes: Any) -> tuple[Rung, ...]:
    return ladder(
        segment,
        clip=CLIP,
        retime=None,
        retime_reason="no real frames do",
        geometry=profile_of(generator="geometry"),
        **changes,
    )


def weak(kind: str, confidence: float = 0.6) -> Unusable:
    return fault(CLIP, range(60, 90), kind).model_copy(update={"confidence": confidence})


def test_what_the_user_chose_is_never_kept_unless_allowed() -> None:
    first, *_ = rungs()
    assert (first.generator, first.state) == ("keep", "skip")
    assert "chose" in first.reason
    assert rungs(chosen="may keep")[0].state == "try"


@pytest.mark.parametrize(
    ("kind", "confidence", "state"),
    [
        ("blurred", 0.6, "try"),
        ("flash", 0.6, "try"),
        ("blurred", CLEAR, "skip"),
        ("frozen", 0.5, "skip"),
        ("shaken", 0.5, "skip"),
        ("occluded", 0.5, "skip"),
    ],
)
def test_real_frames_are_judged_only_where_a_fault_is_slight_and_can_be_checked(
    kind: str, confidence: float, state: str
) -> None:
    assert rungs(weak(kind, confidence))[0].state == state


def test_a_measured_fault_inside_a_chosen_span_counts_too() -> None:
    (segment,) = planned(CLIP, replace=[span(2, 3)]).generated
    states = [
        climb(segment, detected=[fault(CLIP, where, "frozen")], chosen="may keep", models=[])
        for where in (range(60, 90), range(150, 180))
    ]
    assert [one[0].state for one in states] == ["skip", "try"]


def test_models_come_last_with_the_price_of_all_their_takes() -> None:
    model = priced("hosted", Fraction(1, 10)).model_copy(update={"usable": True})
    found = rungs(models=[Model(model, 3)])
    assert [one.generator for one in found] == ["keep", "retime", "geometry", model.name]
    assert found[-1].takes == 3
    assert found[-1].most_usd == 3 * model.price_of(32, Fraction(30))
    assert sum(one.most_usd for one in found[:-1]) == 0


def test_a_model_that_cannot_be_held_at_both_ends_is_skipped_and_says_so() -> None:
    last = rungs(models=[Model(profile_of(keyframes="first"), 3)])[-1]
    assert (last.state, last.takes, last.most_usd) == ("skip", 0, 0)
    assert "takes no last frame" in last.reason

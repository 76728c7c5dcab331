"""A plan covers its clip exactly or is no plan."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from landfast.model.plan import Plan
from model.strategies import plans


def body(*segments: tuple[int, int]) -> dict[str, Any]:
    """A plan for a clip of ten seconds that keeps these spans."""
    return {
        "clip": "",
        "clip_name": "",
        "duration": 10,
        "generator": "",
        "shots": (),
        "unusable": (),
        "segments": tuple({"kind": "keep", "span": {"start": a, "stop": b}} for a, b in segments),
        "cost_usd": 0,
    }


def test_segments_that_meet_and_cover_are_a_plan() -> None:
    assert len(Plan.model_validate(body((0, 4), (4, 10))).segments) == 2


@pytest.mark.parametrize(
    "segments",
    [
        [],
        [(1, 10)],
        [(0, 9)],
        [(0, 4), (5, 10)],
        [(0, 6), (5, 10)],
        [(4, 10), (0, 4)],
    ],
)
def test_holes_and_overlaps_are_refused(segments: list[tuple[int, int]]) -> None:
    with pytest.raises(ValidationError):
        Plan.model_validate(body(*segments))


@settings(max_examples=30, deadline=None)
@given(plans())
def test_generated_lists_the_generated_segments(plan: Plan) -> None:
    assert plan.generated == tuple(one for one in plan.segments if one.kind == "generate")

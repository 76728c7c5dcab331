"""Which rejected takes are good but for a part of the picture."""

from __future__ import annotations

from fractions import Fraction

import pytest

from landfast.model.take import Request
from landfast.model.verdict import Finding, State, Verdict
from landfast.planning.patching import PAD, patch_of, widened

ASKED = Request(
    segment="gap_0010",
    generator="geometry",
    first="a",
    last="b",
    constraints=(),
    width=640,
    height=360,
    frames=9,
    fps=Fraction(25),
)
KNOWN = "8c00668ceb4259248dda9a4d3e592d4d3704151c4d4fcee7fcc7a0d618e10a6d"
Box = tuple[float, float, float, float]


def verdict(*found: tuple[State, Box | None]) -> Verdict:
    findings = tuple(
        Finding(
            check="scene", state=state, value=2.0, limit=1.0, unit="px", region=box, reason="bad"
        )
        for state, box in found
    )
    state: State = "fail" if any(one == "fail" for one, _ in found) else "unknown"
    return Verdict(state=state, score=0.9, coverage=0.5, findings=findings, frames=())


def test_failing_regions_are_asked_for_with_a_border() -> None:
    found = patch_of(ASKED, verdict(("fail", (0.5, 0.4, 0.2, 0.1)), ("pass", (0.0, 0.0, 1.0, 1.0))))
    assert found is not None
    assert found.base == ASKED.key
    assert found.regions == (pytest.approx((0.5 - PAD, 0.4 - PAD, 0.2 + 2 * PAD, 0.1 + 2 * PAD)),)


def test_a_border_ends_with_the_picture() -> None:
    found = patch_of(ASKED, verdict(("fail", (0.0, 0.9, 0.1, 0.1))))
    assert found is not None
    left, top, _, height = found.regions[0]
    assert (left, round(top + height, 6)) == (0, 1)


def test_where_a_patched_take_fails_beside_its_part_the_part_grows() -> None:
    first = patch_of(ASKED, verdict(("fail", (0.5, 0.4, 0.2, 0.1))))
    assert first is not None
    second = widened(first, verdict(("fail", (0.8, 0.4, 0.1, 0.1)), ("fail", None)))
    assert second is not None
    assert second.base == first.base
    assert set(second.regions) > set(first.regions)
    assert widened(first, verdict(("fail", None))) == first
    assert widened(first, verdict(("fail", (0.0, 0.0, 0.6, 0.6)))) is None


@pytest.mark.parametrize(
    "found",
    [
        [("fail", None)],
        [("fail", (0.1, 0.1, 0.1, 0.1)), ("fail", None)],
        [("fail", (0.0, 0.0, 0.9, 0.9))],
        [("unknown", (0.1, 0.1, 0.1, 0.1))],
    ],
)
def test_what_fails_as_a_whole_is_asked_for_as_a_whole(found: list) -> None:
    assert patch_of(ASKED, verdict(*found)) is None


def test_requests_for_whole_pictures_keep_the_keys_that_ledgers_hold() -> None:
    """The key of this very request, as landfast wrote it before there were patches."""
    found = patch_of(ASKED, verdict(("fail", (0.5, 0.4, 0.2, 0.1))))
    assert ASKED.model_copy(update={"patch": found}).key != ASKED.key
    assert ASKED.key == KNOWN

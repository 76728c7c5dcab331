from __future__ import annotations

import pytest

from landfast.model.verdict import Check, Finding, State, Verdict


def finding(check: Check, state: State, value: float | None = None, part: str = "") -> Finding:
    limit = None if value is None else 2.0
    return Finding(
        check=check, part=part, state=state, value=value, limit=limit, unit="px", reason=part
    )


PASSED = finding("steady", "pass", 1.0)


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        ((PASSED,), None),
        ((PASSED, finding("scene", "fail", 3.0), finding("texture", "fail", 5.0)), "texture"),
        ((finding("scene", "fail", 30.0), finding("endpoints", "fail")), "endpoints"),
        ((finding("horizon", "unknown"), finding("scene", "fail", 3.0)), "scene"),
        ((finding("horizon", "unknown"), PASSED, finding("scene", "unknown")), "scene"),
        ((finding("horizon", "unknown"), PASSED), "horizon"),
    ],
)
def test_what_speaks_most_against_a_take(findings: tuple[Finding, ...], told: str | None) -> None:
    found = verdict(findings).decisive
    assert (found.check if found else None) == told


def test_a_check_that_was_measured_in_part_is_not_what_is_unknown() -> None:
    joins = finding("motion", "unknown", part="joins")
    jump = finding("motion", "pass", 1.0, part="jump")
    found = verdict((joins, jump, finding("scene", "unknown"))).decisive
    assert found is not None
    assert found.check == "scene"


def verdict(findings: tuple[Finding, ...]) -> Verdict:
    return Verdict(state="unknown", score=0.0, coverage=0.0, findings=findings, frames=())

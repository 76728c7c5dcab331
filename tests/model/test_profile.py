"""Frame rules and billing."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from landfast.model.profile import Charge, FrameRule, Price, Profile
from model.strategies import profiles, seconds


def profile(**fields: Any) -> Profile:
    """A model that bills by the second."""
    price = Price(usd_per_second=Fraction(1, 10), read_on=date(2026, 11, 1), source="list")
    values = {
        "generator": "luma",
        "model": "ray",
        "title": "",
        "usable": True,
        "support": {},
        "seed": False,
        "deterministic": False,
        "negative_prompt": False,
        "prompt": True,
        "price": price,
    }
    return Profile(**{**values, **fields})


LUMA = {
    "durations_s": (Fraction(5), Fraction(10)),
    "charges": (Charge(length_s=Fraction(10), billed_s=Fraction(15)),),
}


@pytest.mark.parametrize(
    ("fields", "asked", "billed"),
    [
        ({}, "1.2", "1.2"),
        ({"minimum_s": Fraction(3)}, "1.2", "3"),
        ({"minimum_s": Fraction(3)}, "3.5", "3.5"),
        ({"quantum_s": Fraction(2)}, "1.2", "2"),
        ({"quantum_s": Fraction(2)}, "4", "4"),
        ({"quantum_s": Fraction(2)}, "4.01", "6"),
        ({"minimum_s": Fraction(3), "quantum_s": Fraction(2)}, "1", "4"),
        ({"durations_s": (Fraction(10), Fraction(5))}, "1.2", "5"),
        ({"durations_s": (Fraction(10), Fraction(5))}, "5", "5"),
        ({"durations_s": (Fraction(10), Fraction(5))}, "5.1", "10"),
        ({"durations_s": (Fraction(10), Fraction(5))}, "20", "20"),
        ({"durations_s": (Fraction(10), Fraction(5))}, "21", "25"),
        (LUMA, "5.1", "15"),
        (LUMA, "20", "20"),
        (LUMA | {"durations_s": (Fraction(10),)}, "21", "45"),
    ],
)
def test_billed_seconds(fields: dict[str, Any], asked: str, billed: str) -> None:
    one = profile(**fields)
    assert one.billed_s(Fraction(asked)) == Fraction(billed)
    assert one.cost_usd(Fraction(asked)) == Fraction(billed) / 10


def test_without_a_price_nothing_is_charged() -> None:
    assert profile(price=None, minimum_s=Fraction(5)).cost_usd(Fraction(2)) == 0


@given(profiles, seconds, seconds)
def test_more_never_costs_less_and_at_least_what_is_asked(
    one: Profile, a: Fraction, b: Fraction
) -> None:
    shorter, longer = sorted((a, b))
    assert shorter <= one.billed_s(shorter) <= one.billed_s(longer)


@given(
    st.integers(1, 8),
    st.integers(0, 7),
    st.integers(2, 40),
    st.integers(40, 300),
    st.integers(0, 400),
)
def test_a_frame_rule_answers_with_the_smallest_allowed_count(
    step: int, offset: int, least: int, most: int, wanted: int
) -> None:
    rule = FrameRule(step=step, offset=offset, least=least, most=most)
    allowed = [
        count for count in range(max(least, wanted), most + 1) if (count - offset) % step == 0
    ]
    assert rule.fit(wanted) == (allowed[0] if allowed else None)


def test_names_hold_the_model_where_there_is_one() -> None:
    assert profile().name == "luma:ray"
    assert profile(model="").name == "luma"


@pytest.mark.parametrize("field", ["quantum_s", "minimum_s"])
def test_billing_cannot_be_negative(field: str) -> None:
    with pytest.raises(ValidationError):
        profile(**{field: Fraction(-1)})

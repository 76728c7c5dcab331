"""Numbers never say more than is known."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landfast.report import numbers


def plain(text: str) -> str:
    """With ordinary blanks."""
    return text.replace(numbers.NBSP, " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (4.2149, "4.21"), (0.0514, "0.0514"), (0.05, "0.05"), (0.5, "0.500"),
     (1234.5, "1234"), (3e-9, "3.0e-09"),
     (-2.5, "-2.50"), (None, "not measured"), (float("inf"), "inf")],
)  # fmt: skip
def test_number(value: float | None, text: str) -> None:
    assert numbers.number(value) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(331, 362, "91.4 %"), (362, 362, "100 %"), (0, 362, "0 %"), (99_999, 100_000, "99.9 %"),
     (1, 100_000, "under 0.1 %"), (1, 0, "not measured"), (None, 1, "not measured"),
     (-1, 2, "-50.0 %")],
)  # fmt: skip
def test_share(part: int | None, whole: int, text: str) -> None:
    assert plain(numbers.share(part, whole)) == text


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_only_all_is_a_hundred_percent(part: int, rest: int) -> None:
    assert not numbers.share(part, part + rest).startswith(("100", "0" + numbers.NBSP))


@pytest.mark.parametrize(
    ("time", "text"),
    [(Fraction(0), "0.000 s"), (Fraction(121, 30), "4.033 s"),
     (Fraction(59_9996, 10_000), "1:00.000"), (Fraction(501, 4), "2:05.250")],
)  # fmt: skip
def test_clock(time: Fraction, text: str) -> None:
    assert plain(numbers.clock(time)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "not measured"), (0.0123, "12.3 ms"), (3.127, "3.13 s"), (125.2, "2 min 05 s"),
     (7384, "2 h 03 min")],
)  # fmt: skip
def test_took(seconds: float | None, text: str) -> None:
    assert plain(numbers.took(seconds)) == text


@pytest.mark.parametrize(
    ("usd", "text"),
    [(Fraction(0), "$0.00"), (Fraction(27, 4), "$6.75"), (Fraction(1, 240), "$0.0042"),
     (Fraction(12345), "$12,345.00"), (None, "unknown")],
)  # fmt: skip
def test_money(usd: Fraction | None, text: str) -> None:
    assert numbers.money(usd) == text


def test_quantity_and_limit() -> None:
    assert plain(numbers.quantity(4.2, "px")) == "4.20 px"
    assert plain(numbers.quantity(0.051, "share")) == "5.10 %"
    assert numbers.quantity(None, "px") == "not measured"
    assert plain(numbers.limit(1.0, "px")) == "1 px"
    assert plain(numbers.limit(0.02, "share")) == "2 %"
    assert numbers.limit(0.5) == "0.5"
    assert numbers.limit(None, "px") == "no limit"


@pytest.mark.parametrize(
    ("text", "whole"),
    [("no frame flickers", "No frame flickers."), ("Is it?", "Is it?"), ("", ""), (" a ", "A.")],
)
def test_sentence(text: str, whole: str) -> None:
    assert numbers.sentence(text) == whole

"""Exact seconds, half-open spans, and how people write them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from landfast.errors import InputError
from landfast.model.time import Span, parse_seconds, parse_span, parse_time
from model.strategies import seconds, spans


@given(spans, seconds)
def test_a_span_holds_its_start_and_not_its_stop(span: Span, time: Fraction) -> None:
    assert span.contains(span.start)
    assert not span.contains(span.stop)
    assert span.contains(time) == (span.start <= time < span.stop)
    assert span.duration == span.stop - span.start > 0


@given(spans, spans)
def test_overlap_is_a_shared_stretch(a: Span, b: Span) -> None:
    assert a.overlaps(b) == b.overlaps(a) == (max(a.start, b.start) < min(a.stop, b.stop))
    after = Span(start=a.stop, stop=a.stop + 1)
    assert not a.overlaps(after)


@pytest.mark.parametrize(("start", "stop"), [(1, 1), (2, 1)])
def test_a_span_is_never_empty(start: int, stop: int) -> None:
    with pytest.raises(ValidationError):
        Span(start=Fraction(start), stop=Fraction(stop))


@pytest.mark.parametrize("value", [0.1, True, None, "soon", "1/0", "1e9", "", " 1", [1]])
def test_time_is_exact_or_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="exact time expected"):
        parse_seconds(value)


@given(seconds)
def test_exact_seconds_come_back(value: Fraction) -> None:
    assert parse_seconds(str(value)) == value
    assert parse_time(str(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.5", Fraction(25, 2)),
        ("0", Fraction(0)),
        (".25", Fraction(1, 4)),
        ("3.", Fraction(3)),
        ("1001/30000", Fraction(1001, 30000)),
        ("01:02", Fraction(62)),
        ("1:02:03.500", Fraction("3723.5")),
        (" 00:00:00.040 ", Fraction(1, 25)),
        ("90", Fraction(90)),
    ],
)
def test_times_as_people_write_them(text: str, value: Fraction) -> None:
    assert parse_time(text) == value


@pytest.mark.parametrize(
    "text", ["", "-1", "1e3", "nan", "inf", "1:60", "1:75:00", "::", "1/0", "12,5", "0x10"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not a time"):
        parse_time(text)


def test_spans_as_people_write_them() -> None:
    expected = Span(start=Fraction(7, 2), stop=Fraction(9, 2))
    assert parse_span("3.5-4.5") == parse_span("00:00:03.5-00:00:04.5") == expected
    assert str(expected) == "3.500-4.500"


@pytest.mark.parametrize("text", ["3", "3-", "-3", "4-3", "3-3", "1-2-3", "a-b"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_span(text)

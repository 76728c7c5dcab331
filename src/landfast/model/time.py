"""Exact time: rational seconds and half-open spans."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema, model_validator

from landfast.errors import InputError
from landfast.model.record import Record

_EXACT = re.compile(r"^-?\d+(\.\d+|/0*[1-9]\d*)?$", re.ASCII)
# No clip is longer than these digits say; a number of hundreds of them fits no float.
_CLOCK = re.compile(r"^(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)$")


def parse_seconds(value: Any) -> Fraction:
    """Exact seconds from a Fraction, an int, "n/d" or a decimal string; floats are refused."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, str) and _EXACT.match(value):
        return Fraction(value)
    raise ValueError("exact time expected: a Fraction, an integer or a string such as '1001/30000'")


Rational = Annotated[
    Fraction,
    BeforeValidator(parse_seconds),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(/\d+)?$"}),
]
"""An exact rational number; "n/d" in JSON. Used for seconds, time bases and frame rates."""


class Span(Record):
    """A half-open stretch of time `[start, stop)` in exact seconds of the clip."""

    start: Rational
    stop: Rational

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.start >= self.stop:
            raise ValueError(f"a span must start before it stops, got [{self.start}, {self.stop})")
        return self

    @property
    def duration(self) -> Fraction:
        """Length in seconds."""
        return self.stop - self.start

    def contains(self, time: Fraction) -> bool:
        """True where `time` lies in `[start, stop)`."""
        return self.start <= time < self.stop

    def overlaps(self, other: Span) -> bool:
        """True where the spans share more than a point."""
        return self.start < other.stop and other.start < self.stop

    def __str__(self) -> str:
        return f"{float(self.start):.3f}-{float(self.stop):.3f}"


def parse_time(text: str) -> Fraction:
    """Exact seconds from `12.5` or `HH:MM:SS.mmm` (hours optional).

    Raises:
        InputError: Neither form, or negative.
    """
    text = text.strip()
    clock = _CLOCK.match(text)
    if clock:
        hours, minutes, seconds = clock.groups()
        if int(minutes) < 60 and Fraction(seconds) < 60:
            return (int(hours or 0) * 60 + int(minutes)) * 60 + Fraction(seconds)
    elif re.fullmatch(r"\d{1,12}(\.\d*)?|\.\d+|\d{1,15}/[1-9]\d{0,14}", text):
        return Fraction(text)
    raise InputError(
        f"is not a time: {text!r}", remedy="write seconds (12.5) or HH:MM:SS.mmm", subject="time"
    )


def parse_span(text: str) -> Span:
    """A span from `A-B`, each side as `parse_time` reads it.

    Raises:
        InputError: Not two times, or not in order.
    """
    start, dash, stop = text.partition("-")
    if not dash:
        raise InputError(
            f"is not a span: {text!r}", remedy="write A-B, for example 3.5-4.5", subject="span"
        )
    first, last = parse_time(start), parse_time(stop)
    if first >= last:
        raise InputError(
            f"starts at or after its end: {text!r}", remedy="write A-B with A < B", subject="span"
        )
    return Span(start=first, stop=last)

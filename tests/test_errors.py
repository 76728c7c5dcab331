"""Errors: one line, exit codes, one tree."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landfast import errors
from landfast.errors import InputError, LandfastError, Unreachable

TREE = {
    "InputError": 2,
    "Unsupported": 3,
    "GeneratorError": 4,
    "Refused": 4,
    "Throttled": 4,
    "Unreachable": 4,
    "BrokenOutput": 4,
    "BudgetSpent": 5,
    "LedgerCorrupt": 6,
}


@given(st.text(), st.text(), st.text())
def test_a_message_is_one_line(what: str, subject: str, remedy: str) -> None:
    error = LandfastError(what, subject=subject, remedy=remedy)
    assert len(str(error).splitlines()) <= 1
    assert (error.what, error.subject, error.remedy) == (what, subject, remedy)


def test_a_message_says_what_where_and_what_to_do() -> None:
    error = InputError("is not a clip", subject="a.mp4", remedy="give a video")
    assert str(error) == "a.mp4: is not a clip; give a video"
    assert str(InputError("is not\na clip")) == "is not a clip"


def test_the_exit_codes_are_those_of_the_contract() -> None:
    branches = {
        name: each.exit_code
        for name, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, LandfastError) and each is not LandfastError
    }
    assert branches == TREE


def test_a_branch_is_caught_by_its_stem() -> None:
    with pytest.raises(errors.GeneratorError):
        raise Unreachable("no answer")

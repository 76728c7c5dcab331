from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from landfast.conduct.ahead import read_ahead


def test_the_same_items_in_order() -> None:
    with read_ahead(iter(range(50))) as items:
        assert list(items) == list(range(50))


def test_they_are_made_by_another_thread() -> None:
    def makers() -> Iterator[str]:
        for _ in range(3):
            yield threading.current_thread().name

    with read_ahead(makers()) as items:
        assert set(items) == {"landfast-ahead"}


def test_an_error_is_raised_where_items_are_taken() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("ends here")

    with read_ahead(broken()) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="ends here"):
            next(items)


def test_nothing_is_left_running() -> None:
    closed = []

    def endless() -> Iterator[int]:
        try:
            yield from iter(int, 1)
        finally:
            closed.append(True)

    with read_ahead(endless()) as items:
        next(items)
    assert closed == [True]
    assert all(one.name != "landfast-ahead" for one in threading.enumerate())

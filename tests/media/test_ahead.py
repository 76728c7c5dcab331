"""An iterator that runs ahead: same items, from the call on, a few and no further."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from landfast.media.ahead import run_ahead


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def test_it_starts_before_anybody_asks_and_stops_where_it_must() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for k in range(100):
            made.append(k)
            yield k

    ahead = run_ahead(items(), depth=3)
    assert until(lambda: len(made) == 4)
    time.sleep(0.1)
    assert len(made) == 4
    assert list(ahead) == list(range(100))


def test_an_error_comes_at_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("two")

    ahead = run_ahead(items(), depth=3)
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="two"):
        next(ahead)


def test_nothing_runs_on_when_nobody_asks_any_more() -> None:
    before = set(threading.enumerate())
    ahead = run_ahead(iter(range(100)), depth=2)
    (thread,) = set(threading.enumerate()) - before
    del ahead
    assert until(lambda: not thread.is_alive())


def test_closing_it_closes_what_it_reads() -> None:
    closed = []

    def endless() -> Iterator[int]:
        try:
            yield from iter(int, 1)
        finally:
            closed.append(threading.current_thread().name)

    with contextlib.closing(run_ahead(endless(), depth=2)) as ahead:
        next(ahead)
    assert closed == ["landfast-ahead"]

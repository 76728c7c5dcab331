"""Several threads, one order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import cv2
import pytest

from landfast.verify.measure.parallel import Once, in_order, one_by_one


@pytest.fixture(params=[1, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(request.param)
    yield request.param
    cv2.setNumThreads(before)


def test_results_stand_in_the_order_of_the_items(threads: int) -> None:
    def slow_at_first(item: int) -> int:
        time.sleep(0.02 / (1 + item))
        return item * item

    assert in_order(slow_at_first, range(6)) == [0, 1, 4, 9, 16, 25]
    assert in_order(slow_at_first, []) == []


def test_one_thread_is_none_of_its_own_and_several_are_used(threads: int) -> None:
    def name(_: int) -> str:
        time.sleep(0.01)
        return threading.current_thread().name

    names = set(one_by_one(name, range(9)))
    assert len(names) == threads
    assert (threading.current_thread().name in names) == (threads == 1)


def test_an_error_in_a_thread_is_raised(threads: int) -> None:
    with pytest.raises(ZeroDivisionError):
        in_order(lambda item: 1 // item, [2, 1, 0])


def test_what_many_ask_for_is_measured_once() -> None:
    class Slow:
        calls = 0

        @Once
        def value(self) -> int:
            self.calls += 1
            time.sleep(0.02)
            return 7

    slow = Slow()
    asked = [threading.Thread(target=lambda: slow.value) for _ in range(4)]
    for one in asked:
        one.start()
    for one in asked:
        one.join()
    assert (slow.value, slow.calls) == (7, 1)

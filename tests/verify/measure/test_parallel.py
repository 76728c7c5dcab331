"""Several threads, one order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import cv2
import pytest

from landfast.verify.measure.parallel import Once, in_order


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


def test_as_many_threads_work_as_are_asked_for_however_work_is_nested(threads: int) -> None:
    lock, at_work, begun, most, seen = threading.Lock(), 0, 0, 0, set()
    all_here = threading.Barrier(threads)

    def work(_: int) -> int:
        nonlocal at_work, begun, most
        with lock:
            at_work += 1
            begun += 1
            first = begun <= threads
            most = max(most, at_work)
            seen.add(threading.current_thread().name)
        if first:
            all_here.wait(timeout=10)
        with lock:
            at_work -= 1
        return cv2.getNumThreads()

    def nested(_: int) -> list[int]:
        return in_order(work, range(6))

    told: list[tuple[int, int]] = []
    assert in_order(nested, range(3), progress=lambda *so_far: told.append(so_far)) == [[1] * 6] * 3
    assert told == [(1, 3), (2, 3), (3, 3)]
    # Those that come back from waiting find their places taken, until an item is done.
    assert threads <= most < 2 * threads
    assert len(seen) >= threads
    assert cv2.getNumThreads() == threads


def test_an_error_in_a_thread_is_raised(threads: int) -> None:
    with pytest.raises(ZeroDivisionError):
        in_order(lambda item: 1 // item, [2, 1, 0])
    assert cv2.getNumThreads() == threads
    assert in_order(abs, [-1, -2]) == [1, 2]


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


def test_who_waits_for_a_measure_leaves_his_place_to_another(threads: int) -> None:
    names: set[str] = set()
    all_here = threading.Barrier(threads)

    def part(item: int) -> None:
        names.add(threading.current_thread().name)
        if item < threads:
            all_here.wait(timeout=10)

    class Slow:
        @Once
        def value(self) -> list[None]:
            return in_order(part, range(8))

    slow = Slow()
    in_order(lambda _: slow.value, range(threads))
    assert len(names) == threads

"""Work on several frames at once; what comes out does not depend on how many threads there are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, Generic, TypeVar

import cv2

Owner = TypeVar("Owner")
Item = TypeVar("Item")
Result = TypeVar("Result")


class Once(Generic[Result]):
    """A property that the first thread to ask measures while others wait for it."""

    def __init__(self, measure: Callable[[Any], Result]) -> None:
        self._measure = measure
        self.__doc__ = measure.__doc__

    def __set_name__(self, kind: type, name: str) -> None:
        self._name = name

    def __get__(self, owner: Any, kind: Any = None) -> Result:
        # Kept under the property's own name, where the next to ask finds it without coming here.
        return _measured(owner, self._name, self._measure)


def once(measure: Callable[[Owner], Result]) -> Callable[[Owner], Result]:
    """A measure of an object, kept with it: the first thread to ask takes it, others wait."""
    name = f"{measure.__module__}.{measure.__qualname__}"

    @wraps(measure)
    def known(owner: Owner) -> Result:
        return _measured(owner, name, measure)

    return known


def _measured(owner: Any, name: str, measure: Callable[[Any], Result]) -> Result:
    own = vars(owner)
    if name not in own:
        lock = own.setdefault(f"{name} lock", threading.RLock())
        if not lock.acquire(blocking=False):
            with _CREW.resting():
                lock.acquire()
        try:
            if name not in own:
                own[name] = measure(owner)
        finally:
            lock.release()
    result: Result = own[name]
    return result


def in_order(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[Result]:
    """The result for every item, in the order of the items.

    As many threads as OpenCV is set to use (`cv2.setNumThreads`) in all, however work is nested:
    nearly all of it is OpenCV's and numpy's, which let other threads run meanwhile. OpenCV itself
    gets one thread in the meantime; two of its own waiting for each other beside every one of ours
    cost more than they bring.

    Args:
        work: What is done to every item.
        items: What it is done to.
        progress: Called with items done and items in total, from any thread, one at a time.
    """
    every = list(items)
    with _CREW.called():
        return _Job(work, every, progress).done()


class _Job(Generic[Item, Result]):
    """Items that several threads take from, each the next one that is left."""

    def __init__(
        self,
        work: Callable[[Item], Result],
        items: list[Item],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._work, self._items, self._progress = work, items, progress
        self._lock = threading.Lock()
        self._taken = 0
        self._results: dict[int, Result] = {}
        self._errors: dict[int, BaseException] = {}
        self._helpers: list[threading.Thread] = []

    def done(self) -> list[Result]:
        """All results, this thread's among them.

        Raises:
            BaseException: What was raised by the first item for which anything was.
        """
        while self._one():
            pass
        with _CREW.resting():
            for helper in self._helpers:
                helper.join()
        for _, error in sorted(self._errors.items()):
            raise error
        return [self._results[k] for k in range(len(self._items))]

    def _help(self) -> None:
        with _CREW.place():
            while not _CREW.is_crowded() and self._one():
                pass

    def _one(self) -> bool:
        """Do the next item; False where none is left."""
        with self._lock:
            number, self._taken = self._taken, self._taken + 1
        if number + 1 < len(self._items) and _CREW.admits():
            helper = threading.Thread(target=self._help)
            self._helpers.append(helper)
            helper.start()
        if number >= len(self._items):
            return False
        try:
            result = self._work(self._items[number])
        except BaseException as error:
            with self._lock:
                self._errors[number], self._taken = error, len(self._items)
            return False
        with self._lock:
            self._results[number] = result
            if self._progress is not None:
                self._progress(len(self._results), len(self._items))
        return True


class _Crew:
    """Counts the threads at work. One that waits for others leaves its place to another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = self._at_work = 0
        self._most = 1
        self._here = threading.local()

    @contextmanager
    def called(self) -> Iterator[None]:
        """While a thread has work done; one that is at work already is not counted again."""
        if self._counts():
            yield
            return
        with self._lock:
            if self._calls == 0:
                self._most = max(1, cv2.getNumThreads())
                cv2.setNumThreads(1)
            self._calls += 1
            self._at_work += 1
        try:
            with self.place():
                yield
        finally:
            with self._lock:
                self._calls -= 1
                if self._calls == 0:
                    cv2.setNumThreads(self._most)

    @contextmanager
    def place(self) -> Iterator[None]:
        """While a thread works that has been counted."""
        self._here.counts = True
        try:
            yield
        finally:
            self._here.counts = False
            with self._lock:
                self._at_work -= 1

    @contextmanager
    def resting(self) -> Iterator[None]:
        """While a thread waits for others."""
        change = int(self._counts())
        with self._lock:
            self._at_work -= change
        try:
            yield
        finally:
            with self._lock:
                self._at_work += change

    def admits(self) -> bool:
        """Whether another thread may work; if so, it is counted from now on."""
        with self._lock:
            admits = self._at_work < self._most
            self._at_work += admits
        return admits

    def is_crowded(self) -> bool:
        """Whether more work than should."""
        return self._at_work > self._most

    def _counts(self) -> bool:
        return bool(getattr(self._here, "counts", False))


_CREW: Final = _Crew()

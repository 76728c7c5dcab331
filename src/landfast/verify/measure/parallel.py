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

    As many threads as OpenCV is set to use (`cv2.setNumThreads`) work in all, however work is
    nested: nearly all of it is OpenCV's and numpy's, which let other threads run meanwhile. OpenCV
    itself gets one thread in the meantime, as its own would wait for each other beside ours.

    Args:
        work: What is done to every item.
        items: What it is done to.
        progress: Called with items done and items in total, from any thread, one at a time.
    """
    job = _Job(work, list(items), progress)
    with _CREW.led(job):
        return job.results()


class _Job(Generic[Item, Result]):
    """Items that several threads take from, each the next one that is left."""

    def __init__(
        self,
        work: Callable[[Item], Result],
        items: list[Item],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._work, self._items, self._progress = work, items, progress
        self._lock, self._finished = threading.Lock(), threading.Event()
        self._taken = self._back = 0
        self._done: dict[int, Result] = {}
        self._errors: dict[int, BaseException] = {}

    @property
    def has_more(self) -> bool:
        """Whether an item is left to take."""
        return self._taken < len(self._items)

    def results(self) -> list[Result]:
        """All results, this thread's among them.

        Raises:
            BaseException: What the first item raised for which anything was raised.
        """
        while self.has_more:
            _CREW.grow()
            self.do_next()
        if self._back < self._taken:
            with _CREW.resting():
                self._finished.wait()
        for _, error in sorted(self._errors.items()):
            raise error
        return [self._done[k] for k in range(len(self._items))]

    def do_next(self) -> None:
        """Take the next item if one is left."""
        with self._lock:
            if not self.has_more:
                return
            number, self._taken = self._taken, self._taken + 1
        try:
            result = self._work(self._items[number])
        except BaseException as error:
            self._errors[number] = error
            with self._lock:
                self._items = self._items[: self._taken]
        else:
            self._done[number] = result
        with self._lock:
            self._back += 1
            if self._progress is not None and number in self._done:
                self._progress(len(self._done), len(self._items))
            if self._back == len(self._items):
                self._finished.set()


class _Crew:
    """The threads at work, and what there is to do. One that waits for others leaves its place."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[_Job[Any, Any]] = []
        self._leading = self._at_work = 0
        self._most = 1
        self._here = threading.local()

    @contextmanager
    def led(self, job: _Job[Any, Any]) -> Iterator[None]:
        """While a thread has something done."""
        if self._is_counted:
            with self._listed(job):
                yield
            return
        with self._lock:
            if self._leading == 0:
                self._most = max(1, cv2.getNumThreads())
                cv2.setNumThreads(1)
            self._leading += 1
            self._at_work += 1
        try:
            with self._place(), self._listed(job):
                yield
        finally:
            with self._lock:
                self._leading -= 1
                if self._leading == 0:
                    cv2.setNumThreads(self._most)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """While a thread waits for others."""
        change = int(self._is_counted)
        with self._lock:
            self._at_work -= change
        self.grow()
        try:
            yield
        finally:
            with self._lock:
                self._at_work += change

    def grow(self) -> None:
        """One more thread if there is room for it and something for it to do."""
        with self._lock:
            grows = self._at_work < self._most and any(job.has_more for job in self._open)
            self._at_work += grows
        if grows:
            threading.Thread(target=self._help).start()

    def _help(self) -> None:
        with self._place():
            while self._at_work <= self._most and (job := self._latest()) is not None:
                job.do_next()

    def _latest(self) -> _Job[Any, Any] | None:
        """What was asked for last: others wait for it."""
        with self._lock:
            return next((job for job in reversed(self._open) if job.has_more), None)

    @contextmanager
    def _listed(self, job: _Job[Any, Any]) -> Iterator[None]:
        with self._lock:
            self._open.append(job)
        try:
            yield
        finally:
            with self._lock:
                self._open.remove(job)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """While a thread works that has been counted."""
        self._here.is_counted = True
        try:
            yield
        finally:
            self._here.is_counted = False
            with self._lock:
                self._at_work -= 1

    @property
    def _is_counted(self) -> bool:
        return bool(getattr(self._here, "is_counted", False))


_CREW: Final = _Crew()

"""Work on several frames at once; what comes out does not depend on how many threads there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from threading import RLock
from typing import Any, Generic, TypeVar

import cv2

Owner = TypeVar("Owner")
Item = TypeVar("Item")
Result = TypeVar("Result")


class Once(Generic[Result]):
    """A property that the first thread to ask measures while others wait for it."""

    def __init__(self, measure: Callable[[Any], Result]) -> None:
        self._measure = measure
        self._name = measure.__name__
        self.__doc__ = measure.__doc__

    def __get__(self, owner: Any, kind: Any = None) -> Result:
        own = vars(owner)
        with own.setdefault(f"_{self._name}_lock", RLock()):
            if f"_{self._name}" not in own:
                own[f"_{self._name}"] = self._measure(owner)
        result: Result = own[f"_{self._name}"]
        return result


def once(measure: Callable[[Owner], Result]) -> Callable[[Owner], Result]:
    """A measure of an object, kept with it: the first thread to ask takes it, others wait."""
    kept = Once(measure)

    @wraps(measure)
    def known(owner: Owner) -> Result:
        return kept.__get__(owner)

    return known


def in_order(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """The result for every item, in the order of the items.

    As many threads as OpenCV is set to use (`cv2.setNumThreads`): nearly all of the work is
    OpenCV's and numpy's, which let other threads run meanwhile.
    """
    return list(one_by_one(work, items))


def one_by_one(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """The same, each result handed out as soon as those before it are there."""
    every = list(items)
    threads = min(cv2.getNumThreads(), len(every))
    if threads < 2:
        yield from map(work, every)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(work, every)

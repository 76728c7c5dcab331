"""Work on several frames at once; what comes out does not depend on how many threads there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import cv2

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """The result for every item, in the order of the items.

    As many threads as OpenCV is set to use (`cv2.setNumThreads`): nearly all of the work is
    OpenCV's and numpy's, which let other threads run meanwhile.
    """
    every = list(items)
    threads = min(cv2.getNumThreads(), len(every))
    if threads < 2:
        return [work(item) for item in every]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, every))

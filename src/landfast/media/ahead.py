"""An iterator that runs ahead on a thread of its own, a few items and no further.

Order and content stay, so that no result depends on how the threads run. Most of the work
(decoding, scaling, encoding) is done outside the interpreter's lock.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TypeVar, cast

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _End:
    """The last thing in the queue, with the error that ended the run, if any."""

    error: BaseException | None


def run_ahead(items: Iterator[Item], *, depth: int) -> Generator[Item, None, None]:
    """The same items in the same order, made on a second thread from this call on.

    Closing it (`contextlib.closing`) waits for the thread, and closes `items` where that is a
    generator, whether or not all were taken.

    Args:
        items: Is only touched by that thread.
        depth: Items that may wait; bounds the memory.

    Raises:
        BaseException: Whatever `items` raised, at the place where it did.
    """
    made = _made(items, depth)
    next(made)
    # The first is no item: it says that the thread runs.
    return cast("Generator[Item, None, None]", made)


def _made(items: Iterator[Item], depth: int) -> Generator[Item | None, None, None]:
    waiting: queue.Queue[Item | _End] = queue.Queue(depth)
    abandoned = threading.Event()
    worker = threading.Thread(
        target=_fill, args=(items, waiting, abandoned), name="landfast-ahead", daemon=True
    )
    worker.start()
    try:
        yield None
        while True:
            item = waiting.get()
            if not isinstance(item, _End):
                yield item
            elif item.error is None:
                return
            else:
                raise item.error
    finally:
        abandoned.set()
        worker.join()


def _fill(
    items: Iterator[Item], waiting: queue.Queue[Item | _End], abandoned: threading.Event
) -> None:
    """Put items until they end or nobody wants them any more."""
    error: BaseException | None = None
    try:
        for item in items:
            if not _put(waiting, item, abandoned):
                break
        if isinstance(items, Generator):
            items.close()
    except BaseException as raised:  # handed to the reading thread, which raises it
        error = raised
    _put(waiting, _End(error), abandoned)


def _put(waiting: queue.Queue[Item | _End], item: Item | _End, abandoned: threading.Event) -> bool:
    while not abandoned.is_set():
        try:
            waiting.put(item, timeout=0.05)
        except queue.Full:
            continue
        return True
    return False

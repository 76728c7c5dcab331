"""Reading ahead: a thread makes the next items ready while this one works on the last.

Order and content are those of the iterator, so that no result depends on how the threads run.
Most of the work (decoding, scaling, encoding) is done outside the interpreter's lock.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from typing import Final, TypeVar

Item = TypeVar("Item")

_DEPTH: Final = 2
"""Items that wait at most: enough to even out frames of unlike cost."""
_PATIENCE_S: Final = 0.1


class _End:
    """No more items; with the error that ended them."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


@contextlib.contextmanager
def read_ahead(items: Iterator[Item], *, depth: int = _DEPTH) -> Iterator[Iterator[Item]]:
    """The same items, made by a thread of their own.

    An error in making them is raised where they are taken. At the end of the block the thread is
    done, whether or not all were taken, and a generator is closed.
    """
    waiting: queue.Queue[Item | _End] = queue.Queue(depth)
    stopped = threading.Event()
    maker = threading.Thread(
        target=_make, args=(items, waiting, stopped), name="landfast-ahead", daemon=True
    )
    maker.start()
    try:
        yield _taken(waiting)
    finally:
        stopped.set()
        maker.join()


def _taken(waiting: queue.Queue[Item | _End]) -> Iterator[Item]:
    while True:
        item = waiting.get()
        if isinstance(item, _End):
            if item.error is not None:
                raise item.error
            return
        yield item


def _make(
    items: Iterator[Item], waiting: queue.Queue[Item | _End], stopped: threading.Event
) -> None:
    error: BaseException | None = None
    try:
        for item in items:
            if not _put(item, waiting, stopped):
                break
    except BaseException as raised:  # raised again where items are taken
        error = raised
    close = getattr(items, "close", None)
    if close is not None:
        close()
    _put(_End(error), waiting, stopped)


def _put(item: Item | _End, waiting: queue.Queue[Item | _End], stopped: threading.Event) -> bool:
    """Whether it was taken up; not where nobody waits any more."""
    while not stopped.is_set():
        try:
            waiting.put(item, timeout=_PATIENCE_S)
        except queue.Full:
            continue
        return True
    return False

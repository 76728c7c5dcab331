"""Time for the job engine, so that tests need not wait for it."""

from __future__ import annotations

import threading
import time
from typing import Protocol, runtime_checkable


class Stopped(BaseException):
    """Waiting was called off because the whole run is; not an error to be handled on the way."""


@runtime_checkable
class Clock(Protocol):
    """What time it is, and waiting."""

    def now(self) -> float:
        """Seconds; only differences mean anything."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            Stopped: `stop` was called.
        """
        ...

    def stop(self) -> None:
        """End every wait, in all threads, now and from now on."""
        ...


class SystemClock:
    """The machine's clock."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, or raise `Stopped`."""
        if self._stopped.wait(seconds):
            raise Stopped

    def stop(self) -> None:
        """End every wait."""
        self._stopped.set()

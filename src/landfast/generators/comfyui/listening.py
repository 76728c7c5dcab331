"""Progress over ComfyUI's WebSocket; where there is none, only time passes."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from landfast.model.take import Ticket

OPEN_S: Final = 3.0
MOST_BYTES: Final = 1 << 24
"""Previews come as pictures; larger messages close the line, and looks at the history go on."""


@contextlib.contextmanager
def listening(base_url: str, ticket: Ticket) -> Iterator[Callable[[float], float | None]]:
    """A function that waits up to so many seconds for the share done.

    Nothing that is heard ends a job: `/history` says what became of it.
    """
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    with contextlib.ExitStack() as stack:
        try:
            line = stack.enter_context(
                connect(
                    _address(base_url, ticket),
                    open_timeout=OPEN_S,
                    close_timeout=OPEN_S,
                    max_size=MOST_BYTES,
                    proxy=None,
                )
            )
        except (OSError, WebSocketException):
            yield _silence
            return

        lost = False

        def heard(seconds: float) -> float | None:
            nonlocal lost
            end = time.monotonic() + seconds
            while not lost and (left := end - time.monotonic()) > 0:
                try:
                    share = _share(line.recv(timeout=left), ticket.id)
                except TimeoutError:
                    return None
                except (OSError, WebSocketException):
                    lost = True
                    break
                if share is not None:
                    return share
            _silence(end - time.monotonic())
            return None

        yield heard


def _silence(seconds: float) -> None:
    time.sleep(max(0.0, seconds))


def _address(base_url: str, ticket: Ticket) -> str:
    parts = urlsplit(base_url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, f"{parts.path}/ws", f"clientId={ticket.id}", ""))


def _share(message: str | bytes, job: str) -> float | None:
    """Share of the node that is at work, where the message tells it of this job."""
    if isinstance(message, bytes):
        return None
    try:
        found = json.loads(message)
        data = found["data"]
        if found["type"] != "progress" or data.get("prompt_id", job) != job:
            return None
        return min(1.0, float(data["value"]) / float(data["max"]))
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError):
        return None

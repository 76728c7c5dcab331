"""What the terminal shows: bars and words on stderr, one result on stdout."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from landfast.media.files import input_error
from landfast.model.record import Document

Report = Callable[[str, int, int], None]


@contextmanager
def bars() -> Iterator[Report]:
    """Progress bars on stderr, one a stage; gone when the work is done.

    Nothing where no person watches: drawing takes a library a sixth of a second to load.
    """
    if not sys.stderr.isatty():
        yield _unseen
        return
    from landfast.cli.drawn import drawn_bars

    with drawn_bars() as report:
        yield report


def _unseen(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def print_json(value: Mapping[str, Any] | Document) -> None:
    """One JSON document on stdout."""
    body = value.body() if isinstance(value, Document) else value
    narrow = not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    with _writing():
        sys.stdout.write(json.dumps(body, indent=2, ensure_ascii=narrow, allow_nan=False) + "\n")


def say(text: str) -> None:
    """Words for the person at the terminal, on stderr."""
    sys.stderr.write(f"{text}\n")


def pairs(rows: Mapping[str, Any]) -> None:
    """Names and values on stdout, one a line, aligned."""
    width = max((len(name) for name in rows), default=0)
    with _writing():
        for name, value in rows.items():
            sys.stdout.write(f"{name:<{width}}  {'none' if value is None else value}\n")


def table(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]], *, whole: int = 2
) -> None:
    """A table on stdout; the first columns stay whole, the others wrap where room is short."""
    from landfast.cli.drawn import draw_table

    with _writing():
        draw_table(title, header, rows, whole)


@contextmanager
def _writing() -> Iterator[None]:
    """Results must arrive: what stdout cannot take is an error. A reader that left is none.

    Raises:
        InputError: The disk behind stdout is full, or the like.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise input_error(error, Path("standard output")) from error

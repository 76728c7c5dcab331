"""What the terminal shows: bars and words on stderr, one result on stdout."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.table import Table

from landfast.media.files import input_error

Report = Callable[[str, int, int], None]


@contextmanager
def bars() -> Iterator[Report]:
    """Progress bars on stderr, one a stage; gone when the work is done."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Elapsed())
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total or None)
            progress.update(tasks[stage], completed=done, total=total or None)

        yield report


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON document on stdout."""
    narrow = not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    with _writing():
        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=narrow, allow_nan=False) + "\n")


def say(text: str) -> None:
    """Words for the person at the terminal, on stderr."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False)


def pairs(rows: Mapping[str, Any]) -> None:
    """Names and values on stdout, one a line, aligned."""
    width = max((len(name) for name in rows), default=0)
    with _writing():
        for name, value in rows.items():
            sys.stdout.write(f"{name:<{width}}  {'none' if value is None else value}\n")


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout; the first two columns stay whole, the others wrap where room is short."""
    grid = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for place, name in enumerate(header):
        grid.add_column(name, no_wrap=place < 2, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    with _writing():
        Console(highlight=False, markup=False).print(grid)


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

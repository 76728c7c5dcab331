"""What is drawn in the terminal with rich: bars and tables. `screen` loads it when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.table import Table

_STEPS = 200
"""A bar moves at most so often; each move takes as long as measuring a picture."""


@contextmanager
def drawn_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Progress bars on stderr, one a stage."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Elapsed())
    with Progress(*columns, console=console, transient=True, refresh_per_second=4) as progress:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total or None)
            if done == total or done % max(1, total // _STEPS) == 0:
                progress.update(tasks[stage], completed=done, total=total or None)

        yield report


def draw_table(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]], whole: int
) -> None:
    """A table on stdout; its first columns stay whole, the others wrap where room is short."""
    grid = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for place, name in enumerate(header):
        grid.add_column(name, no_wrap=place < whole, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    Console(highlight=False, markup=False).print(grid)

"""How far the work is, told to whoever watches."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with the stage, what is done and what there is in all (0 where that is unknown)."""


def silent(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


def stage(progress: Progress | None, name: str) -> Callable[[int, int], None]:
    """The same for one stage: called with what is done and what there is in all."""
    return lambda done, total: (progress or silent)(name, done, total)

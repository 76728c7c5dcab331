"""How many attempts each of several generators gets."""

from __future__ import annotations

from collections.abc import Sequence

from landfast.generators.base import Generator


def shares(attempts: int, makers: Sequence[Generator]) -> tuple[int, ...]:
    """Attempts of each generator: one for every later one, the rest for the first.

    A generator that gives the same bytes whatever the seed is asked once.
    """
    later = min(len(makers) - 1, attempts - 1)
    counts = [attempts - later] + [1] * later + [0] * (len(makers) - 1 - later)
    return tuple(
        min(1, count) if _fixed(maker) else count
        for maker, count in zip(makers, counts, strict=True)
    )


def _fixed(maker: Generator) -> bool:
    return maker.profile.deterministic and not maker.profile.seed

"""Cadence: frames that repeat the one before because film is shown at more frames a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from landfast.verify.checks.pace import runs
from landfast.verify.measure.links import Link

_SAME: Final = 0.2
_CODED: Final = 0.3
"""Of the upper quartile of all differences: by less neighbours are the same picture. Coded strongly
they differ by more, and the order that they come in has to tell."""
_MISSING: Final = 12
"""One repeat for so many links may be lacking: there the picture moves on, which is no stop."""
_FINENESS: Final = 8
"""Rates that are tried for one frame more or less over the whole length."""


@dataclass(frozen=True, slots=True, eq=False)
class Cadence:
    """How the frames of a stretch repeat."""

    share: float
    """Of the links, those that lead to the same picture again."""
    held: int
    """Most of them in a row; 1 where they do not come evenly."""
    even: bool
    """Whether they come as a conversion of the frame rate puts them, all the way."""
    again: np.ndarray
    """Which links lead to the same picture again; bool, none where they do not come evenly."""


def cadence(links: tuple[Link, ...]) -> Cadence:
    """How the frames that these links lead through repeat."""
    change = np.array([one.difference for one in links] or [np.inf])
    usual = np.percentile(change, 75)
    again = change < _CODED * usual
    if not again.any() or not _is_even(again):
        none = np.zeros(len(again), bool)
        return Cadence(float((change < _SAME * usual).mean()), 1, False, none)
    held = max(stop - start for start, stop in runs(again))
    return Cadence(float(again.mean()), held, True, again)


def _is_even(again: np.ndarray) -> bool:
    """Whether some rate and phase put every repeat where it is, and hardly any where none is:
    frame k shows picture floor(rate k + phase)."""
    count, lacking = len(again), len(again) // _MISSING
    fewest = int(again.sum()) - 1
    repeats = np.arange(fewest, fewest + lacking + 2, 1 / _FINENESS)
    phases = np.arange(0, 1, 1 / (2 * count))
    at = np.arange(count + 1)
    for rate in 1 - repeats / count:
        shown = np.floor(rate * at + phases[:, None])
        put = np.diff(shown) == 0
        if (~(again & ~put).any(axis=1) & ((put & ~again).sum(axis=1) <= lacking)).any():
            return True
    return False

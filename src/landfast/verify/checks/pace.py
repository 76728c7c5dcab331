"""Speeds and departures in common terms for what looks at motion."""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.measure.links import upper_quartile
from landfast.verify.measure.reel import WORKING_WIDTH
from landfast.verify.measure.study import Study

Part = tuple[Finding, float, np.ndarray]
"""A finding, its value over its limit, and the same frame by frame."""

_OF_NOISE: Final = 0.2
"""Share of a limit in pixels that is noise of measuring, the same at every size; the rest is what
a viewer sees, and goes with the picture's width."""


def pixels(study: Study, at_full_width: float) -> float:
    """A limit that is worded at 960 px wide, for a take of any working width."""
    share = study.take.reel.size[0] / WORKING_WIDTH
    return at_full_width * (_OF_NOISE + (1 - _OF_NOISE) * share)


def length(field: np.ndarray, trusted: np.ndarray) -> float:
    """Upper quartile of the length over trusted cells, over all where few are: far ground and sky
    hardly move, so a median would miss what the near ground does."""
    size = np.hypot(field[..., 0], field[..., 1])
    return upper_quartile(size[trusted] if trusted.sum() > 40 else size)


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Half-open runs of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]

"""Runs of frames in which evidence is high: hysteresis, closing of holes, least lengths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from landfast.model.arrays import Bool, Float64

Values = Float64[np.ndarray, " frame"]


def runs_of(mask: Bool[np.ndarray, " frame"]) -> list[range]:
    """Maximal runs of true frames."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [range(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def hysteresis(ratio: Values, low: float) -> list[range]:
    """Runs at or above `low` that reach 1 somewhere (Canny 1986, in one dimension).

    What was not measured (NaN) is no evidence and ends a run.
    """
    known = np.nan_to_num(ratio, nan=-np.inf)
    return [run for run in runs_of(known >= low) if known[run.start : run.stop].max() >= 1]


def closed(runs: Iterable[range], hole: int) -> list[range]:
    """The runs in order, those joined that have at most `hole` frames between them."""
    joined: list[range] = []
    for run in sorted(runs, key=lambda one: (one.start, one.stop)):
        if joined and run.start - joined[-1].stop <= hole:
            joined[-1] = range(joined[-1].start, max(joined[-1].stop, run.stop))
        else:
            joined.append(run)
    return joined


def spread(values: Values) -> tuple[float, float]:
    """Median and robust standard deviation (1.4826 MAD) of what was measured; 0, 0 for nothing."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 0.0
    middle = float(np.median(known))
    return middle, 1.4826 * float(np.median(np.abs(known - middle)))


def rolling_median(values: Values, half: int) -> Values:
    """Median over `half` frames on both sides, fewer at the ends; NaN where nothing is known."""
    padded = np.pad(values, half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    middle = np.full(len(values), np.nan)
    some = np.isfinite(windows).any(axis=1)
    middle[some] = np.nanmedian(windows[some], axis=1)
    return middle


def rolling_mean(values: Values, half: int) -> Values:
    """Mean of what is known over `half` frames on both sides; NaN where nothing is."""
    known = np.isfinite(values)
    total = _rolling_sum(np.where(known, values, 0.0), half)
    count = _rolling_sum(known.astype(np.float64), half)
    return np.where(count > 0.5, total / np.maximum(count, 1), np.nan)


def _rolling_sum(values: Values, half: int) -> Values:
    """Sum over `half` frames on both sides, fewer at the ends."""
    total = np.convolve(values, np.ones(2 * half + 1), mode="full")
    return np.asarray(total[half : half + len(values)])


def shares(runs: Sequence[range], covers: Sequence[range]) -> list[float]:
    """Share of each run that the other runs cover; these must not overlap each other."""
    return [
        sum(len(range(max(run.start, one.start), min(run.stop, one.stop))) for one in covers)
        / len(run)
        for run in runs
    ]

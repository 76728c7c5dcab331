"""The statistics of a study: intervals for shares, quantiles, and a split of variance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from landfast.model.arrays import Float64
from landfast.model.study import Estimate, Rate

_LEVEL = 0.05
"""Share of intervals that may miss the truth."""
_RESAMPLES = 2000
_FENCE = 3.0
"""Tukey's outer fence, in distances between the quartiles."""


def rate(hits: int, trials: int, *, level: float = _LEVEL) -> Rate:
    """A share with its Wilson interval (Wilson, JASA 22, 1927, eq. 6); 0 to 1 without trials.

    Args:
        hits: 0 to `trials`.
        trials: 0 or more.
        level: Share of intervals that may miss the truth; 95 % intervals where not given.
    """
    if trials == 0:
        return Rate(hits=0, trials=0, share=None, low=0.0, high=1.0)
    share = hits / trials
    z = NormalDist().inv_cdf(1 - level / 2)
    z2 = z * z / trials
    middle = (share + z2 / 2) / (1 + z2)
    half = z * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials)) / (1 + z2)
    return Rate(
        hits=hits,
        trials=trials,
        share=share,
        low=0.0 if hits == 0 else max(0.0, middle - half),
        high=1.0 if hits == trials else min(1.0, middle + half),
    )


def difference(before: Rate, after: Rate, *, level: float = _LEVEL) -> Estimate:
    """Change of a share with its interval (Newcombe, Statistics in Medicine 17, 1998, method 10).

    All None where one of the two has no trials.
    """
    before = rate(before.hits, before.trials, level=level)
    after = rate(after.hits, after.trials, level=level)
    if before.share is None or after.share is None:
        return Estimate(value=None)
    change = after.share - before.share
    down = math.hypot(after.share - after.low, before.high - before.share)
    up = math.hypot(after.high - after.share, before.share - before.low)
    return Estimate(value=change, low=change - down, high=change + up)


def spread_of(values: Sequence[float]) -> Estimate:
    """Median of measured values with the 95 % bootstrap interval of the median.

    The interval is None with fewer than three values, everything with none.
    """
    if not values:
        return Estimate(value=None)
    data = np.asarray(values, np.float64)
    middle = float(np.median(data))
    if len(data) < 3:
        return Estimate(value=middle)
    drawn = data[_draws(len(data))]
    low, high = np.quantile(np.median(drawn, axis=1), (0.025, 0.975))
    return Estimate(value=middle, low=float(low), high=float(high))


def median_change(
    before: Sequence[float], after: Sequence[float], *, level: float = _LEVEL
) -> Estimate:
    """Change of the median with its bootstrap interval; None with fewer than three values."""
    if not before or not after:
        return Estimate(value=None)
    first, second = np.asarray(before, np.float64), np.asarray(after, np.float64)
    change = float(np.median(second) - np.median(first))
    if min(len(first), len(second)) < 3:
        return Estimate(value=change)
    drawn = np.median(second[_draws(len(second), seed=2)], axis=1)
    drawn = drawn - np.median(first[_draws(len(first), seed=1)], axis=1)
    low, high = np.quantile(drawn, (level / 2, 1 - level / 2))
    return Estimate(value=change, low=float(low), high=float(high))


def outer_fence(values: Sequence[float]) -> float:
    """The value above which one stands out (Tukey, 1977); infinite with fewer than four values."""
    if len(values) < 4:
        return math.inf
    low, high = np.quantile(np.asarray(values, np.float64), (0.25, 0.75))
    return float(high + _FENCE * (high - low))


def variance_split(
    table: Float64[np.ndarray, "seed prompt"],
) -> tuple[Estimate, Estimate, Estimate]:
    """Shares of the variance that go with the seed, with the prompt, and with neither.

    Eta squared of a two-way layout with one value a cell; the rest holds interaction and noise
    together. Intervals by bootstrap over seeds, which are a sample of all seeds; the prompts are
    those that were asked for. All None with fewer than two seeds or prompts, or without variance.
    """
    nothing = Estimate(value=None)
    if min(table.shape) < 2 or not np.isfinite(table).all():
        return nothing, nothing, nothing
    shares = _shares(table[None])
    if shares is None:
        return nothing, nothing, nothing
    drawn = _shares(table[_draws(len(table))])
    assert drawn is not None
    low, high = np.nanquantile(drawn, (0.025, 0.975), axis=0)
    seed, prompt, rest = (
        Estimate(value=float(value), low=float(least), high=float(most))
        for value, least, most in zip(shares[0], low, high, strict=True)
    )
    return seed, prompt, rest


def _shares(
    tables: Float64[np.ndarray, "draw seed prompt"],
) -> Float64[np.ndarray, "draw 3"] | None:
    """Seed, prompt and rest as shares of the total sum of squares; NaN where nothing varies."""
    middle = tables.mean(axis=(1, 2), keepdims=True)
    total = ((tables - middle) ** 2).sum(axis=(1, 2))
    by_seed = ((tables.mean(axis=2) - middle[..., 0]) ** 2).sum(axis=1) * tables.shape[2]
    by_prompt = ((tables.mean(axis=1) - middle[:, 0]) ** 2).sum(axis=1) * tables.shape[1]
    scale = float(np.abs(tables).max()) ** 2
    if len(tables) == 1 and total[0] <= 1e-18 * max(scale, 1e-300):
        return None
    total = np.where(total > 1e-18 * max(scale, 1e-300), total, np.nan)
    parts = np.stack([by_seed, by_prompt], axis=1) / total[:, None]
    return np.column_stack([parts, np.clip(1 - parts.sum(axis=1), 0, 1)])


def _draws(size: int, *, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Indices of bootstrap samples, the same in every run."""
    return np.random.default_rng(seed).integers(0, size, (_RESAMPLES, size))

"""Logistic regression with signs that make sense, and how well stated chances are borne out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RIDGE = 1.0
"""Weight of the squared coefficients of standardised features."""
ROUNDS = 60
BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 1.0001)
"""Edges of the reliability table."""


@dataclass(frozen=True)
class Fitted:
    """Log-odds: `bias` plus weights, none of them positive, times features."""

    bias: float
    weights: dict[str, float]
    """Of the features that tell something; the others are left out."""
    low: dict[str, float]
    """Least value of each feature that was seen."""

    def chance(self, features: dict[str, float]) -> float:
        """As `landfast.vision.gap.chance` computes it."""
        odds = self.bias
        for name, weight in self.weights.items():
            odds += weight * max(features[name], self.low[name])
        return float(1 / (1 + np.exp(-np.clip(odds, -30, 30))))


def fit(rows: Sequence[dict[str, float]], passed: Sequence[bool]) -> Fitted:
    """Newton's method on the ridge-penalised likelihood.

    Every feature is one in which more is harder; one whose coefficient comes out positive is
    dropped, the worst first, and the rest fitted anew.
    """
    names = sorted(rows[0])
    while True:
        values = np.array([[row[name] for name in names] for row in rows])
        mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
        found = _newton((values - mean) / spread, np.array(passed, float))
        if not names or found[1:].max() <= 0:
            break
        names.pop(int(np.argmax(found[1:])))
    weights = found[1:] / spread
    return Fitted(
        bias=float(found[0] - weights @ mean),
        weights=dict(zip(names, weights.tolist(), strict=True)),
        low=dict(zip(names, values.min(axis=0).tolist(), strict=True)),
    )


def _newton(values: np.ndarray, passed: np.ndarray) -> np.ndarray:
    columns = np.column_stack([np.ones(len(values)), values])
    ridge = RIDGE * np.eye(columns.shape[1])
    ridge[0, 0] = 1e-6
    found = np.zeros(columns.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-columns @ found))
        curve = (columns * (chance * (1 - chance))[:, None]).T @ columns + ridge
        found = found + np.linalg.solve(curve, columns.T @ (passed - chance) - ridge @ found)
    return found


def wilson(successes: int, count: int) -> tuple[float, float]:
    """95 % interval of a rate (Wilson 1927)."""
    z = 1.959964
    if count == 0:
        return 0.0, 1.0
    rate, square = successes / count, z * z
    middle = (rate + square / (2 * count)) / (1 + square / count)
    half = z / (1 + square / count) * np.sqrt(rate * (1 - rate) / count + square / (4 * count**2))
    return float(middle - half), float(middle + half)


def reliability(stated: Sequence[float], passed: Sequence[bool]) -> list[str]:
    """Table of stated chances beside what came, with Brier score and calibration error."""
    chance, came = np.array(stated), np.array(passed, float)
    lines = ["stated chance    takes   mean stated   accepted   95 % interval"]
    error = 0.0
    for low, high in itertools.pairwise(BINS):
        part = (chance >= low) & (chance < high)
        if not part.any():
            continue
        count, good = int(part.sum()), int(came[part].sum())
        below, above = wilson(good, count)
        error += count / len(came) * abs(chance[part].mean() - good / count)
        lines.append(
            f"{low:.2f}-{min(high, 1):.2f} {count:>12} {chance[part].mean():>13.2f}"
            f" {good / count:>10.2f}   {below:.2f}-{above:.2f}"
        )
    brier, usual = float(((chance - came) ** 2).mean()), came.mean()
    lines.append(
        f"Brier {brier:.3f} (always stating the mean: {usual * (1 - usual):.3f}),"
        f" expected calibration error {error:.3f}, {len(came)} takes"
    )
    return lines

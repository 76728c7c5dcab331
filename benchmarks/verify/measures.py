"""A judged case, and how well scores separate faulty from clean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.verify.cases import Case
from landfast.model.verdict import Verdict


@dataclass(frozen=True)
class Judged:
    """A case (its pictures dropped), what the verifier said and what the peers said.

    seconds: processor time of the verdict, all threads; wall: by the clock. point: hottest place
    of the worst frame, as shares. width: of the take, px.
    """

    case: Case
    mode: str
    verdict: Verdict
    peers: dict[str, float]
    seconds: float
    frames: int
    point: tuple[float, float] | None = None
    wall: float = 0.0
    width: int = 0

    @property
    def score(self) -> float:
        """The verdict's score."""
        return self.verdict.score


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, 1927): it holds for few cases and for none found."""
    if not total:
        return 0.0, 1.0
    z2 = 1.96**2
    middle = (hits + z2 / 2) / (total + z2)
    half = math.sqrt(z2 * (hits * (total - hits) / total + z2 / 4)) / (total + z2)
    return max(0.0, middle - half), min(1.0, middle + half)


def auc(clean: Sequence[float], faulty: Sequence[float]) -> float:
    """Chance that a faulty take scores above a clean one; ties count half."""
    if not clean or not faulty:
        return float("nan")
    a, b = np.array(clean)[:, None], np.array(faulty)[None]
    return float(((b > a) + 0.5 * (a == b)).mean())


def interval(clean: Sequence[Judged], faulty: Sequence[Judged]) -> tuple[float, float]:
    """95 % of 400 bootstrap AUCs, drawn by stretch: takes of one stretch are not independent."""
    names = sorted({j.case.stretch.name for j in (*clean, *faulty)})
    rng = np.random.default_rng(0)
    values = []
    for _ in range(400):
        drawn = rng.choice(names, len(names))
        good, bad = (
            [j.score for n in drawn for j in group if j.case.stretch.name == n]
            for group in (clean, faulty)
        )
        values.append(auc(good, bad))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)

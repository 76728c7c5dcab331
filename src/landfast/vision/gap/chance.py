"""The chance that a bridge over a measured gap passes verification, from calibrated data.

A logistic regression on a few measurements of the gap. The coefficients stand in `chance.toml`
with their date and sources; `python -m benchmarks.gaps --fit` makes them anew.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from landfast.model.measured import Gap

FEATURES: Final[Mapping[str, Callable[[Gap, float], float | None]]] = {
    "length": lambda gap, _: None if gap.frames is None else math.log2(gap.frames),
    "turn": lambda gap, width: _octaves(gap.turn_px, width),
    "unsteady": lambda gap, width: _octaves(gap.unsteady_px, width),
    "unmatched": lambda gap, _: None if gap.overlap is None else 1 - gap.overlap,
}
"""What the chance depends on: log2 of the length in frames, log2(1 + thousandths of the width)
of the motions, share of the picture without matched structure. In each, more is harder.

Motion between the anchors, parallax, hidden share, churn, light and semantic distance were tried
as well; given these four they told nothing more on clips that were not fitted on."""


def _octaves(length: float | None, width: float) -> float | None:
    return None if length is None else math.log2(1 + 1000 * length / width)


@dataclass(frozen=True, slots=True)
class Term:
    """One measurement's part: `weight` per unit, not positive; `low` is the least value seen."""

    weight: float
    low: float

    def of(self, value: float) -> float:
        """Its part of the log-odds. A gap easier than any that was seen gains nothing by it; a
        harder one goes on losing."""
        return self.weight * max(value, self.low)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Log-odds of acceptance: `bias` and a term for each measurement that tells something."""

    bias: float
    terms: Mapping[str, Term]
    takes: int
    """Takes that it was fitted on."""
    fitted_on: str
    """The day, ISO 8601."""
    sources: tuple[str, ...]

    def chance(self, gap: Gap, width: float) -> float | None:
        """Between 0 and 1; None where a measurement that it needs is missing."""
        odds = self.bias
        for name, term in self.terms.items():
            value = FEATURES[name](gap, width)
            if value is None:
                return None
            odds += term.of(value)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


@cache
def calibration() -> Calibration:
    """The calibration that ships with landfast."""
    text = (resources.files("landfast.vision.gap") / "chance.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return Calibration(
        bias=float(data["bias"]),
        terms={
            name: Term(float(term["weight"]), float(term["low"]))
            for name, term in data["terms"].items()
        },
        takes=int(data["takes"]),
        fitted_on=str(data["fitted_on"]),
        sources=tuple(data["sources"]),
    )


def chance_of(gap: Gap, *, width: float) -> float | None:
    """Chance that `geometry` bridges a gap and the take passes; None where not measurable.

    Args:
        gap: Measured; `frames` must be known.
        width: Of the source, pixels.
    """
    return calibration().chance(gap, width)

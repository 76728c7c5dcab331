"""From a measured value and its limit to a finding and a score."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import numpy as np

from landfast.model.arrays import Float32
from landfast.model.verdict import Check, Finding, State

Box = tuple[float, float, float, float]
_QUIET: Final = 0.6
"""Share of the limit that nine sound takes of ten stay below, in whichever check they come nearest
to it: up to there a value is no evidence of a fault."""
_STEEPNESS: Final = 3.0
"""Exponent of what lies above: 0.11 at 0.8 of the limit, 0.5 at the limit, 0.89 at 1.4 times it.
How often a score is right stands in docs/verify.md."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check has to say about a take."""

    findings: tuple[Finding, ...]
    excess: tuple[float, ...] = ()
    """Value over limit of every finding that was measured, same order; the score comes of it."""
    frames: Float32[np.ndarray, " frames"] | None = None
    """Value over limit of every frame, where the check can tell frames apart."""
    heat: tuple[np.ndarray, ...] = field(default=())
    """Value over limit per block and frame, where the check has a map."""
    coverage: float | None = None
    """Share of the picture that could be verified, where the check knows."""
    expected: bool = False
    """Whether the anchors show what this check looks at: being unknown is then no excuse."""


def score(excess: float) -> float:
    """Evidence between 0 and 1 of a value that is `excess` times its limit."""
    powered = (max(excess - _QUIET, 0.0) / (1 - _QUIET)) ** _STEEPNESS
    return powered / (1 + powered) if np.isfinite(powered) else 1.0


def measured(
    check: Check,
    value: float,
    limit: float,
    unit: str,
    *,
    good: str,
    bad: str,
    part: str = "",
    span: tuple[float, float] | None = None,
    region: Box | None = None,
) -> Finding:
    """A finding whose state follows from value and limit; where and when only for a fault."""
    failed = value > limit
    state: State = "fail" if failed else "pass"
    return Finding(
        check=check,
        part=part,
        state=state,
        value=tidy(value),
        limit=tidy(limit),
        unit=unit,
        span=span if failed else None,
        region=region if failed else None,
        reason=bad if failed else good,
    )


def unmeasured(check: Check, unit: str, reason: str, *, part: str = "") -> Finding:
    """A finding that could not be measured: never a pass."""
    return Finding(
        check=check, part=part, state="unknown", value=None, limit=None, unit=unit, reason=reason
    )


def broken(check: Check, reason: str) -> Finding:
    """A finding that fails without a measurement: the take is not what was asked for."""
    return Finding(check=check, state="fail", value=None, limit=None, unit="", reason=reason)


def tidy(value: float) -> float:
    """Three significant digits and four decimals, so that the last bit of a sum cannot show."""
    return round(float(f"{value:.3g}"), 4)


def seconds(first: int, stop: int, fps: Fraction) -> tuple[float, float]:
    """Half-open span of frames in seconds."""
    return round(float(first / fps), 4), round(float(stop / fps), 4)


def seconds_over(ratio: np.ndarray, fps: Fraction) -> tuple[float, float] | None:
    """From the first frame over its limit to the last, in seconds; None where there is none."""
    over = np.flatnonzero(ratio > 1)
    return seconds(int(over[0]), int(over[-1]) + 1, fps) if len(over) else None


def shares(left: float, top: float, width: float, height: float) -> Box:
    """A box as shares of the frame, clipped and rounded."""
    x0, y0 = min(max(left, 0.0), 1.0), min(max(top, 0.0), 1.0)
    x1, y1 = min(max(left + width, 0.0), 1.0), min(max(top + height, 0.0), 1.0)
    return round(x0, 3), round(y0, 3), round(x1 - x0, 3), round(y1 - y0, 3)

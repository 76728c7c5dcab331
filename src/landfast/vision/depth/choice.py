"""Measured or learned: learned depth brought to the scale of the measured one, and the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, NamedTuple

import numpy as np

from landfast.errors import InputError
from landfast.model.arrays import Float32
from landfast.vision.depth.span import DepthSpan
from landfast.vision.statistics.robust import geman_mcclure

Mode = Literal["measured", "learned", "auto"]
Plane = Float32[np.ndarray, "height width"]

_ROUNDS: Final = 12
_LEAST_SHARE: Final = 0.02
"""Share of the pixels that must be measured before learned depth is brought to their scale."""
_STRIDE: Final = 3
_LEARNED_CONFIDENCE: Final = 0.3
"""Of learned depth that was aligned; a third of what a measurement can have."""
_GUESSED_CONFIDENCE: Final = 0.1
_FITS: Final = 0.35
"""Median relative residual up to which learned and measured depth are of one scene."""


class Alignment(NamedTuple):
    """`measured = scale * learned + shift`, in inverse depth, over a whole span."""

    scale: float
    shift: float
    residual: float
    """Median distance over the median inverse depth."""


def align(
    learned: Sequence[Plane], measured: Sequence[Plane], confidence: Sequence[Plane]
) -> Alignment | None:
    """Scale and shift that take learned to measured inverse depth, one pair over the span.

    Robust least squares (MiDaS, Ranftl et al. 2020, with Geman-McClure weights), weighted by the
    measurement's confidence. One pair for all frames, so that the result does not pulse more than
    the network does.

    Returns:
        None where too little is measured, or where the two run against each other.
    """
    parts = [_paired(*trio) for trio in zip(learned, measured, confidence, strict=True)]
    x, y, w = (np.concatenate([part[k] for part in parts]) for k in range(3))
    total = sum(plane[::_STRIDE, ::_STRIDE].size for plane in measured)
    if len(x) < max(16, _LEAST_SHARE * total) or float(np.ptp(x)) <= 0:
        return None
    weight, scale, shift = w, 0.0, 0.0
    for _ in range(_ROUNDS):
        sums = weight.sum()
        mx, my = (weight * x).sum() / sums, (weight * y).sum() / sums
        spread = (weight * (x - mx) ** 2).sum()
        scale = float((weight * (x - mx) * (y - my)).sum() / max(spread, 1e-12))
        shift = float(my - scale * mx)
        away = np.abs(scale * x + shift - y)
        weight = geman_mcclure(away, max(2 * float(np.median(away)), 1e-9), w)
    residual = float(np.median(away)) / max(float(np.median(np.abs(y))), 1e-9)
    return Alignment(scale, shift, residual) if scale > 0 else None


def _paired(learned: Plane, measured: Plane, confidence: Plane) -> tuple[np.ndarray, ...]:
    thin = np.s_[::_STRIDE, ::_STRIDE]
    a, b, c = (plane[thin].astype(np.float64) for plane in (learned, measured, confidence))
    known = np.isfinite(a) & np.isfinite(b) & (c > 0)
    return a[known], b[known], c[known]


def choose(span: DepthSpan, learned: Sequence[Plane] | None, mode: Mode) -> DepthSpan:
    """The depth that a mode asks for.

    "measured" is the span as it is. "learned" is the network's depth in the scale of the measured
    one where they can be aligned, else in its own (median about 1). "auto" keeps what is measured
    and lets aligned learned depth fill what is not; where nothing is measured it stays so.

    Args:
        learned: Relative inverse depth a frame; None where no model was given.

    Raises:
        InputError: The mode needs a model and none was given, or frames are missing.
    """
    if mode == "measured" or (mode == "auto" and learned is None):
        return span
    if learned is None or len(learned) != len(span.times):
        raise InputError("learned depth needs a model", subject="depth", remedy="give an ONNX file")
    fit = align(learned, span.inverse, span.confidence) if span.state == "measured" else None
    if mode == "auto":
        return span if fit is None or fit.residual > _FITS else _filled(span, learned, fit)
    return _guessed(span, learned) if fit is None else _aligned(span, learned, fit)


def _aligned(span: DepthSpan, learned: Sequence[Plane], fit: Alignment) -> DepthSpan:
    planes = _scaled(learned, fit)
    sure = tuple(np.full_like(plane, _LEARNED_CONFIDENCE) for plane in planes)
    reason = f"learned depth in the measured scale, {fit.residual:.0%} apart; {span.reason}"
    return replace(span, inverse=planes, confidence=sure, reason=reason, far=())


def _filled(span: DepthSpan, learned: Sequence[Plane], fit: Alignment) -> DepthSpan:
    planes = _scaled(learned, fit)
    holes = [np.isnan(plane) for plane in span.inverse]
    inverse = tuple(
        np.where(hole, guess, plane)
        for hole, guess, plane in zip(holes, planes, span.inverse, strict=True)
    )
    sure = tuple(
        np.where(hole, np.float32(_LEARNED_CONFIDENCE), plane)
        for hole, plane in zip(holes, span.confidence, strict=True)
    )
    share = float(np.mean([hole.mean() for hole in holes]))
    reason = f"{span.reason}; learned depth fills {share:.0%}, {fit.residual:.0%} apart"
    return replace(span, inverse=inverse, confidence=sure, reason=reason)


def _guessed(span: DepthSpan, learned: Sequence[Plane]) -> DepthSpan:
    """Learned depth alone: one scale over the span, its shift unknown. The state stays."""
    low = min(float(np.percentile(plane, 0.5)) for plane in learned)
    middle = max(float(np.median([np.median(plane) for plane in learned])) - low, 1e-9)
    planes = _scaled(learned, Alignment(1 / middle, -low / middle, 0.0))
    sure = tuple(np.full_like(plane, _GUESSED_CONFIDENCE) for plane in planes)
    reason = f"learned depth alone, its scale and shift unknown; {span.reason}"
    return replace(span, inverse=planes, confidence=sure, reason=reason, unit="relative", far=())


def _scaled(learned: Sequence[Plane], fit: Alignment) -> tuple[Plane, ...]:
    scale, shift = np.float32(fit.scale), np.float32(fit.shift)
    return tuple(np.maximum(scale * plane + shift, np.float32(0)) for plane in learned)

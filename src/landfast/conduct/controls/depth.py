"""Depth of a span for control videos: measured, learned or both; or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from jaxtyping import Float32

from landfast.conduct.controls.reel import Reel
from landfast.errors import Unsupported
from landfast.generators.controls.depth import Polarity, normalisation
from landfast.model.camera import CameraPath
from landfast.model.controls import Normalisation, Origin
from landfast.model.time import Span
from landfast.vision.depth import DepthSpan, measure_depth

How = Literal["measured", "learned", "auto"]
Inverse = Float32[np.ndarray, "height width"]

_LEAST_KNOWN: Final = 0.25
"""Share of a span's pixels that must be known: less would be mostly filling."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What could not be measured, and why."""

    reason: str


@dataclass(frozen=True)
class FoundDepth:
    """Inverse depth of every shown frame, one scale and one normalisation."""

    inverse: tuple[Inverse, ...]
    levels: Normalisation
    unit: str
    unknown_share: float
    origin: Origin
    reason: str
    confidence: tuple[Inverse, ...]
    cameras: CameraPath | None


def find_depth(
    reel: Reel, polarity: Polarity, *, how: How = "auto", model: Path | None = None
) -> FoundDepth | Unknown:
    """Depth from the motion of the footage itself.

    Raises:
        Unsupported: Depth from a network was asked for.
    """
    if how == "learned" or model is not None:
        raise Unsupported(
            "cannot be had from a network yet",
            subject="--depth-model" if model is not None else "--depth learned",
            remedy="leave it out: depth is then measured from the motion of the footage",
        )
    return settled(measure_depth(reel.measured, reel.times), reel, polarity)


def settled(span: DepthSpan, reel: Reel, polarity: Polarity) -> FoundDepth | Unknown:
    """Measured depth as control videos want it; unknown where too little of it is known."""
    if span.state != "measured":
        return Unknown(span.reason)
    unknown = unknown_share(span.inverse)
    if 1 - unknown < _LEAST_KNOWN:
        return Unknown(
            f"depth could be measured in {1 - unknown:.0%} of the picture only, "
            f"at least {_LEAST_KNOWN:.0%} are needed"
        )
    levels = normalisation(span.inverse, polarity=polarity, unit=span.unit)
    if levels is None:
        return Unknown("everything in the picture is equally far")
    whole = Span(start=reel.times[0], stop=reel.clip.time_of(reel.shown[-1] + 1))
    return FoundDepth(
        inverse=span.inverse,
        levels=levels,
        unit=span.unit,
        unknown_share=unknown,
        origin="measured",
        reason=span.reason,
        confidence=span.confidence,
        cameras=span.camera_path(reel.clip.content, whole),
    )


def unknown_share(inverse: Sequence[Inverse]) -> float:
    """Share of all pixels of a span whose depth is not known."""
    return round(float(np.mean([np.isnan(each).mean() for each in inverse])), 6)

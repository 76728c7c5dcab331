"""Depth of a span for control videos: measured, learned or both; or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from landfast.conduct.controls.reel import Reel
from landfast.errors import InputError
from landfast.generators.controls.depth import Polarity, normalisation
from landfast.media.telemetry.read import read_telemetry
from landfast.model.arrays import Bool, Float32
from landfast.model.camera import CameraPath, Focal, Lens
from landfast.model.controls import Normalisation, Origin
from landfast.model.telemetry import Telemetry
from landfast.model.time import Span
from landfast.vision.depth import DepthSpan, Engine, measure_depth
from landfast.vision.depth.choice import choose
from landfast.vision.depth.learned import LearnedDepth
from landfast.vision.depth.metric import in_metres

How = Literal["measured", "learned", "auto"]
Inverse = Float32[np.ndarray, "height width"]
Mask = Bool[np.ndarray, "height width"]

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
    far: tuple[Mask, ...]
    """Where inverse depth is known, but not how far; may be empty."""
    cameras: CameraPath | None

    def told(self, place: int) -> Inverse:
        """Inverse depth of a frame where its reciprocal is known as well, NaN elsewhere."""
        if not self.far:
            return self.inverse[place]
        return np.where(self.far[place], np.float32(np.nan), self.inverse[place])


def find_depth(
    reel: Reel,
    polarity: Polarity,
    *,
    how: How = "auto",
    model: str = "",
    focal: Focal | None = None,
    engine: Engine = "measured",
) -> FoundDepth | Unknown:
    """Depth from the motion of the footage itself, from a network, or from both.

    What the camera recorded beside the picture helps: its focal length is where the measurement
    starts from, and positions that fit the measured path turn its unit into metres.

    Args:
        how: `measured` or `learned` alone, or `auto`: what is measured, and where a model is
            given its depth, brought to the measured scale, in what is not.
        model: An ONNX file, or a pinned model on the hub.
        focal: Where it is known.
        engine: Who finds the cameras: landfast, or COLMAP (`sfm`).

    Raises:
        InputError: The model cannot be used, or `learned` was asked for without one.
        Unsupported: The extra for networks, or for COLMAP, is not installed.
    """
    if how == "learned" and not model:
        raise InputError(
            "needs a depth network", subject="--depth learned", remedy="add --depth-model FILE"
        )
    network = LearnedDepth(model) if model and how != "measured" else None
    telemetry = read_telemetry(reel.path, reel.clip)
    lens = _recorded_lens(reel, telemetry) if focal is None else reel.lens(focal)
    span = measure_depth(reel.measured, reel.times, lens=lens, engine=engine)
    span = in_metres(span, telemetry)
    planes = None if network is None else [network(image) for image in reel.measured]
    chosen = choose(span, planes, how)
    if how == "learned":
        return settled(chosen, reel, polarity, origin="learned")
    filled = unknown_share(chosen.inverse) < unknown_share(span.inverse)
    return settled(chosen, reel, polarity, origin="measured and learned" if filled else "measured")


def _recorded_lens(reel: Reel, telemetry: Telemetry | None) -> Lens | None:
    """The lens that the camera says it has, where it says one all through the span.

    It is assumed, not given: cropped and stabilised pictures come with the same number.
    """
    if telemetry is None:
        return None
    until = [setting for setting in telemetry.exposures if setting.time <= reel.times[-1]]
    before = [k for k, setting in enumerate(until) if setting.time <= reel.times[0]]
    lengths = {setting.focal_mm for setting in until[max(before, default=0) :]}
    length = lengths.pop() if len(lengths) == 1 else None
    if length is None:
        return None
    told = reel.lens(Focal(value=length, unit="mm35"))
    return told.model_copy(update={"source": "assumed"})


def settled(
    span: DepthSpan, reel: Reel, polarity: Polarity, *, origin: Origin
) -> FoundDepth | Unknown:
    """Depth as control videos want it; unknown where none or too little of it is known.

    Learned depth of a span without parallax stands alone: its unit is `relative`.
    """
    if span.state != "measured" and origin != "learned":
        return Unknown(span.reason)
    unit = span.unit if span.state == "measured" else "relative"
    unknown = unknown_share(span.inverse)
    if 1 - unknown < _LEAST_KNOWN:
        return Unknown(
            f"depth could be measured in {1 - unknown:.0%} of the picture only, "
            f"at least {_LEAST_KNOWN:.0%} are needed"
        )
    levels = normalisation(span.inverse, polarity=polarity, unit=unit)
    if levels is None:
        return Unknown("everything in the picture is equally far")
    whole = Span(start=reel.times[0], stop=reel.clip.time_of(reel.shown[-1] + 1))
    return FoundDepth(
        inverse=span.inverse,
        levels=levels,
        unit=unit,
        unknown_share=unknown,
        origin=origin,
        reason=span.reason,
        confidence=span.confidence,
        far=span.far,
        cameras=span.camera_path(reel.clip.content, whole),
    )


def unknown_share(inverse: Sequence[Inverse]) -> float:
    """Share of all pixels of a span whose depth is not known."""
    return round(float(np.mean([np.isnan(each).mean() for each in inverse])), 6)

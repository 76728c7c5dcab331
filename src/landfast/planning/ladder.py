"""The ladder of a segment: the footage itself, retiming, geometry, then the models named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from landfast.errors import Unsupported
from landfast.model.clip import Clip
from landfast.model.measured import Fault, Unusable
from landfast.model.plan import Generate, Retime, Rung
from landfast.model.profile import Profile
from landfast.planning.request import request

KEEP: Final = "keep"
RETIME: Final = "retime"
GEOMETRY: Final = "geometry"
Chosen = Literal["replace", "may keep"]
"""What becomes of spans that the user chose: always replaced, or kept where they pass."""

CLEAR: Final = 0.75
"""Confidence from which a fault is plain: its evidence is twice the limit."""
_PLAIN: Final[frozenset[Fault]] = frozenset({"frozen", "occluded", "shaken"})
"""Faults that are in the real frames however weak their evidence: no check of a take would tell
a shaken camera from a moved one."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model at the top of the ladder, and how many takes of it a gap is worth."""

    profile: Profile
    takes: int


def ladder(
    segment: Generate,
    *,
    clip: Clip,
    detected: Sequence[Unusable],
    chosen: Chosen,
    retime: Retime | None,
    retime_reason: str,
    geometry: Profile,
    models: Sequence[Model],
) -> tuple[Rung, ...]:
    """The rungs of one segment, lowest and cheapest first.

    Args:
        segment: To be filled.
        clip: The footage.
        detected: Faults measured anywhere in the clip.
        chosen: Whether a span that the user chose may be kept.
        retime: How real frames beside it can cover it; None where they cannot.
        retime_reason: Why, or why not.
        geometry: The generator that needs no model.
        models: The models that may be paid for what is left.
    """
    return (
        _keep(segment, detected, chosen),
        Rung(
            generator=RETIME,
            state="try" if retime else "skip",
            reason=retime_reason,
            takes=1 if retime else 0,
            retime=retime,
        ),
        Rung(
            generator=geometry.name,
            state="try",
            reason="both anchors' pixels are carried along the camera's path",
        ),
        *(_model(segment, clip, one) for one in models),
    )


def _keep(segment: Generate, detected: Sequence[Unusable], chosen: Chosen) -> Rung:
    reason = _plainly(segment, detected, chosen)
    if reason:
        return Rung(generator=KEEP, state="skip", reason=reason, takes=0)
    faults = ", ".join(dict.fromkeys(fault.fault for fault in _faults(segment, detected)))
    words = f"barely {faults}" if faults else "no fault was measured in it"
    return Rung(generator=KEEP, state="try", reason=f"{words}: the real frames are judged")


def _plainly(segment: Generate, detected: Sequence[Unusable], chosen: Chosen) -> str:
    """Why the real frames are not even looked at; empty where they may do."""
    if chosen == "replace" and any(fault.fault == "chosen" for fault in segment.replaces):
        return "the user chose to replace it"
    for fault in _faults(segment, detected):
        if fault.fault in _PLAIN:
            return f"it is {fault.fault}: {fault.reason}"
        if fault.confidence >= CLEAR:
            sure = f"confidence {fault.confidence:.2f}"
            return f"it is clearly {fault.fault} ({sure}): {fault.reason}"
    return ""


def _faults(segment: Generate, detected: Sequence[Unusable]) -> tuple[Unusable, ...]:
    """What was measured in the frames to be replaced."""
    return tuple(
        fault
        for fault in detected
        if any(fault.span.overlaps(replaced.span) for replaced in segment.replaces)
    )


def _model(segment: Generate, clip: Clip, model: Model) -> Rung:
    name = model.profile.name
    try:
        asked = request(segment, clip=clip, profile=model.profile)
    except Unsupported as error:
        return Rung(generator=name, state="skip", reason=str(error), takes=0)
    price = model.profile.price_of(asked.frames, asked.fps)
    reason = "asked only for what the rungs below cannot fill"
    return Rung(
        generator=name,
        state="try",
        reason=reason,
        takes=model.takes,
        most_usd=Fraction(model.takes) * price,
    )

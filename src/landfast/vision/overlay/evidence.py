"""Which motion of the scene an overlay follows: plane, ground under it, turn, far layer.

First the footage alone says what there is: one plane, parallax, a camera that only turns. Then
the overlay says what it hangs on. Its shape tells how: one that lies on the ground is sheared and
foreshortened with it, one that faces the camera only grows, a label keeps its size; swim changes
none of that. Where two layers are left, it is the one against which the overlay moves least, and
the likelier one where they hardly differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.overlay.drawing.own import OverlayFrame
from landfast.vision.overlay.scene.backings import Backing, Model
from landfast.vision.overlay.scene.hanging import Hanging
from landfast.vision.overlay.scene.near import Box
from landfast.vision.overlay.scene.ways import Way
from landfast.vision.overlay.stand import stand
from landfast.vision.overlay.swim import Drift, Swim, drift_of, swim_on

Hold = Literal["lying", "facing", "label"]

_FEWEST = 6
_ALL_DEPTH = 0.95
"""Share of a drift above which it is taken for another depth."""
_BETTER = 0.85
_DIFFER_PX = 0.25
_SHAPE_FACTOR, _SHAPE_PX, _SIZE_PX = 0.6, 0.06, 0.6
"""How much better, and by how much at 1920 wide, another shape must fit the overlay's points."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """One way in which the overlay may hang on the scene."""

    backing: Backing
    hold: Hold
    swim: Swim
    drift: float
    """Root mean square, source pixels."""
    loose_px: float = 0.0
    """See `Stand`."""

    @property
    def model(self) -> Model:
        """What it hangs on."""
        return self.backing.model

    @property
    def name(self) -> str:
        """In words."""
        return self.model if self.hold == "lying" else f"{self.model}, {self.hold}"


@dataclass(frozen=True, slots=True)
class Choice:
    """The model chosen, and what spoke for it."""

    model: Model | None
    """None where nothing could be measured."""
    hold: Hold
    swim: Swim | None
    scene_px: float
    """Standard error of the scene's place at the overlay, source pixels, median over frames."""
    scene_seen: float
    """Share of frames in which the scene was measured."""
    overlay_seen: float
    """Share of the frames that show the overlay in which it could be followed."""
    drifts: dict[str, float]
    """Root mean square drift against each model that was weighed, source pixels."""
    reason: str
    loose_px: float = 0.0
    """Drift that may as well be another place to stand on, or another surface to lie on."""
    ground: tuple[Way | None, ...] = ()
    """The surface that was chosen; what stands does so on it."""

    @property
    def is_far(self) -> bool:
        """Whether it hangs on what is known from horizon and haze rather than from texture."""
        return self.model in ("far layer", "rotation with horizon")


def choose(
    backings: Sequence[Backing],
    reason: str,
    overlay: Sequence[OverlayFrame | None],
    boxes: Sequence[Box | None],
    *,
    hanging: Hanging | None,
    width: int,
    hold: Hold | None,
    at: tuple[float, float] | None = None,
) -> Choice:
    """Weigh what the overlay may hang on by its own motion.

    Args:
        backings: What the scene has, the likeliest first.
        reason: Why these.
        overlay: The overlay's points.
        boxes: Where the overlay lies.
        hanging: Points and depths for a label to hang on, where parallax tells them.
        width: Of the footage, pixels.
        hold: How the overlay hangs on the scene, where the user says so.
        at: The point on which it stands, first frame, source pixels, where the user says so.
    """
    shown = sum(box is not None for box in boxes)
    followed = sum(frame is not None for frame in overlay) / max(1, shown)
    weighed: list[Weighed] = []
    if hold in (None, "lying"):
        weighed += [one for one in (_lying(b, overlay, boxes) for b in backings) if one is not None]
    planes = [backing for backing in backings if backing.model not in ("mesh", "far layer")]
    weighed += _standing(planes, hanging, overlay, boxes, hold, at)
    if not weighed:
        most = max((backing.seen for backing in backings), default=0.0)
        return Choice(None, "lying", None, float("inf"), most, followed, {}, reason)
    best = _fitting(weighed, width)
    loose = best.loose_px
    if best.hold == "lying" and hanging is not None and len(planes) > 1:
        loose = _other_depth(best, hanging, is_near=True)
    elif best.hold != "lying" and hanging is not None and at is None:
        loose = max(loose, _other_depth(best, hanging, is_near=False))
    return Choice(
        best.model,
        best.hold,
        best.swim,
        best.backing.error_px,
        best.backing.seen,
        followed,
        _drifts(weighed),
        _words(weighed, best, reason),
        loose,
        best.backing.ways,
    )


def _lying(
    backing: Backing, overlay: Sequence[OverlayFrame | None], boxes: Sequence[Box | None]
) -> Weighed | None:
    swim = swim_on(backing.ways, overlay, boxes)
    return None if swim is None else Weighed(backing, "lying", swim, drift_of(swim).rms_px)


def _standing(
    planes: Sequence[Backing],
    hanging: Hanging | None,
    overlay: Sequence[OverlayFrame | None],
    boxes: Sequence[Box | None],
    hold: Hold | None,
    at: tuple[float, float] | None,
) -> list[Weighed]:
    """Facing the camera, and as a label of fixed size, each on its likeliest place."""
    own = swim_on([np.eye(3)] * len(boxes), overlay, boxes)
    if own is None:
        return []
    result = []
    kinds: tuple[Literal["facing", "label"], ...] = ("facing", "label")
    for kind in kinds:
        if hold not in (None, kind):
            continue
        stood = stand(own, planes, hanging, hold=kind, at=at)
        swim = None if stood is None else swim_on(stood.ways, overlay, boxes)
        if stood is not None and swim is not None:
            result.append(Weighed(stood.backing, kind, swim, drift_of(swim).rms_px, stood.loose_px))
    return result


def _other_depth(best: Weighed, hanging: Hanging, *, is_near: bool) -> float:
    """Drift that is nothing but what another depth would give, px; one of those near the overlay,
    or any: what stands may do so in free air."""
    swim = best.swim
    off = drift_of(swim).by[:, -1]
    off = np.where(swim.seen[:, None], off, np.nan)
    share = hanging.explained(swim.centre, off, is_near=is_near)
    if not is_near:  # where the scene is flat its parallax is not known, but it is even
        share = max(share, _even(off))
    return best.drift if share > _ALL_DEPTH else 0.0


def _even(off: Float64[np.ndarray, "frame 2"]) -> float:
    """Share of a drift that a parabola over time gives, as a camera that flies on would."""
    known = np.isfinite(off[:, 0])
    if known.sum() < _FEWEST:
        return 0.0
    basis = np.vander(np.flatnonzero(known) / len(off), 3)
    drift = off[known] - off[known].mean(axis=0)
    weights, *_ = np.linalg.lstsq(basis, drift, rcond=None)
    left = float(np.square(drift - basis @ weights).sum())
    return 1 - left / max(float(np.square(drift).sum()), 1e-12)


def _fitting(held: Sequence[Weighed], width: int) -> Weighed:
    """The one that fits outline, then size and turn, then drift; the first where they agree."""
    best = held[0]
    for other in held[1:]:
        if _is_likelier(other, best, width / 1920):
            best = other
    return best


def _is_likelier(other: Weighed, best: Weighed, scale: float) -> bool:
    for measure, least in ((_outline, _SHAPE_PX * scale), (_size, _SIZE_PX * scale)):
        here, there = measure(other.swim), measure(best.swim)
        if min(here, there) < _SHAPE_FACTOR * max(here, there) and abs(here - there) > least:
            return here < there
    return other.drift < _BETTER * best.drift and best.drift - other.drift > _DIFFER_PX


def _outline(swim: Swim) -> float:
    """How ill the overlay's outline fits, px: swim shears and foreshortens nothing."""
    return swim.misfit_px


def _size(swim: Swim) -> float:
    """How far size and turn depart from the scene's, wherever the overlay lies, px."""
    off = drift_of(swim).by
    return Drift(off - off[:, -1:], swim.seen).rms_px


def _drifts(weighed: Sequence[Weighed]) -> dict[str, float]:
    """By name; a surface of the same name counts on."""
    result: dict[str, float] = {}
    for one in weighed:
        again = sum(name.startswith(one.name) for name in result)
        result[one.name if not again else f"{one.name} {again + 1}"] = one.drift
    return result


def _words(weighed: Sequence[Weighed], best: Weighed, reason: str) -> str:
    if len(weighed) == 1:
        return reason
    rest = ", ".join(f"{one.name} {one.drift:.2f}" for one in weighed)
    return f"{reason}; drift in px against each layer: {rest}; chosen: {best.name}"

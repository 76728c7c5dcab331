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

from landfast.vision.overlay.backings import Backing, Model
from landfast.vision.overlay.near import Box
from landfast.vision.overlay.own import OverlayFrame
from landfast.vision.overlay.stand import stand
from landfast.vision.overlay.swim import Swim, drift_of, facing, pinned, swim_on
from landfast.vision.overlay.ways import Way

Hold = Literal["lying", "facing", "label"]

_BETTER = 0.85
_DIFFER_PX = 0.25
_SHAPE_FACTOR, _SHAPE_PX = 0.6, 0.06
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
    """Drift that may as well be another place to stand on; 0 for what lies on the scene."""

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
        width: Of the footage, pixels.
        hold: How the overlay hangs on the scene, where the user says so.
        at: The point on which it stands, first frame, source pixels, where the user says so.
    """
    shown = sum(box is not None for box in boxes)
    followed = sum(frame is not None for frame in overlay) / max(1, shown)
    weighed: list[Weighed] = []
    for backing in backings:
        held = _holds(backing, overlay, boxes, hold)
        if held:
            best = _fitting(held, width)
            weighed.append(standing(best, backing.ways, overlay, boxes, at))
    if not weighed:
        most = max((backing.seen for backing in backings), default=0.0)
        return Choice(None, "lying", None, float("inf"), most, followed, {}, reason)
    best = _fitting(weighed, width)
    return Choice(
        best.model,
        best.hold,
        best.swim,
        best.backing.error_px,
        best.backing.seen,
        followed,
        _drifts(weighed),
        _words(weighed, best, reason),
        best.loose_px,
    )


def _holds(
    backing: Backing,
    overlay: Sequence[OverlayFrame | None],
    boxes: Sequence[Box | None],
    hold: Hold | None,
) -> list[Weighed]:
    """The ways to hang on one layer: lying on it, facing the camera, a label of fixed size."""
    maps = backing.ways
    lying = swim_on(maps, overlay, boxes)
    if lying is None:
        return []
    if backing.model == "mesh":
        # What stands does so at one depth, which the planes beside it have as well.
        alone = Weighed(backing, "lying", lying, drift_of(lying))
        return [alone] if hold in (None, "lying") else []
    ways: list[tuple[Hold, Sequence[Way | None]]] = [
        ("lying", maps),
        ("facing", facing(maps, lying.centre)),
        ("label", pinned(maps, lying.centre)),
    ]
    result = []
    for name, under in ways:
        if hold is not None and name != hold:
            continue
        swim = lying if name == "lying" else swim_on(under, overlay, boxes)
        if swim is not None:
            result.append(Weighed(backing, name, swim, drift_of(swim)))
    return result


def standing(
    held: Weighed,
    maps: Sequence[Way | None],
    overlay: Sequence[OverlayFrame | None],
    boxes: Sequence[Box | None],
    at: tuple[float, float] | None,
) -> Weighed:
    """What does not lie on the layer, put on the point of its box where it most likely stands."""
    if held.hold == "lying":
        return held
    put = facing if held.hold == "facing" else pinned
    stood = stand(held.swim, maps, hold=held.hold, at=at)
    swim = swim_on(put(maps, stood.point), overlay, boxes)
    if swim is None:
        return held
    return Weighed(held.backing, held.hold, swim, drift_of(swim), stood.loose_px)


def _fitting(held: Sequence[Weighed], width: int) -> Weighed:
    """The one that fits the overlay's shape, then its drift; the first where they hardly differ."""
    best = held[0]
    least = _SHAPE_PX * width / 1920
    for other in held[1:]:
        better = other.swim.misfit_px < _SHAPE_FACTOR * best.swim.misfit_px
        worse = best.swim.misfit_px < _SHAPE_FACTOR * other.swim.misfit_px
        apart = abs(other.swim.misfit_px - best.swim.misfit_px) > least
        if (better and apart) or (not (worse and apart) and _moves_less(other, best)):
            best = other
    return best


def _moves_less(other: Weighed, best: Weighed) -> bool:
    return other.drift < _BETTER * best.drift and best.drift - other.drift > _DIFFER_PX


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

"""The result of a lock as a record, and what is left of the drift in the corrected overlay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from landfast.compose.lock.decide import Decision
from landfast.compose.lock.path import furthest
from landfast.model.arrays import Float64
from landfast.model.lock import Lock, LockFrame, LockLens, LockShutter, TimeMap
from landfast.vision.overlay.drawing.own import OverlayFrame
from landfast.vision.overlay.maps import about, from_about, inverse, moved, unit
from landfast.vision.overlay.measure import LockMeasure
from landfast.vision.overlay.scene.ways import ahead
from landfast.vision.overlay.sensing import Sensed
from landfast.vision.overlay.swim import Drift, Swim, outline_of, swim_under


def remeasured(
    measure: LockMeasure, decision: Decision, overlay: Sequence[OverlayFrame | None]
) -> Drift | None:
    """Drift of the corrected overlay from its target, its constant place set free.

    None where nothing was corrected or the overlay cannot be followed any more.
    """
    swim, target = measure.swim, decision.target
    if swim is None or target is None or not overlay:
        return None
    first = next(
        (
            index
            for index, (scene, frame) in enumerate(zip(swim.maps, overlay, strict=True))
            if scene is not None and frame is not None and measure.boxes[index] is not None
        ),
        None,
    )
    if first is None:
        return None
    box = measure.boxes[first]
    assert box is not None
    again = swim_under(swim.maps, overlay, outline_of(box), first)
    if again is None:
        return None
    start = inverse(from_about(target[first], swim.centre))
    meant = np.array(
        [about(unit(from_about(row, swim.centre) @ start), again.centre) for row in target]
    )
    off = again.values - meant
    off = off - off[again.seen].mean(axis=0)
    return Drift(again.displacement(again.values - off), again.seen)


def describe(
    decision: Decision,
    measure: LockMeasure,
    rest: Drift | None,
    *,
    width: int,
    height: int,
    fps: float,
    storage: Literal["straight", "premultiplied"],
    times: Sequence[float],
    overlay_frames: Sequence[int],
    time_map: TimeMap,
) -> Lock:
    """The record of one lock."""
    steady = decision.state == "steady"
    after = decision.before_px if steady else None if rest is None else rest.rms_px
    most = decision.before_max_px if steady else None if rest is None else rest.max_px
    return Lock(
        state=decision.state,
        reason=decision.reason,
        remedy=decision.remedy,
        model=measure.choice.model,
        hold=measure.choice.hold,
        frames=len(times),
        width=width,
        height=height,
        fps=fps,
        drift_before_px=_rounded(decision.before_px),
        drift_after_px=_rounded(after),
        drift_before_max_px=_rounded(decision.before_max_px),
        drift_after_max_px=_rounded(most),
        changed_px=round(_changed(decision, measure), 3),
        noise_px=_rounded(decision.noise_px),
        loose_px=round(measure.choice.loose_px, 3),
        weighed={name: round(drift, 3) for name, drift in measure.choice.drifts.items()},
        horizon=measure.horizon,
        storage=storage,
        time_map=time_map,
        path=tuple(
            LockFrame(
                time_s=round(time, 6),
                overlay_frame=overlay_frames[index],
                before_px=_middle(decision.drift, None, index),
                after_px=_middle(decision.drift, None, index)
                if steady
                else _middle(None if rest is None else rest.by, rest, index),
                corners=_corners(measure.swim, decision, index),
            )
            for index, time in enumerate(times)
        ),
    )


def described_sensor(sensed: Sensed, *, fps: float) -> dict[str, LockLens | LockShutter]:
    """Lens and shutter as they stand in the record."""
    lens, share = sensed.lens, sensed.share
    flat = sensed.lens_source != "unknown" and lens is None
    bent = LockLens(
        source=sensed.lens_source,
        k1=0.0 if flat else None if lens is None else round(lens.k1, 5),
        k2=0.0 if flat else None if lens is None else round(lens.k2, 5),
        focal_px=None if lens is None else round(lens.focal_px, 2),
        bend_px=_rounded(sensed.bend_px if sensed.lens_source == "estimated" else None),
        error_px=_rounded(sensed.bend_error_px if sensed.lens_source == "estimated" else None),
    )
    timed = LockShutter(
        source=sensed.shutter_source,
        readout_ms=None if share is None else round(1000 * share / fps, 3),
        error_ms=_rounded(1000 * sensed.share_error / fps),
        is_corrected=sensed.shutter is not None,
    )
    return {"lens": bent, "shutter": timed}


def _changed(decision: Decision, measure: LockMeasure) -> float:
    if not decision.warps:
        return 0.0
    outlines = [
        np.full((5, 2), np.nan) if box is None else outline_of(box) for box in measure.boxes
    ]
    return furthest(decision.warps, np.array(outlines))


def _middle(
    drift: Float64[np.ndarray, "frame point 2"] | None, rest: Drift | None, index: int
) -> tuple[float, float] | None:
    if drift is None or (rest is not None and not rest.seen[index]):
        return None
    x, y = drift[index, -1].tolist()
    return round(x, 4), round(y, 4)


def _corners(
    swim: Swim | None, decision: Decision, index: int
) -> tuple[tuple[float, float], ...] | None:
    """Where the box's corners belong in this frame."""
    if swim is None or decision.target is None:
        return None
    scene = swim.maps[index]
    if scene is None:
        return None
    home = moved(from_about(decision.target[index], swim.centre), swim.outline[:4])
    return tuple((round(x, 4), round(y, 4)) for x, y in ahead(scene, home).tolist())


def _rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(value, 4)

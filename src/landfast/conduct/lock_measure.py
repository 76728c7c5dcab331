"""The first pass of `lock`: footage and overlay measured, with lens and shutter taken out.

What lens and shutter do is told by the footage's own motion, so they are known only at the end.
Where they matter the pass is made once more over the straightened footage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from landfast.conduct.ahead import read_ahead
from landfast.conduct.lock_order import LockJob
from landfast.conduct.pairing import refuse_cuts
from landfast.conduct.progress import Progress, stage
from landfast.errors import InputError
from landfast.vision.overlay.measure import WORKING_WIDTH, Gray, LockMeasure, LockObserver
from landfast.vision.overlay.near import Box
from landfast.vision.overlay.own import OverlayView
from landfast.vision.overlay.sensing import Sensed
from landfast.vision.overlay.sensor import Sensor
from landfast.vision.overlay.view import box_of, measured_to_footage, overlay_view, to_footage

_WORSE = 1.05
"""Misfit of the scene beside that before: above it what was estimated is not believed."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One frame made ready to be measured."""

    gray: Gray
    view: OverlayView | None
    box: Box | None


def measured(job: LockJob, progress: Progress | None) -> tuple[LockMeasure, Sensed]:
    """The overlay over its footage, and what lens and shutter are.

    Raises:
        InputError: An overlay that is clear throughout, a cut in the footage.
    """
    known = job.known
    first = None if known.lens is None else Sensor(job.size, lens=known.lens)
    observer = _observed(job, first, stage(progress, "measure"))
    sensed = observer.sensed(known)
    if sensed.shutter is not None or sensed.lens is not known.lens:
        again = _observed(job, sensed.sensor(job.size), stage(progress, "measure straightened"))
        if sensed.is_given or again.misfit_px <= _WORSE * observer.misfit_px:
            observer = again
        else:
            sensed = sensed.without()
    order = job.order
    measure = observer.finish(hold=order.hold, at=order.at, times=job.pairing.times)
    refuse_cuts(measure, job.pairing.footage, job.clip, order.on, remedy="lock")
    return measure, sensed


def _observed(job: LockJob, sensor: Sensor | None, tell: object) -> LockObserver:
    """All frames seen."""
    assert callable(tell)
    observer = LockObserver(
        job.size,
        measured_to_footage((job.overlay.width, job.overlay.height), job.size),
        focal_px=job.order.focal_px,
        sensor=sensor,
        has_shutter=job.order.has_shutter,
    )
    shown = 0
    with read_ahead(_prepared(job)) as frames:
        for number, frame in enumerate(frames):
            shown += frame.view is not None
            observer.see(frame.gray, frame.view, frame.box)
            tell(number + 1, len(job.pairing.footage))
    if not shown:
        raise InputError(
            "is clear in every frame", subject=str(job.order.overlay), remedy="render it again"
        )
    return observer


def _prepared(job: LockJob) -> Iterator[Prepared]:
    whole = to_footage((job.overlay.width, job.overlay.height), job.size)
    for picture, layer in job.pictures():
        view = overlay_view(layer, storage=job.overlay.storage)
        box = None if view is None else box_of(layer, whole)
        yield Prepared(picture.gray(WORKING_WIDTH), view, box)

"""The first pass of `lock`: footage and overlay measured, with lens and shutter taken out.

What lens and shutter do is told by the footage's own motion, so they are known only at the end.
Where they matter the pass is made once more over the straightened footage.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from landfast.conduct.lock.order import FRAMES_AHEAD, LockJob
from landfast.conduct.lock.pairing import Purpose, refuse_cuts
from landfast.conduct.progress import Progress, stage
from landfast.errors import InputError
from landfast.media.ahead import run_ahead
from landfast.vision.overlay.drawing.own import OverlayView
from landfast.vision.overlay.drawing.view import (
    box_of,
    measured_to_footage,
    overlay_view,
    to_footage,
)
from landfast.vision.overlay.measure import WORKING_WIDTH, Gray, LockMeasure, LockObserver
from landfast.vision.overlay.scene.near import Box
from landfast.vision.overlay.sensing import Known, Sensed
from landfast.vision.overlay.sensor.sensor import Sensor

_WORSE = 1.05
"""Misfit of the scene beside that before: above it what was estimated is not believed."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One frame made ready to be measured."""

    gray: Gray
    view: OverlayView | None
    box: Box | None


def measured(
    job: LockJob,
    progress: Progress | None,
    *,
    purpose: Purpose = "lock",
    is_shown: bool = False,
) -> tuple[LockMeasure, Sensed]:
    """The overlay over its footage, and what lens and shutter are.

    Args:
        job: The files.
        progress: Told how far the work is.
        purpose: What the user wants, for the words of errors.
        is_shown: The footage shows the overlay: the scene is measured outside of its box alone.

    Raises:
        InputError: An overlay that is clear throughout, a cut in the footage.
    """
    tell = stage(progress, "measure")
    observer, sensed = straightened(
        lambda sensor: _observed(job, sensor, is_shown, tell), job.known, job.size
    )
    order = job.order
    measure = observer.finish(hold=order.hold, at=order.at, times=job.pairing.times)
    refuse_cuts(measure, job.pairing.footage, job.clip, order.on, purpose=purpose)
    return measure, sensed


def straightened(
    look: Callable[[Sensor | None], LockObserver], known: Known, size: tuple[int, int]
) -> tuple[LockObserver, Sensed]:
    """All frames seen, a second time where lens or shutter matter.

    What was estimated is believed only where the scene holds together by it no worse.

    Args:
        look: Sees all frames through a sensor.
        known: What is given of lens and shutter.
        size: Width and height of the footage.
    """
    first = None if known.lens is None else Sensor(size, lens=known.lens)
    observer = look(first)
    sensed = observer.sensed(known)
    if sensed.shutter is None and sensed.lens == known.lens:
        return observer, sensed
    again = look(sensed.sensor(size))
    if sensed.is_given or again.misfit_px <= _WORSE * observer.misfit_px:
        return again, sensed
    return observer, sensed.without()


def _observed(
    job: LockJob, sensor: Sensor | None, is_shown: bool, tell: Callable[[int, int], None]
) -> LockObserver:
    """All frames seen."""
    observer = LockObserver(
        job.size,
        measured_to_footage((job.overlay.width, job.overlay.height), job.size),
        focal_px=job.focal_px,
        sensor=sensor,
        has_shutter=job.order.has_shutter,
        is_shown=is_shown,
    )
    shown = 0
    with contextlib.closing(run_ahead(_prepared(job), depth=FRAMES_AHEAD)) as frames:
        for number, frame in enumerate(frames):
            shown += frame.view is not None
            observer.see(frame.gray, frame.view, frame.box)
            tell(number + 1, len(job.pairing.footage))
    if not shown:
        subject = str(job.order.matte or job.order.overlay)
        raise InputError("is clear in every frame", subject=subject, remedy="render it again")
    return observer


def _prepared(job: LockJob) -> Iterator[Prepared]:
    whole = to_footage((job.overlay.width, job.overlay.height), job.size)
    for picture, layer in job.pictures():
        view = overlay_view(layer, storage=job.overlay.storage)
        box = None if view is None else box_of(layer, whole)
        yield Prepared(picture.gray(WORKING_WIDTH), view, box)

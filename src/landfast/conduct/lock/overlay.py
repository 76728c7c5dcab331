"""`lock`: an overlay and its footage in, the overlay without its swim out.

Two passes over both files, a frame at a time: one measures, one corrects, writes, and measures
what it wrote.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from landfast.compose.lock.decide import Decision, decide, is_better, withdrawn
from landfast.compose.lock.resample import warped
from landfast.compose.lock.result import describe, described_sensor, remeasured
from landfast.conduct.lock.baked import check_baked
from landfast.conduct.lock.export import write_tracks
from landfast.conduct.lock.files import copy_unchanged
from landfast.conduct.lock.films import Films
from landfast.conduct.lock.measure import measured
from landfast.conduct.lock.occlusion import Occlusion, find_occlusion
from landfast.conduct.lock.order import FRAMES_AHEAD, LockJob, LockOrder
from landfast.conduct.progress import Progress, stage
from landfast.media.ahead import run_ahead
from landfast.media.grid import Grid
from landfast.media.layers.layer import Layer
from landfast.media.layers.write import coding_for, write_layers
from landfast.media.picture import Picture
from landfast.model.clip import Clip
from landfast.model.lock import Lock, LockState
from landfast.model.verdict import Finding
from landfast.verify.checks.lock import check_lock
from landfast.vision.overlay.drawing.own import OverlayFrame, OverlayTracker, carried
from landfast.vision.overlay.drawing.view import measured_to_footage, overlay_view, to_footage
from landfast.vision.overlay.maps import Map, inverse
from landfast.vision.overlay.measure import LockMeasure
from landfast.vision.overlay.scene.ways import flat
from landfast.vision.overlay.swim import Drift


class _NotBetterError(Exception):
    """The corrected overlay drifts as much as it did; what was being written is thrown away."""

    def __init__(self, after_px: float | None) -> None:
        super().__init__(after_px)
        self.after_px = after_px


def lock(order: LockOrder, *, progress: Progress | None = None) -> Lock:
    """Take the swim out of an overlay.

    Nothing is written where the answer is unknown; an overlay that does not swim is written as
    it is. A correction that does not hold when it is measured anew is thrown away, and unknown.

    Raises:
        InputError: Files that do not fit each other, no alpha, a cut in the footage.
    """
    if not order.baked:
        coding_for(order.out)
    job = LockJob.opened(order)
    if order.baked:
        check_baked(order.overlay, order.out, job.pairing, job.clip)
    measure, sensed = measured(job, progress)
    decision = decide(measure, order.wish, width=job.clip.width, fps=float(job.clip.fps))
    rest: Drift | None = None
    hidden = Occlusion([], Grid.working(job.size, job.size[0]), "")
    try:
        if decision.state != "unknown":
            hidden = _hidden(job, measure, decision, progress)
            rest = _written(job, measure, decision, hidden, progress)
    except _NotBetterError as error:
        decision = withdrawn(decision, error.after_px)
    result = _described(job, measure, decision, rest)
    more = {"occluded": _rounded(hidden.share), "occlusion": hidden.reason}
    sensor = described_sensor(sensed, fps=float(job.clip.fps))
    result = result.model_copy(update={**more, **sensor})
    files = _files(order, result)
    if order.export is not None and result.state != "unknown":
        files |= write_tracks(order.export, result, decision.warps, measure)
    return result.model_copy(update={"files": files})


def _described(job: LockJob, measure: LockMeasure, decision: Decision, rest: Drift | None) -> Lock:
    clip, pairing = job.clip, job.pairing
    result = describe(
        decision,
        measure,
        rest,
        width=clip.width,
        height=clip.height,
        fps=float(clip.fps),
        storage=job.overlay.storage,
        times=[float(clip.time_of(index)) for index in pairing.footage],
        overlay_frames=pairing.overlay,
        time_map=pairing.described(clip, job.overlay),
    )
    return result.model_copy(update=_findings(job, measure, rest, result.state))


def _findings(
    job: LockJob, measure: LockMeasure, rest: Drift | None, state: LockState
) -> dict[str, Finding | None]:
    """What the verifier says of the overlay as it came and as it was written."""
    before = check_lock(measure, size=job.size, fps=job.clip.fps)
    after = before if state == "steady" else None
    if state == "locked" and rest is not None:
        after = check_lock(measure, size=job.size, fps=job.clip.fps, rest=rest)
    return {"finding_before": before, "finding_after": after}


def _hidden(
    job: LockJob, measure: LockMeasure, decision: Decision, progress: Progress | None
) -> Occlusion:
    """Depth is looked at only where a film is asked for that shows it."""
    order = job.order
    if order.baked or order.is_always_seen or (order.composite or order.report) is None:
        return Occlusion([], Grid.working(job.size, job.size[0]), "")
    return find_occlusion(order.on, job.clip, order.span, measure, decision, progress)


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _written(
    job: LockJob,
    measure: LockMeasure,
    decision: Decision,
    hidden: Occlusion,
    progress: Progress | None,
) -> Drift | None:
    """Write the overlay, and what else was asked for; its drift as it is now.

    Raises:
        _NotBetterError: The drift is not clearly less than before.
    """
    tell = stage(progress, "lock")
    order, clip, overlay = job.order, job.clip, job.overlay
    coding = "ffv1" if order.baked else coding_for(order.out, like=overlay.coding)
    same = decision.state == "steady" and _is_same_file(job, coding)
    after: list[OverlayFrame | None] = []
    with contextlib.ExitStack() as stack:
        writer = None
        if not same and not order.baked:
            writer = stack.enter_context(
                write_layers(
                    order.out, width=clip.width, height=clip.height, fps=_rate(clip),
                    coding=coding, bit_depth=overlay.bit_depth, starts=job.starts,
                )
            )  # fmt: skip
        films = stack.enter_context(Films.open(job, hidden, same=same))
        ahead = run_ahead(_corrected(job, measure, decision), depth=FRAMES_AHEAD)
        corrected = stack.enter_context(contextlib.closing(ahead))
        for number, one in enumerate(corrected):
            if writer is not None:
                writer.write(one.fixed)
            if one.picture is not None:
                films.write(number, one.picture, one.came, one.fixed, moved=one.is_moved)
            after.append(one.seen)
            tell(number + 1, len(job.pairing.footage))
        rest = _proven(remeasured(measure, decision, after), decision)
    if same:
        copy_unchanged(order.overlay, order.out)
    return rest


@dataclass(frozen=True, slots=True)
class _Corrected:
    """One frame, ready to be written."""

    picture: Picture | None
    """The footage, where a film shows it."""
    came: Layer
    fixed: Layer
    is_moved: bool
    seen: OverlayFrame | None
    """The corrected overlay's own points, where they count."""


def _corrected(job: LockJob, measure: LockMeasure, decision: Decision) -> Iterator[_Corrected]:
    """All frames of the overlay, put right and measured anew."""
    tracker = OverlayTracker()
    width, height = job.size
    whole = to_footage((job.overlay.width, job.overlay.height), job.size)
    storage = job.overlay.storage
    for number, (picture, layer) in enumerate(job.frames(seen=job.order.has_film)):
        by = decision.warps[number] if decision.warps else None
        matrix = whole if by is None else by @ whole
        fixed = warped(layer, matrix, width=width, height=height, storage=storage)
        seen = None
        if decision.state == "locked":
            seen = _seen(tracker, fixed, job, _step(measure, number))
        yield _Corrected(picture, layer, fixed, by is not None, seen)


def _proven(rest: Drift | None, decision: Decision) -> Drift | None:
    if decision.state != "locked":
        return rest
    if rest is None or not is_better(decision, rest.rms_px):
        raise _NotBetterError(None if rest is None else rest.rms_px)
    return rest


def _seen(
    tracker: OverlayTracker, fixed: Layer, job: LockJob, step: Map | None
) -> OverlayFrame | None:
    """The corrected overlay's own points, in the footage's pixels."""
    there = measured_to_footage(job.size, job.size)
    view = overlay_view(fixed, storage=job.overlay.storage)
    near = None if step is None else np.linalg.inv(there) @ step @ there
    frame = tracker.see(view, near)
    return None if frame is None else carried(frame, there)


def _step(measure: LockMeasure, number: int) -> Map | None:
    """How the scene moved since the frame before."""
    if measure.swim is None or number == 0:
        return None
    before, now = measure.swim.maps[number - 1 : number + 1]
    return None if before is None or now is None else flat(now) @ inverse(flat(before))


def _rate(clip: Clip) -> Fraction:
    return clip.fps.limit_denominator(100_000)


def _is_same_file(job: LockJob, coding: str) -> bool:
    """Whether the overlay may be copied as it lies on the disk."""
    if job.order.baked:
        return job.order.overlay.suffix.lower() == job.order.out.suffix.lower()
    return (
        job.order.overlay.is_file()
        and job.order.matte is None
        and job.order.overlay.suffix.lower() == job.order.out.suffix.lower()
        and job.pairing.rule == "frame for frame"
        and (job.overlay.width, job.overlay.height) == job.size
        and coding == job.overlay.coding
    )


def _files(order: LockOrder, result: Lock) -> dict[str, str]:
    if result.state == "unknown":
        return {}
    roles = {
        "take" if order.baked else "overlay": order.out,
        "composite": order.composite,
        "side by side": order.beside,
    }
    return {role: str(path) for role, path in roles.items() if path is not None}

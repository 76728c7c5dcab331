"""Swim: what is left of an overlay's motion when the scene's is taken off.

In the first frame's own pixels, where a locked overlay stands still, swim is one similarity a
frame: shift, turn and scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landfast.model.arrays import Bool, Float64
from landfast.vision.overlay.drawing.held import held, poor
from landfast.vision.overlay.drawing.own import OverlayFrame
from landfast.vision.overlay.drawing.told import Tale
from landfast.vision.overlay.maps import (
    Map,
    Points,
    about,
    fit_similarity,
    from_about,
    moved,
    unit,
)
from landfast.vision.overlay.scene.near import Box
from landfast.vision.overlay.scene.ways import Way, ahead, behind

_FINEST_PX = 0.04
_FAINT = 0.2
"""Share of its greatest strength below which an overlay that fades is not measured."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How far an overlay's outline lies from where it should, pixels of the frame."""

    by: Float64[np.ndarray, "frame point 2"]
    seen: Bool[np.ndarray, " frame"]
    """Where it was measured."""

    @property
    def rms_px(self) -> float:
        """Root mean square over the measured frames and all points; NaN without any."""
        if not self.seen.any():
            return float("nan")
        return float(np.sqrt(np.square(self.by[self.seen]).sum(axis=2).mean()))

    @property
    def max_px(self) -> float:
        """The longest in the measured frames."""
        return float(np.linalg.norm(self.by[self.seen], axis=2).max())

    @property
    def each(self) -> Float64[np.ndarray, " frame"]:
        """Root mean square over the outline, frame by frame; 0 where it was not measured."""
        size = np.sqrt(np.square(self.by).sum(axis=2).mean(axis=1))
        return np.asarray(np.where(self.seen, size, 0.0))


@dataclass(frozen=True, slots=True)
class Swim:
    """Swim over all frames under one model of the scene; source pixels of the footage."""

    maps: tuple[Way | None, ...]
    """Scene motion from the first frame's pixels to each frame's."""
    values: Float64[np.ndarray, "frame 4"]
    """Swim about `centre`: scale and turn as a + ib, shift x and y; gaps interpolated."""
    seen: Bool[np.ndarray, " frame"]
    """Where it was measured."""
    error_px: Float64[np.ndarray, " frame"]
    """Standard error of the overlay's own place."""
    misfit_px: float
    """Median distance of the overlay's points from the similarity: how ill its shape fits."""
    centre: Float64[np.ndarray, "2"]
    """The overlay's middle in the first frame's pixels."""
    outline: Points
    """Corners and middle of the overlay's box there."""
    shown: tuple[Way | None, ...]
    """The scene as the overlay's frames show it: `maps`, but for an overlay of another rate."""
    times: Float64[np.ndarray, " frame"]
    """When that is, counted in frames of the footage."""
    weak: Bool[np.ndarray, " frame"]
    """Where too little of it is seen: there its path goes on as it did."""

    def similarity(self, frame: int) -> Map:
        """Swim of one frame."""
        return from_about(self.values[frame], self.centre)

    @property
    def mean(self) -> Float64[np.ndarray, "4"]:
        """The place that asks for the least correction in all."""
        return np.asarray(self.values[self.seen].mean(axis=0))

    @property
    def is_conformed(self) -> bool:
        """Whether the overlay's frames show the scene at times of their own."""
        return not np.array_equal(self.times, np.arange(len(self.times)))

    def at_frames(self) -> Float64[np.ndarray, "frame 4"]:
        """Swim at the footage's frames: between those of the overlay's, where it has others."""
        if not self.is_conformed:
            return self.values
        frames = np.arange(len(self.times), dtype=np.float64)
        times, once = np.unique(self.times, return_index=True)
        columns = [np.interp(frames, times, column) for column in self.values[once].T]
        return np.stack(columns, axis=1)

    def on_screen(self, frame: int) -> Float64[np.ndarray, "4"]:
        """Where the overlay lies in a frame of the footage, in the terms of `values`."""
        scene, shown = self.maps[frame], self.shown[frame]
        if not self.is_conformed or scene is None or shown is None:
            return np.asarray(self.values[frame])
        there = behind(scene, ahead(shown, moved(self.similarity(frame), self.outline)))
        fit = fit_similarity(self.outline, there, finest_px=_FINEST_PX)
        return np.asarray(self.values[frame]) if fit is None else about(fit[0], self.centre)

    def displacement(
        self, wanted: Float64[np.ndarray, "frame 4"], *, frames: Sequence[int] | None = None
    ) -> Float64[np.ndarray, "frame point 2"]:
        """How far the overlay's outline lies from where `wanted` would have it, frame pixels."""
        result = np.zeros((len(self.maps), len(self.outline), 2))
        for frame in range(len(self.maps)) if frames is None else frames:
            scene, shown = self.maps[frame], self.shown[frame]
            if scene is None or shown is None:
                continue
            here = ahead(shown, moved(self.similarity(frame), self.outline))
            there = ahead(scene, moved(from_about(wanted[frame], self.centre), self.outline))
            result[frame] = here - there
        return result


def swim_under(
    maps: Sequence[Way | None], overlay: Sequence[OverlayFrame | None], outline: Points, first: int
) -> Swim | None:
    """Swim of an overlay, given how the scene moves; None where no frame has both.

    Args:
        maps: From the first frame's pixels to each frame's.
        overlay: The overlay's points, frame by frame.
        outline: Corners and middle of the overlay's box in frame `first`.
        first: First frame in which overlay and scene were measured.
    """
    start = maps[first]
    if start is None:
        return None
    home = behind(start, outline)
    centre = np.asarray(home.mean(axis=0))
    known: dict[int, Map] = {}
    tale = Tale(centre, len(maps))
    last = np.eye(3)
    least = _FAINT * max((frame.strength for frame in overlay if frame is not None), default=0.0)
    faint: list[int] = []
    for index, frame in enumerate(overlay):
        here = maps[index]
        there = None if frame is None else maps[frame.anchor]
        if frame is None or here is None or there is None:
            continue
        base = known.get(frame.anchor, last)
        if frame.strength < least:
            faint.append(index)
        before = behind(there, frame.start.astype(np.float64))
        if frame.anchor == index:
            known[index] = base
            tale.note(index, index, before, _FINEST_PX)
            continue
        fit = fit_similarity(
            before, behind(here, frame.arrived.astype(np.float64)), finest_px=_FINEST_PX
        )
        if fit is None:
            continue
        last = known[index] = unit(fit[0] @ base)
        follows = before[fit[1]] if fit[1].any() else before
        tale.note(index, frame.anchor, follows, fit[2] * float(np.sqrt(len(follows))))
    known = {index: swim for index, swim in known.items() if index not in faint} or known
    return _assembled(tuple(maps), known, tale, home)


def swim_on(
    maps: Sequence[Way | None], overlay: Sequence[OverlayFrame | None], boxes: Sequence[Box | None]
) -> Swim | None:
    """Swim from the first frame on in which scene and overlay were measured."""
    for first, (scene, frame, box) in enumerate(zip(maps, overlay, boxes, strict=True)):
        if scene is not None and frame is not None and box is not None:
            return swim_under(maps, overlay, outline_of(box), first)
    return None


def outline_of(box: Box) -> Float64[np.ndarray, "5 2"]:
    """Corners and middle of a box."""
    left, top, right, bottom = box
    middle = ((left + right) / 2, (top + bottom) / 2)
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom), middle])


def drift_of(swim: Swim) -> Drift:
    """From the place that asks for the least correction."""
    return Drift(swim.displacement(np.repeat(swim.mean[None], len(swim.values), axis=0)), swim.seen)


def _assembled(
    maps: tuple[Way | None, ...], known: dict[int, Map], tale: Tale, outline: Points
) -> Swim | None:
    if not known:
        return None
    seen = np.zeros(len(maps), bool)
    values = np.zeros((len(maps), 4))
    for index, swim in known.items():
        seen[index] = True
        values[index] = about(swim, tale.centre)
    weak = _hold(values, seen, tale, outline - tale.centre)
    frames = np.arange(len(maps))
    for column in range(4):
        values[:, column] = np.interp(frames, frames[seen], values[seen, column])
    return Swim(
        maps,
        values,
        seen,
        tale.shift_errors(),
        tale.misfit_px(),
        tale.centre,
        outline,
        maps,
        frames.astype(np.float64),
        weak,
    )


def _hold(
    values: Float64[np.ndarray, "frame 4"],
    seen: Bool[np.ndarray, " frame"],
    tale: Tale,
    outline: Points,
) -> Bool[np.ndarray, " frame"]:
    """Put the frames that tell little where they most likely lie; which those are."""
    corners = np.asarray(outline[:, 0] + 1j * outline[:, 1], np.complex128)
    told = tale.told(corners)
    weak = np.asarray(poor(told.errors(corners)) & seen)
    if not weak.any():
        return weak
    turn = np.where(seen, values[:, 0] - 1 + 1j * values[:, 1], np.nan)
    shift = np.where(seen, values[:, 2] + 1j * values[:, 3], np.nan)
    turn, shift = held(turn, shift, told, weak, float(np.abs(corners).max()))
    values[weak] = np.stack([turn.real + 1, turn.imag, shift.real, shift.imag], axis=1)[weak]
    return weak

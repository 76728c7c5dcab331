"""Which frame of an overlay lies over which frame of the footage."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, NoReturn

import numpy as np

from landfast.errors import InputError
from landfast.media.layers.layer import Layer
from landfast.media.layers.read import OverlayFile
from landfast.model.clip import Clip
from landfast.model.lock import TimeMap
from landfast.model.time import Span
from landfast.vision.overlay.measure import LockMeasure

Purpose = Literal["lock", "judge"]
_ASPECT = 0.005
_SAME_RATE = 0.25
"""Frames by which two rates have to differ over the whole length."""
_PART = "give the part of the footage that it lies over with --span A-B"


@dataclass(frozen=True, slots=True)
class Pairing:
    """The footage's frames and, for each, the overlay's."""

    footage: range
    overlay: tuple[int, ...]
    rule: Literal["frame for frame", "nearest in time"]
    times: tuple[float, ...] | None = None
    """When the overlay's frames are, counted in the footage's frames; None frame for frame."""

    def described(self, clip: Clip, overlay: OverlayFile) -> TimeMap:
        """As it stands in the result."""
        return TimeMap(
            rule=self.rule,
            overlay_frames=overlay.frames,
            overlay_fps=None if overlay.fps is None else float(overlay.fps),
            footage_frames=len(self.footage),
            footage_fps=float(clip.fps),
        )


def pair(overlay: OverlayFile, clip: Clip, span: Span | None) -> Pairing:
    """Frame for frame where the counts agree, else by time where the lengths do.

    Raises:
        InputError: Another shape, or a length that does not fit.
    """
    _check_shape(overlay, clip)
    footage = range(clip.frames) if span is None else clip.indices_in(span)
    if not footage:
        raise InputError("holds no frame of the footage", subject="--span")
    if overlay.frames == len(footage):
        return Pairing(footage, tuple(range(overlay.frames)), "frame for frame")
    length = clip.time_of(footage.stop) - clip.time_of(footage.start)
    if overlay.duration is None or overlay.fps is None:
        _refuse_length(overlay, footage, None, length)
    slack = max(1 / overlay.fps, 1 / clip.fps)
    same_rate = abs(overlay.fps / clip.fps - 1) * len(footage) < _SAME_RATE
    if same_rate or abs(overlay.duration - length) > slack:
        _refuse_length(overlay, footage, overlay.duration, length)
    return _by_time(overlay.times, clip, footage)


def _by_time(times: Sequence[Fraction], clip: Clip, footage: range) -> Pairing:
    """To each frame of the footage the overlay's nearest in time, the earlier of two."""
    start = clip.time_of(footage.start)
    wanted = [clip.time_of(k) - start for k in footage]
    chosen = tuple(_nearest(times, time) for time in wanted)
    length = clip.time_of(footage.stop) - start
    ends = np.array([*map(float, wanted), float(length)])
    at = np.interp([float(times[k]) for k in chosen], ends, np.arange(len(ends), dtype=float))
    return Pairing(footage, chosen, "nearest in time", tuple(at.tolist()))


def _nearest(times: Sequence[Fraction], wanted: Fraction) -> int:
    after = bisect_left(times, wanted)
    around = [k for k in (after - 1, after) if 0 <= k < len(times)]
    return min(around, key=lambda k: abs(times[k] - wanted))


def _check_shape(overlay: OverlayFile, clip: Clip) -> None:
    aspect = overlay.width * clip.height / (overlay.height * clip.width)
    if abs(aspect - 1) > _ASPECT:
        raise InputError(
            f"is {overlay.width}x{overlay.height}, the footage {clip.width}x{clip.height}",
            subject=str(overlay.path),
            remedy="render the overlay in the footage's own frame",
        )


def _refuse_length(
    overlay: OverlayFile, footage: range, duration: Fraction | None, length: Fraction
) -> NoReturn:
    is_longer = overlay.frames > len(footage)
    kind, part = ("longer", "cut it to length") if is_longer else ("shorter", _PART)
    lasts = "" if duration is None else f" ({float(duration):.2f} s against {float(length):.2f} s)"
    raise InputError(
        f"is {kind} than the footage: {overlay.frames} frames against {len(footage)}{lasts}",
        subject=str(overlay.path),
        remedy=f"{part}, or render it frame for frame",
    )


def paired(overlay: OverlayFile, pairing: Pairing) -> Iterator[Layer]:
    """The overlay's frames as they lie over the footage; one read, in order.

    Raises:
        InputError: The overlay ends early.
    """
    numbered = enumerate(overlay.layers())
    for number, group in itertools.groupby(pairing.overlay):
        layer = next((layer for at, layer in numbered if at == number), None)
        if layer is None:
            raise InputError(f"ends before its frame {number}", subject=str(overlay.path))
        yield from (layer for _ in group)


def refuse_cuts(
    measure: LockMeasure,
    footage: range,
    clip: Clip,
    path: Path,
    *,
    purpose: Purpose,
) -> None:
    """Footage that does not show one scene.

    Raises:
        InputError: It breaks off, or dissolves into another shot.
    """
    what = ""
    if measure.cuts:
        what = f"has a cut at {float(clip.time_of(footage[measure.cuts[0]])):.2f} s"
    elif measure.dissolve is not None:
        first, last = (float(clip.time_of(footage[k])) for k in measure.dissolve)
        what = f"dissolves into another shot between {first:.2f} and {last:.2f} s"
    if what:
        each = f"{purpose} each shot on its own with --span A-B"
        raise InputError(what, subject=str(path), remedy=each)

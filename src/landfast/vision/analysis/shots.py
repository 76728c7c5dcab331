"""From the table of measurements to shots, each with the kind of its camera motion.

A camera that only turns and zooms moves every point as one pinhole model says, however deep the
scene; a camera that travels does not. Over baselines of up to a second the two differ by many
times the error of a tracked point, which is why baselines vote and not single pairs of frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landfast.model.arrays import Bool, Float64
from landfast.model.clip import Clip
from landfast.model.measured import CameraMotion, Shot
from landfast.model.time import Span
from landfast.vision.analysis.table import FrameTable
from landfast.vision.statistics.windows import stretches

_STILL_SHARE = 0.004
"""Motion a second, as a share of the picture's diagonal, up to which a camera stands still."""
_TELLING_SHARE = 0.006
"""Displacement over a baseline, same measure, from which pan and travel can be told apart."""
_TURN_MISFIT = 0.06
_TRAVEL_MISFIT = 0.12
"""Misfit to a turning camera over the motion: below the first it turns, above the second not."""
_NOISE_SHARE = 0.0012
"""Misfit, as a share of the diagonal, that tracking error alone may reach."""
_TEXTURED = 0.1
"""Share of the picture with texture from which a motion would be found: ten points need 3 %."""
_LEAST_MEASURED = 0.5
"""Share of a shot's frames to the next of which, and of whose baselines, a motion must be known."""
_LEAST_VOTE = 0.5


def shots(table: FrameTable, clip: Clip) -> tuple[Shot, ...]:
    """The clip's shots in order; together they cover it."""
    return tuple(
        _shot(table, clip, start, stop) for start, stop in stretches(np.asarray(table.is_cut))
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    motion: CameraMotion
    confidence: float
    reason: str


def _shot(table: FrameTable, clip: Clip, start: int, stop: int) -> Shot:
    kind = _kind_of(table, clip, slice(start, stop))
    return Shot(
        span=Span(start=clip.time_of(start), stop=clip.time_of(stop)),
        motion=kind.motion,
        confidence=round(kind.confidence, 4),
        speed_px=_median(table.motion_px[start:stop]),
        parallax_px=_median(table.parallax_px[start:stop]),
        reason=kind.reason,
    )


def _median(values: np.ndarray) -> float | None:
    known = values[~np.isnan(values)]
    return round(float(np.median(known)), 4) if known.size else None


def _kind_of(table: FrameTable, clip: Clip, rows: slice) -> _Kind:
    """Kind of camera motion, with the evidence."""
    pairs = max(rows.stop - rows.start - 1, 0)
    measured = int((~np.isnan(table.dx[rows])).sum())
    if pairs == 0:
        return _Kind("unknown", 0.0, "A single frame shows no motion.")
    if measured < _LEAST_MEASURED * pairs:
        why = _why_unmeasured(_median(table.structure[rows]))
        return _Kind("unknown", 0.0, f"Motion could be measured in {measured} of {pairs} {why}.")
    diagonal = float(np.hypot(clip.width, clip.height))
    drift = _drift_a_second(table, rows, clip)
    if drift < _STILL_SHARE * diagonal:
        return _Kind(
            "still",
            measured / pairs * (1 - drift / (2 * _STILL_SHARE * diagonal)),
            f"The picture stays in place: it drifts by {drift:.2f} px a second.",
        )
    followed = int((table.baseline_frames[rows] > 0).sum())
    if followed < _LEAST_MEASURED * pairs:
        why = _why_unmeasured(_median(table.structure[rows]))
        return _Kind("unknown", 0.0, f"Points stay together over {followed} of {pairs} {why}.")
    return _turn_or_travel(table, rows, diagonal)


def _why_unmeasured(structure: float | None) -> str:
    """Where there is texture, and points are lost or go their own ways, it is not the texture."""
    if structure is None or structure < _TEXTURED:
        return "frames: too little texture"
    return (
        f"frames: {structure:.0%} of the picture has texture, but no one motion explains it "
        "(rolling shutter, water or things that move)"
    )


def _drift_a_second(table: FrameTable, rows: slice, clip: Clip) -> float:
    """How far the picture's centre and corners get in a second, typically, source pixels.

    Half-second averages of the frame to frame motion, so that shake and jitter cancel.
    """
    step = max(1, round(float(clip.fps) / 2))
    reach = float(np.hypot(clip.width, clip.height)) / 2
    columns = (
        table.dx[rows],
        table.dy[rows],
        np.radians(table.rotation_deg[rows]) * reach,
        (table.scale[rows] - 1) * reach,
    )
    steps = np.stack([np.asarray(column, np.float64) for column in columns], axis=1)
    steps = steps[~np.isnan(steps).any(axis=1)]
    parts = [steps[at : at + step].mean(axis=0) for at in range(0, len(steps), step)]
    speeds = np.linalg.norm(np.array(parts), axis=1) * float(clip.fps)
    return float(np.quantile(speeds, 0.75))


def _turn_or_travel(table: FrameTable, rows: slice, diagonal: float) -> _Kind:
    """Let every frame's baseline vote; frames whose baseline is too short abstain."""
    frames = table.baseline_frames[rows] > 0
    moved = _known(table.baseline_motion_px[rows], frames)
    misfit = _known(table.rotation_misfit_px[rows], frames)
    telling = (moved > _TELLING_SHARE * diagonal) | (misfit > 3 * _NOISE_SHARE * diagonal)
    if not telling.any():
        return _Kind("unknown", 0.0, "The picture moves too little to tell a turn from a travel.")
    excess = np.maximum(misfit - _NOISE_SHARE * diagonal, 0) / np.maximum(moved, 1e-6)
    turns, travels = telling & (excess < _TURN_MISFIT), telling & (excess > _TRAVEL_MISFIT)
    count = int(telling.sum())
    if travels.sum() >= max(_LEAST_VOTE * count, 1):
        return _travel(table, rows, telling, float(travels.sum() / count), len(frames))
    if turns.sum() >= max(_LEAST_VOTE * count, 1):
        return _Kind(
            "pan",
            _confidence(float(turns.sum() / count), count / len(frames)),
            f"One turning and zooming camera explains {float(np.median(moved[telling])):.1f} px "
            f"of motion to within {float(np.median(misfit[telling])):.2f} px.",
        )
    return _Kind("unknown", 0.0, "Some stretches look like a turn, others like a travel.")


def _travel(
    table: FrameTable,
    rows: slice,
    telling: Bool[np.ndarray, " frame"],
    share: float,
    frames: int,
) -> _Kind:
    misfit = float(np.median(_known(table.rotation_misfit_px[rows], telling)[telling]))
    depth = float(np.median(_known(table.epipolar_gain[rows], telling)[telling]))
    return _Kind(
        "travel",
        _confidence(share, int(telling.sum()) / frames),
        f"No turning camera explains the motion (off by {misfit:.1f} px); {depth:.0%} of the "
        "points show parallax that a moving camera explains.",
    )


def _confidence(share: float, coverage: float) -> float:
    """From the share of votes and the share of frames that voted."""
    return share * min(1.0, 0.5 + coverage)


def _known(values: np.ndarray, wanted: Bool[np.ndarray, " frame"]) -> Float64[np.ndarray, " frame"]:
    """The values where wanted and known, 0 elsewhere."""
    return np.where(wanted & ~np.isnan(values), values, 0).astype(np.float64)

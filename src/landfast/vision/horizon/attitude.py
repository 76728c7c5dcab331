"""Roll and pitch of the camera from its horizon, and their sum over a clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from landfast.model.arrays import Float32, Float64
from landfast.model.camera import Lens
from landfast.model.measured import Horizon
from landfast.vision.analysis.table import FrameTable
from landfast.vision.horizon.path import HorizonPath
from landfast.vision.statistics.windows import quantile, runs

Column = Float32[np.ndarray, " frame"]

_CALM: Final = np.array([-21, 14, 39, 54, 59, 54, 39, 14, -21]) / 231
"""Weights of nine frames that keep a parabola (Savitzky and Golay, 1964)."""
_OUTER: Final = 0.05
_SECOND: Final = 1.0


@dataclass(frozen=True, slots=True)
class Attitude:
    """How the camera was held, a row a frame; NaN where no horizon was in sight."""

    roll_deg: Column
    """Positive where the camera leans to its left: the right end of the horizon is lower."""
    pitch_deg: Column | None
    """Positive looking up; None where the focal length is not known."""
    height: Column
    """Height of the horizon at the centre column, share from the top."""


def attitude(
    path: HorizonPath,
    lens: Lens | None = None,
    *,
    turned_deg: Column | None = None,
    moved: Column | None = None,
) -> Attitude:
    """Roll and pitch of the camera from the horizon, smoothed over nine frames.

    Where the motion of the picture is known it stays in the path as it is, and only what the
    horizon adds to it is smoothed: a jolt of the camera is kept, a flicker of the line is not.

    The horizon of a level camera runs through the principal point; its distance from there, over
    the focal length, is the tangent of the pitch. The dip of the horizon (0.03 degrees at 1 m,
    0.2 at 40 m, 0.3 at 100 m) is not taken off.

    Args:
        path: The horizon, frame by frame.
        lens: The lens, where known.
        turned_deg: Turn of the picture from each frame to the next, clockwise.
        moved: Motion of its centre downwards from each frame to the next, share of its height.
    """
    angle = _calm(path.angle_deg, turned_deg)
    height = _calm(path.height, moved)
    if lens is None:
        return Attitude(angle, None, height)
    y = height * lens.height - 0.5
    middle = y + np.tan(np.radians(angle)) * (lens.centre_x - (lens.width - 1) / 2)
    distance = (middle - lens.centre_y) * np.cos(np.radians(angle))
    pitch = np.degrees(np.arctan(distance / lens.focal_px))
    return Attitude(angle, pitch.astype(np.float32), height)


def sum_up(
    table: FrameTable, *, fps: float, picture_height: int, lens: Lens | None = None
) -> Horizon:
    """The horizon over a clip: how often and how surely it was seen, roll, pitch, steadiness.

    Args:
        table: What was measured.
        fps: Frames a second.
        picture_height: Height of the source picture, pixels.
        lens: The lens, where known.
    """
    seen = table.horizon_confidence > 0
    if not seen.any():
        return Horizon(seen=0.0, angle_deg=None, height=None)
    path = HorizonPath(table.horizon_angle_deg, table.horizon_height, table.horizon_confidence)
    moved = (table.dy / np.float32(picture_height)).astype(np.float32)
    held = attitude(path, lens, turned_deg=table.rotation_deg, moved=moved)
    roll, sure = held.roll_deg[seen], path.confidence[seen]
    pitch = None if held.pitch_deg is None else held.pitch_deg[seen]
    return Horizon(
        seen=round(float(seen.mean()), 4),
        angle_deg=round(float(np.median(path.angle_deg[seen])), 3),
        height=round(float(np.median(path.height[seen])), 4),
        confidence=round(quantile(sure, 0.5), 3),
        roll_range_deg=_range(roll),
        unsteady_deg=_unsteady(held.roll_deg, fps),
        pitch_deg=None if pitch is None else round(quantile(pitch, 0.5), 3),
        pitch_range_deg=None if pitch is None else _range(pitch),
    )


def _range(values: Column) -> tuple[float, float]:
    return round(quantile(values, _OUTER), 3), round(quantile(values, 1 - _OUTER), 3)


def _unsteady(roll: Column, fps: float) -> float | None:
    """Root mean square departure from the mean over a second; None where none is that long."""
    frames = max(3, round(_SECOND * fps)) | 1
    off = [
        roll[start:stop] - _mean(roll[start:stop], frames)
        for start, stop in runs(~np.isnan(roll))
        if stop - start >= frames
    ]
    if not off:
        return None
    inner = np.concatenate([part[frames // 2 : len(part) - frames // 2] for part in off])
    return round(float(np.sqrt(np.mean(np.square(inner)))), 4)


def _mean(values: Column, frames: int) -> Float64[np.ndarray, " frame"]:
    return np.convolve(values.astype(np.float64), np.ones(frames) / frames, mode="same")


def _calm(column: Column, steps: Column | None) -> Column:
    """The column, smoothed about the motion given by its steps; gaps are left as they are."""
    smooth = column.astype(np.float64)
    for start, stop in runs(~np.isnan(column)):
        if stop - start < len(_CALM):
            continue
        known = np.zeros(stop - start)
        if steps is not None:
            known[1:] = np.cumsum(np.nan_to_num(steps[start : stop - 1].astype(np.float64)))
        inner = np.convolve(smooth[start:stop] - known, _CALM, mode="valid")
        edge = len(_CALM) // 2
        smooth[start + edge : stop - edge] = inner + known[edge:-edge]
    return smooth.astype(np.float32)

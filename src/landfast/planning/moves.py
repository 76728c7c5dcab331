"""How the camera moves through a gap, from the real frames on both sides of it."""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.model.arrays import Float64
from landfast.model.clip import Clip
from landfast.planning.prompt import Move
from landfast.vision.analysis.table import FrameTable

FRAMES: Final = 24
"""Steps looked at on each side."""
LEAST: Final = 4
"""Measured steps needed on both sides together."""


def move_through(table: FrameTable, clip: Clip, start: int, end: int) -> Move | None:
    """The camera's move around a gap; None where too little of it was measured.

    Args:
        table: Of the clip.
        clip: The footage.
        start: Frame index of the start anchor.
        end: Of the end anchor.
    """
    steps = np.r_[max(0, start - FRAMES) : start, end : min(len(table.dx) - 1, end + FRAMES)]
    values = np.stack(
        [np.asarray(column, dtype=np.float64)[steps] for column in _columns(table)], axis=1
    )
    known = values[np.isfinite(values[:, :4]).all(axis=1)]
    if len(known) < LEAST:
        return None
    parallax = known[:, 4][np.isfinite(known[:, 4])]
    median = np.median(known, axis=0)
    median[4] = np.median(parallax) if len(parallax) else np.nan
    return _move(np.asarray(median, dtype=np.float64), clip)


def _columns(table: FrameTable) -> tuple[Float64[np.ndarray, " frame"], ...]:
    columns = (table.dx, table.dy, table.scale, table.rotation_deg, table.parallax_px)
    return tuple(np.asarray(one, dtype=np.float64) for one in columns)


def _move(median: Float64[np.ndarray, "5"], clip: Clip) -> Move:
    """Shares of the picture's width a second from pixels a frame."""
    dx, dy, scale, rotation, parallax = (float(value) for value in median)
    fps = float(clip.fps)
    moved = float(np.hypot(dx, dy))
    known = np.isfinite(parallax) and moved > 0
    return Move(
        right=-dx / clip.width * fps,
        up=dy / clip.width * fps,
        forward=(scale - 1) * fps,
        # The picture turns against the camera.
        turn_deg=-rotation * fps,
        parallax=parallax / moved if known else None,
    )

"""How the picture moves on both sides of a gap: the motion that a bridge has to join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.analysis.table import FrameTable

FRAMES: Final = 10
"""Steps looked at on each side; a side with fewer real frames shows fewer."""
_LEAST: Final = 2

Motions = Float64[np.ndarray, "step corner 2"]


@dataclass(frozen=True, slots=True)
class Beside:
    """Image motion beside a gap, pixels of the source; None where a side could not be measured.

    Attributes:
        turn_px: How much the motion of the picture's corners differs between both sides, mean
            of the corners, px a frame.
        unsteady_px: How much it changes from frame to frame, median of the worse side, px a
            frame.
    """

    turn_px: float | None
    unsteady_px: float | None


def motion_beside(table: FrameTable, start: int, end: int, *, size: tuple[int, int]) -> Beside:
    """Motion up to the start anchor and from the end anchor on, within their shots.

    Args:
        table: Of the clip.
        start: Frame index of the start anchor.
        end: Of the end anchor.
        size: Width and height of the source, pixels.
    """
    before = _corner_motion(table, _back(table, start), size)
    after = _corner_motion(table, _on(table, end), size)
    if len(before) < _LEAST or len(after) < _LEAST:
        return Beside(None, None)
    turn = np.linalg.norm(np.median(before, axis=0) - np.median(after, axis=0), axis=1)
    return Beside(float(turn.mean()), max(_unsteady(before), _unsteady(after)))


def _back(table: FrameTable, start: int) -> range:
    """Steps that lead to the start anchor."""
    cuts = np.flatnonzero(table.is_cut[: start + 1])
    first = int(cuts[-1]) if len(cuts) else 0
    return range(max(first, start - FRAMES), start)


def _on(table: FrameTable, end: int) -> range:
    """Steps that lead on from the end anchor."""
    cuts = np.flatnonzero(table.is_cut[end + 1 :])
    stop = end + int(cuts[0]) if len(cuts) else len(table) - 1
    return range(end, min(stop, end + FRAMES))


def _corner_motion(table: FrameTable, steps: range, size: tuple[int, int]) -> Motions:
    """How each step moves the picture's corners; steps that were not measured are left out."""
    width, height = size
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], float).T
    maps = table.homography[steps.start : steps.stop]
    moved = maps[np.isfinite(maps).all(axis=(1, 2))] @ corners
    ahead = (moved[:, 2] > 1e-6).all(axis=1)
    at = moved[ahead, :2] / moved[ahead, 2:]
    return np.ascontiguousarray((at - corners[:2]).swapaxes(1, 2))


def _unsteady(motions: Motions) -> float:
    changes = np.linalg.norm(np.diff(motions, axis=0), axis=2).mean(axis=1)
    return float(np.median(changes))

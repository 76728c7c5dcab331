"""Where the horizon lets sky and water be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from landfast.model.arrays import Float32
from landfast.vision.horizon.finder import HorizonFinder
from landfast.vision.horizon.path import HorizonPath, settle_horizon
from landfast.vision.labels.cues import Cues

Plane = Float32[np.ndarray, "height width"]

_RATE: Final = 30.0
_SOFT: Final = 0.008
"""Half the height over which above turns into below, share of the height."""
_STRAIGHT: Final = 0.15
"""Confidence from which the line is taken for the horizon itself, not a skyline's foot."""


def find_above(frames: Sequence[Cues]) -> list[Plane | None]:
    """How far each pixel lies above the horizon, 0 to 1; None where none is in sight."""
    ahead, back = _path(frames), _path(frames[::-1])
    rows = [
        there if there[2] >= _STRAIGHT else other
        for there, other in zip(ahead, back[::-1], strict=True)
    ]
    return [
        _above(cues, angle, height) if sure >= _STRAIGHT else None
        for cues, (angle, height, sure) in zip(frames, rows, strict=True)
    ]


def _path(frames: Sequence[Cues]) -> list[tuple[float, float, float]]:
    """Angle, height and confidence of the horizon, a row a frame."""
    finder = HorizonFinder()
    found = np.array([finder.see(cues.whole) for cues in frames], np.float32).T
    path = settle_horizon(HorizonPath(*found[:3]), found[3], fps=_RATE, streaks=found[4])
    columns = (path.angle_deg.tolist(), path.height.tolist(), path.confidence.tolist())
    return list(zip(*columns, strict=True))


def _above(cues: Cues, angle_deg: float, height: float) -> Plane:
    tall, wide = cues.gray.shape
    x = np.arange(wide, dtype=np.float32) - (wide - 1) / 2
    line = height * tall - 0.5 + np.tan(np.radians(angle_deg)) * x
    y = np.arange(tall, dtype=np.float32)[:, None]
    share = np.clip(0.5 + (line[None] - y) / (2 * _SOFT * tall), 0, 1)
    return np.asarray(share, np.float32)

"""What lies between a pinhole's still picture and the footage: a lens that bends, rows in turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64, UInt8
from landfast.vision.overlay.sensor.lens import Distortion
from landfast.vision.overlay.sensor.shutter import Rolling

Points = Float64[np.ndarray, "point 2"]
Gray = UInt8[np.ndarray, "height width"]
Field = Float32[np.ndarray, "height width 2"]

_MESH_PX = 16
"""Nodes between which the way to the footage's pixels is interpolated."""
_SETTLING = 5


@runtime_checkable
class Optics(Protocol):
    """From the footage's pixels to those of a pinhole that sees all rows at once, and back."""

    def straight(self, points: Points) -> Points:
        """The pinhole's; NaN stays NaN."""

    def bent(self, points: Points) -> Points:
        """The footage's."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """One frame through lens and shutter."""

    frame: int
    lens: Distortion | None
    shutter: Rolling | None

    def straight(self, points: Points) -> Points:
        """Straightened, then where it is in the middle of the frame."""
        flat = points if self.lens is None else self.lens.straight(points)
        return flat if self.shutter is None else self.shutter.still(self.frame, points[:, 1], flat)

    def bent(self, points: Points) -> Points:
        """Found in turns: which row sees a point depends on where it is by then."""
        if self.shutter is None:
            return points if self.lens is None else self.lens.bent(points)
        there = points if self.lens is None else self.lens.bent(points)
        for _ in range(_SETTLING):
            there = self.shutter.rolled(self.frame, there[:, 1], points)
            there = there if self.lens is None else self.lens.bent(there)
        return there


@dataclass(slots=True)
class Sensor:
    """Lens and shutter of some footage, at one size."""

    size: tuple[int, int]
    lens: Distortion | None = None
    shutter: Rolling | None = None
    _still: Field | None = field(default=None, init=False)

    def scaled(self, size: tuple[int, int]) -> Sensor:
        """The same for pictures of another size."""
        lens = None if self.lens is None else self.lens.scaled(*size)
        return Sensor(size, lens, None if self.shutter is None else self.shutter.scaled(*size))

    def at(self, frame: int) -> Exposed:
        """One frame; those beyond the last move as that does."""
        return Exposed(frame, self.lens, self.shutter)

    def straight_picture(self, frame: int, gray: Gray) -> Gray:
        """A frame as the pinhole shows it."""
        if self.shutter is not None:
            lattice = self._lattice(frame)
        else:
            lattice = self._still = self._lattice(frame) if self._still is None else self._still
        found = cv2.remap(gray, lattice, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(found, np.uint8)

    def _lattice(self, frame: int) -> Field:
        """Where each of the pinhole's pixels lies in the frame."""
        x, y = (_nodes(side) for side in self.size)
        across, down = (_shares(side) for side in self.size)
        grid = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
        there = self.at(frame).bent(grid).reshape(len(y), len(x), 2).astype(np.float32)
        planes = [down @ there[..., axis] @ across.T for axis in (0, 1)]
        return np.asarray(cv2.merge(planes))


def _nodes(side: int) -> Float64[np.ndarray, " node"]:
    return np.arange(0, side - 1 + _MESH_PX, _MESH_PX, dtype=np.float64)


def _shares(side: int) -> Float32[np.ndarray, "pixel node"]:
    """Share of each node at each pixel."""
    nodes = _nodes(side)
    away = np.abs(np.arange(side)[:, None] - nodes[None]) / _MESH_PX
    return np.asarray(np.maximum(0, 1 - away), np.float32)

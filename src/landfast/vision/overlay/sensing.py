"""Lens and shutter of some footage: as given, else as its own motion tells, else unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from landfast.vision.overlay.bending import find_bending
from landfast.vision.overlay.maps import Map
from landfast.vision.overlay.scene.planes import Stretch
from landfast.vision.overlay.scene.sight import Layer, SceneFrame
from landfast.vision.overlay.sensor.lens import Distortion
from landfast.vision.overlay.sensor.sensor import Sensor
from landfast.vision.overlay.sensor.shutter import Motion, Rolling, find_readout, motions, rolling

Source = Literal["given", "estimated", "unknown"]

_STEADY: tuple[Layer, Layer] = ("plane", "turn")
_LEAST_SHIFT_PX = 0.15
"""Root mean square shift of the first and last row, at 960 wide, that is worth a correction."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is given of lens and shutter."""

    lens: Distortion | None = None
    """Already taken out of what was followed."""
    share: float | None = None
    """Time in which rows are read, in frames; 0 for all at once; looked for where None."""
    is_lens: bool = False
    """The lens is given, even if it is None."""


@dataclass(frozen=True, slots=True)
class Sensed:
    """Lens and shutter, and where they are known from; source pixels."""

    lens: Distortion | None
    lens_source: Source
    bend_px: float
    """Root mean square displacement over the picture by the lens."""
    bend_error_px: float
    shutter: Rolling | None
    """None where rows are read at once, where that is not known, and where nothing shakes."""
    share: float | None
    """Of a frame's time in which rows are read; None where not known."""
    share_error: float
    shutter_source: Source

    def sensor(self, size: tuple[int, int]) -> Sensor | None:
        """What to straighten the footage by; None where there is nothing to."""
        if self.lens is None and self.shutter is None:
            return None
        return Sensor(size, self.lens, self.shutter)

    @property
    def is_given(self) -> bool:
        """Whether nothing of what the footage is straightened by was estimated."""
        guessed = (self.lens is not None and self.lens_source == "estimated") or (
            self.shutter is not None and self.shutter_source == "estimated"
        )
        return not guessed

    def scaled(self, size: tuple[int, int], by: float) -> Sensed:
        """The same for pictures of another size, `by` times as wide."""
        return replace(
            self,
            bend_px=self.bend_px * by,
            bend_error_px=self.bend_error_px * by,
            lens=None if self.lens is None else self.lens.scaled(*size),
            shutter=None if self.shutter is None else self.shutter.scaled(*size),
        )

    def without(self) -> Sensed:
        """As it is where what was estimated did not help."""
        lens = self.lens if self.lens_source == "given" else None
        shutter = self.shutter if self.shutter_source == "given" else None
        return replace(
            self,
            lens=lens,
            lens_source="unknown" if self.lens is not lens else self.lens_source,
            shutter=shutter,
            share=None if self.shutter is not shutter else self.share,
            shutter_source="unknown" if self.shutter is not shutter else self.shutter_source,
        )


def steps_of(
    frames: Sequence[SceneFrame | None], followed: Sequence[Map | None]
) -> list[Map | None]:
    """From the frame before to each: of the plane, the points, or the turn, whichever is known.

    Args:
        frames: The scene, frame by frame.
        followed: What points did from frame to frame.
    """
    result: list[Map | None] = [None]
    for number in range(1, len(frames)):
        before, now = frames[number - 1], frames[number]
        step = followed[number]
        for layer in _STEADY:
            start = None if before is None else before.layers[layer].map
            stop = None if now is None else now.layers[layer].map
            if start is not None and stop is not None:
                known = np.asarray(stop @ np.linalg.inv(start))
                step = known if layer == "plane" or step is None else step
                break
        result.append(step)
    return result


def sense(
    stretches: Sequence[Stretch],
    steps: Sequence[Map | None],
    size: tuple[int, int],
    known: Known,
    *,
    focal_px: float | None = None,
) -> Sensed:
    """Lens and shutter from what was followed.

    Args:
        stretches: Points, working pixels; straightened where the lens is given.
        steps: From the frame before to each, the same pixels.
        size: Width and height of the working picture.
        known: What is given.
        focal_px: In working pixels, where known.
    """
    moved, measured = motions(steps, size)
    share, error, source = _readout(moved, measured, size, known)
    shutter = rolling(share, moved, size) if share else None
    if shutter is not None and shutter.reach() * 960 < _LEAST_SHIFT_PX:
        shutter = None
    if known.is_lens or known.lens is not None:
        return Sensed(known.lens, "given", 0.0, 0.0, shutter, share, error, source)
    stilled = stretches if shutter is None else [_stilled(one, shutter) for one in stretches]
    bent = find_bending(stilled, size, focal_px=focal_px)
    lens_source: Source = "estimated" if bent.is_known else "unknown"
    return Sensed(
        bent.lens, lens_source, bent.bend_px, bent.error_px, shutter, share, error, source
    )


def _readout(
    moved: Motion, measured: np.ndarray, size: tuple[int, int], known: Known
) -> tuple[float | None, float, Source]:
    if known.share is not None:
        return known.share, 0.0, "given"
    found = find_readout(moved, measured, size)
    return found.share, found.error, "unknown" if found.share is None else "estimated"


def _stilled(stretch: Stretch, shutter: Rolling) -> Stretch:
    """Where its points would be if all rows were read at once."""

    def still(frame: int, points: np.ndarray) -> np.ndarray:
        exact = points.astype(np.float64)
        return shutter.still(frame, exact[:, 1], exact).astype(np.float32)

    begin = stretch.first + 1
    sights = [still(begin + number, points) for number, points in enumerate(stretch.sights)]
    return replace(stretch, points=still(stretch.first, stretch.points), sights=sights)

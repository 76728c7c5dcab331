"""The observers of one pass, and the rows that they fill."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from landfast.media.grid import Grid
from landfast.model.arrays import Float64
from landfast.model.clip import Clip
from landfast.vision.analysis.baseline import Baseline
from landfast.vision.analysis.continuity import align, continuity
from landfast.vision.analysis.layout import describe_layout
from landfast.vision.analysis.occlusion import CLEAR, OcclusionFinder
from landfast.vision.analysis.quality import exposure, noise, sharpness
from landfast.vision.analysis.table import LAYOUT_SIZE
from landfast.vision.analysis.tracker import MotionTracker, Seen
from landfast.vision.analysis.working import (
    FINE_SIDE,
    WorkingFrame,
    coarse_grid,
    half_grid,
    width_for,
)
from landfast.vision.horizon.finder import HorizonFinder

_NOISE_EVERY = 4
_NUMBERS = [
    "luma_mean",
    "luma_p01",
    "luma_p99",
    "clip_low",
    "clip_high",
    "sharpness",
    "noise",
    "structure",
    "change",
    "difference",
    "decorrelation",
    "occluded",
    "occluded_side",
    "dx",
    "dy",
    "rotation_deg",
    "scale",
    "inliers",
    "motion_px",
    "parallax_px",
    "baseline_frames",
    "baseline_motion_px",
    "rotation_misfit_px",
    "epipolar_gain",
    "horizon_angle_deg",
    "horizon_height",
    "horizon_confidence",
    "horizon_near_px",
    "horizon_streaks",
]


@dataclass(frozen=True, slots=True)
class Raw:
    """What the observers write, a row a frame; NaN where they are silent."""

    numbers: dict[str, Float64[np.ndarray, " frame"]]
    homography: Float64[np.ndarray, "frame 3 3"]
    layout: Any
    """Float32 frame x 112."""

    @classmethod
    def empty(cls, frames: int) -> Raw:
        """Rows for a clip of so many frames."""
        return cls(
            {name: np.full(frames, np.nan) for name in _NUMBERS},
            np.full((frames, 3, 3), np.nan),
            np.full((frames, LAYOUT_SIZE), np.nan, np.float32),
        )

    def write(self, row: int, values: dict[str, float]) -> None:
        """Put numbers into one row, by column."""
        for name, value in values.items():
            self.numbers[name][row] = value


@dataclass(slots=True)
class Observers:
    """Everything that looks at the frames of one clip, in order."""

    raw: Raw
    grid: Grid
    """From coarse working pixels to source pixels."""
    half_grid: Grid
    """From half working pixels to coarse ones."""
    tracker: MotionTracker
    horizon: HorizonFinder
    occlusion: OcclusionFinder
    before: WorkingFrame | None = None
    noise: float = math.nan
    """As last measured."""

    @classmethod
    def of(cls, clip: Clip) -> Observers:
        """Observers for a clip."""
        size = (clip.width, clip.height)
        fine = Grid.working(size, width_for(size, FINE_SIDE)).size
        coarse = coarse_grid(fine).size
        grid = Grid(*coarse, *size)
        second = max(5, min(60, round(float(clip.fps))))
        return cls(
            raw=Raw.empty(clip.frames),
            grid=grid,
            half_grid=half_grid(coarse),
            tracker=MotionTracker(grid, longest=second),
            horizon=HorizonFinder(aspect=grid.scale_y / grid.scale_x),
            occlusion=OcclusionFinder(),
        )

    def see(self, frame: WorkingFrame) -> None:
        """Measure the next frame."""
        row = frame.index
        seen = self.tracker.see(row, frame.coarse)
        self._look(row, frame, seen)
        line = self.horizon.see(frame.coarse, None if seen is None else seen.homography)
        self.raw.write(row, {f"horizon_{name}": value for name, value in line._asdict().items()})
        if seen is not None and self.before is not None:
            self._compare(row, self.before, frame, seen)
        else:
            self.raw.write(row, CLEAR._asdict())
        self.raw.write(row, {"structure": self.tracker.structure})
        self.before = frame

    def finish(self) -> None:
        """Close what the end of the clip cuts short."""
        first, baseline = self.tracker.finish()
        if self.before is not None:
            self._write_baseline(first, self.before.index, baseline)

    def _look(self, row: int, frame: WorkingFrame, seen: Seen | None) -> None:
        """What one frame tells by itself. Noise lasts: while the scene goes on, it is kept."""
        goes_on = seen is not None and seen.homography is not None
        if row % _NOISE_EVERY == 0 or not goes_on or math.isnan(self.noise):
            self.noise = noise(frame.fine)
        self.raw.write(row, exposure(frame.fine)._asdict())
        self.raw.write(row, {"noise": self.noise, "sharpness": sharpness(frame.fine, self.noise)})
        self.raw.layout[row] = describe_layout(frame.colours, frame.half)

    def _compare(self, row: int, before: WorkingFrame, after: WorkingFrame, seen: Seen) -> None:
        """What a frame tells beside the one before."""
        motion = seen.homography
        half = None if motion is None else self.half_grid.homography_from_source(motion)
        aligned = align(before.half, after.half, half)
        self.raw.write(row, continuity(before.half, after.half, aligned)._asdict())
        hidden = self.occlusion.see(after.half, None if motion is None else aligned)
        self.raw.write(row, hidden._asdict())
        self.raw.write(row - 1, seen.pair._asdict())
        if motion is not None:
            self.raw.homography[row - 1] = self.grid.homography_to_source(motion)
        if seen.corners is not None:
            self._write_baseline(seen.first, row, seen.baseline)

    def _write_baseline(self, first: int, stop: int, baseline: Baseline | None) -> None:
        """Spread the figures of a baseline over the frames that it spans."""
        if baseline is None or stop <= first:
            return
        rows = slice(first, stop)
        numbers = self.raw.numbers
        numbers["baseline_frames"][rows] = stop - first
        numbers["baseline_motion_px"][rows] = baseline.motion_px
        numbers["rotation_misfit_px"][rows] = baseline.rotation_misfit_px
        numbers["epipolar_gain"][rows] = baseline.epipolar_gain
        numbers["parallax_px"][rows] = baseline.parallax_px / (stop - first)

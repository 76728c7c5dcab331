"""From what the observers wrote to the finished table: all that needs more than one frame."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Bool, Float32

from landfast.model.clip import Clip
from landfast.vision.cuts import find_breaks
from landfast.vision.freeze import find_duplicates, find_frozen
from landfast.vision.horizon import without_outliers
from landfast.vision.observers import Raw
from landfast.vision.shake import find_shake
from landfast.vision.table import FrameTable
from landfast.vision.windows import running_quantile, stretches

_SHARP_S = 2.0
_SHARP_QUANTILE = 0.75
_OF_PAIRS = [
    "dx",
    "dy",
    "rotation_deg",
    "scale",
    "inliers",
    "motion_px",
    "parallax_px",
    "baseline_motion_px",
    "rotation_misfit_px",
    "epipolar_gain",
]


def settle(raw: Raw, clip: Clip) -> FrameTable:
    """The table of a clip from the rows of its observers."""
    columns: dict[str, Any] = {
        name: values.astype(np.float32) for name, values in raw.numbers.items()
    }
    fps = float(clip.fps)
    time_s = np.array([float(clip.time_of(index)) for index in range(clip.frames)])
    breaks = find_breaks(
        decorrelation=columns["decorrelation"],
        inliers=_into(columns["inliers"]),
        luma_mean=columns["luma_mean"],
        luma_p99=columns["luma_p99"],
        layout=raw.layout,
    )
    homography = raw.homography.copy()
    _silence_before_cuts(columns, homography, breaks.is_cut)
    moved = _into(columns["motion_px"])
    duplicate = find_duplicates(
        columns["change"],
        moved,
        breaks.is_cut,
        fps=fps,
        diagonal_px=float(np.hypot(clip.width, clip.height)),
    )
    angle, height, confidence = without_outliers(
        columns.pop("horizon_angle_deg"),
        columns.pop("horizon_height"),
        columns.pop("horizon_confidence"),
        fps=fps,
    )
    shake = find_shake(
        dx=columns["dx"],
        dy=columns["dy"],
        rotation_deg=columns["rotation_deg"],
        is_cut=breaks.is_cut,
        time_s=time_s,
        size=(clip.width, clip.height),
    )
    return FrameTable(
        tick=np.array(clip.ticks, np.int64),
        time_s=time_s,
        is_duplicate=duplicate,
        is_frozen=find_frozen(duplicate, columns["change"], moved, fps=fps),
        sharpness_relative=relative_sharpness(columns["sharpness"], breaks.is_cut, fps=fps),
        occluded_side=np.nan_to_num(columns.pop("occluded_side")).astype(np.int8),
        baseline_frames=np.nan_to_num(columns.pop("baseline_frames")).astype(np.int16),
        cut_score=breaks.cut_score,
        is_cut=breaks.is_cut,
        fade=breaks.fade,
        flash_score=breaks.flash_score,
        homography=homography,
        shake_px=shake,
        horizon_angle_deg=angle,
        horizon_height=height,
        horizon_confidence=confidence,
        layout=raw.layout,
        **columns,
    )


def _into(of_pair: Float32[np.ndarray, " frame"]) -> Float32[np.ndarray, " frame"]:
    """What stands in the row of a pair's first frame, in the row of its second."""
    shifted = np.full_like(of_pair, np.nan)
    shifted[1:] = of_pair[:-1]
    return shifted


def _silence_before_cuts(
    columns: dict[str, Any], homography: Any, is_cut: Bool[np.ndarray, " frame"]
) -> None:
    """No motion leads over a cut, in place."""
    last = np.flatnonzero(is_cut) - 1
    for name in _OF_PAIRS:
        columns[name][last] = np.nan
    columns["baseline_frames"][last] = 0
    homography[last] = np.nan


def relative_sharpness(
    sharpness: Float32[np.ndarray, " frame"], is_cut: Bool[np.ndarray, " frame"], *, fps: float
) -> Float32[np.ndarray, " frame"]:
    """Sharpness over the upper quartile of the shot within two seconds on either side."""
    relative = np.full(len(sharpness), np.nan, np.float32)
    for start, stop in stretches(is_cut):
        part = sharpness[start:stop]
        usual = running_quantile(part, max(2, round(_SHARP_S * fps)), _SHARP_QUANTILE)
        relative[start:stop] = part / np.where(usual > 0, usual, np.nan)
    return relative

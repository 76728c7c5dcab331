"""From what the observers wrote to the finished table: all that needs more than one frame."""

from __future__ import annotations

from typing import Any

import numpy as np

from landfast.model.arrays import Bool, Float32
from landfast.model.clip import Clip
from landfast.vision.analysis.cuts import find_breaks
from landfast.vision.analysis.freeze import find_duplicates, find_frozen
from landfast.vision.analysis.observers import Raw
from landfast.vision.analysis.shake import find_shake
from landfast.vision.analysis.table import FrameTable
from landfast.vision.analysis.working import COARSE_SIDE
from landfast.vision.horizon.path import HorizonPath, settle_horizon, turned
from landfast.vision.statistics.windows import running_quantile, stretches

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
    columns |= {"homography": raw.homography.copy(), "layout": raw.layout}
    columns["tick"] = np.array(clip.ticks, np.int64)
    columns["time_s"] = np.array([float(clip.time_of(index)) for index in range(clip.frames)])
    for name, kind in (("occluded_side", np.int8), ("baseline_frames", np.int16)):
        columns[name] = np.nan_to_num(columns[name]).astype(kind)
    _find_breaks(columns)
    _silence_before_cuts(columns)
    _find_repeats(columns, clip)
    _trust_horizon(columns, clip)
    columns["sharpness_relative"] = relative_sharpness(
        columns["sharpness"], columns["is_cut"], fps=float(clip.fps)
    )
    columns["shake_px"] = find_shake(
        dx=columns["dx"],
        dy=columns["dy"],
        rotation_deg=columns["rotation_deg"],
        is_cut=columns["is_cut"],
        time_s=columns["time_s"],
        size=(clip.width, clip.height),
    )
    return FrameTable(**columns)


def _find_breaks(columns: dict[str, Any]) -> None:
    """Add what parts shots, in place."""
    breaks = find_breaks(
        decorrelation=columns["decorrelation"],
        inliers=_into(columns["inliers"]),
        luma_mean=columns["luma_mean"],
        luma_p99=columns["luma_p99"],
        layout=columns["layout"],
    )
    columns |= {
        "cut_score": breaks.cut_score,
        "is_cut": breaks.is_cut,
        "fade": breaks.fade,
        "flash_score": breaks.flash_score,
    }


def _find_repeats(columns: dict[str, Any], clip: Clip) -> None:
    """Add duplicate and frozen frames, in place."""
    moved, fps = _into(columns["motion_px"]), float(clip.fps)
    columns["is_duplicate"] = find_duplicates(
        columns["change"],
        moved,
        columns["is_cut"],
        fps=fps,
        diagonal_px=float(np.hypot(clip.width, clip.height)),
    )
    columns["is_frozen"] = find_frozen(columns["is_duplicate"], columns["change"], moved, fps=fps)


def _trust_horizon(columns: dict[str, Any], clip: Clip) -> None:
    """Silence horizons that agree with no neighbour, and edges that are near, in place."""
    names = ("horizon_angle_deg", "horizon_height", "horizon_confidence")
    found = HorizonPath(*(columns[name] for name in names))
    # Over four frames, as the motion beside the line, and in working pixels.
    frames = np.where(columns["baseline_frames"] > 0, columns["baseline_frames"], np.nan)
    working = min(1.0, COARSE_SIDE / max(clip.width, clip.height))
    depth = (columns["rotation_misfit_px"] * working * 4 / frames).astype(np.float32)
    near, streaks = columns["horizon_near_px"], columns["horizon_streaks"]
    path = settle_horizon(
        found,
        near,
        fps=float(clip.fps),
        depth_px=depth,
        streaks=streaks,
        turned_deg=turned(found, columns["homography"], (clip.width, clip.height)),
    )
    columns |= dict(zip(names, (path.angle_deg, path.height, path.confidence), strict=True))


def _into(of_pair: Float32[np.ndarray, " frame"]) -> Float32[np.ndarray, " frame"]:
    """What stands in the row of a pair's first frame, in the row of its second."""
    shifted = np.full_like(of_pair, np.nan)
    shifted[1:] = of_pair[:-1]
    return shifted


def _silence_before_cuts(columns: dict[str, Any]) -> None:
    """No motion leads over a cut, in place."""
    last = np.flatnonzero(columns["is_cut"]) - 1
    for name in _OF_PAIRS:
        columns[name][last] = np.nan
    columns["baseline_frames"][last] = 0
    columns["homography"][last] = np.nan


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

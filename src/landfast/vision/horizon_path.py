"""The horizon over time: what neighbours contradict is silenced; roll and pitch of the camera."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from landfast.model.arrays import Bool, Float32
from landfast.model.camera import Lens
from landfast.vision.windows import running_quantile, runs

Column = Float32[np.ndarray, " frame"]

_NEAR_PX: Final = 2.0
"""Motion beside the line, working pixels, from which it is something near."""
_MEASURED: Final = 2
"""Measurements that must say so."""
_OFF_DEG: Final = 1.5
_OFF_HEIGHT: Final = 0.03


@dataclass(frozen=True, slots=True)
class HorizonPath:
    """The horizon's columns, a row a frame; NaN, NaN and 0 where there is none."""

    angle_deg: Column
    height: Column
    confidence: Column


def settle_horizon(found: HorizonPath, near_px: Column, *, fps: float) -> HorizonPath:
    """The path without frames that agree with no neighbour, and without lines that are near.

    A horizon that is seen in fewer than three frames within a quarter second on either side, or
    that lies 1.5 degrees or 3 % of the height off their median, is not trusted. A run of frames
    in which the surroundings of the line move as only near things do is silenced as a whole.
    """
    radius = max(2, round(fps / 4))
    seen = (~np.isnan(found.angle_deg)).astype(np.float64)
    company = np.convolve(seen, np.ones(2 * radius + 1), mode="same")[: len(seen)]
    off_angle = np.abs(found.angle_deg - running_quantile(found.angle_deg, radius, 0.5))
    off_height = np.abs(found.height - running_quantile(found.height, radius, 0.5))
    alone = company < min(3, len(seen))
    stray = (off_angle > _OFF_DEG) | (off_height > _OFF_HEIGHT)
    keep = (seen > 0) & ~alone & ~stray
    return _only(found, keep & ~_near(keep, near_px))


def _near(keep: Bool[np.ndarray, " frame"], near_px: Column) -> Bool[np.ndarray, " frame"]:
    """Frames of runs whose line moves against its surroundings as a near edge does."""
    near = np.zeros(len(keep), bool)
    for start, stop in runs(keep):
        measured = near_px[start:stop][~np.isnan(near_px[start:stop])]
        if len(measured) >= _MEASURED and float(np.median(measured)) > _NEAR_PX:
            near[start:stop] = True
    return near


def _only(path: HorizonPath, keep: Bool[np.ndarray, " frame"]) -> HorizonPath:
    return HorizonPath(
        np.where(keep, path.angle_deg, np.nan).astype(np.float32),
        np.where(keep, path.height, np.nan).astype(np.float32),
        np.where(keep, path.confidence, 0).astype(np.float32),
    )


@dataclass(frozen=True, slots=True)
class Attitude:
    """How the camera was held, a row a frame; NaN where no horizon was in sight."""

    roll_deg: Column
    """Positive where the camera leans to its left: the right end of the horizon is lower."""
    pitch_deg: Column | None
    """Positive looking up; None where the focal length is not known."""
    height: Column
    """Height of the horizon at the centre column, share from the top."""


def attitude(path: HorizonPath, lens: Lens | None = None) -> Attitude:
    """Roll and pitch of the camera from the horizon, smoothed over five frames.

    The horizon of a level camera runs through the principal point; its distance from there, over
    the focal length, is the tangent of the pitch. The dip of the horizon (0.03 degrees at 1 m,
    0.2 at 40 m, 0.3 at 100 m) is not taken off.
    """
    angle, height = (_calm(column) for column in (path.angle_deg, path.height))
    if lens is None:
        return Attitude(angle, None, height)
    y = height * lens.height - 0.5
    middle = y + np.tan(np.radians(angle)) * (lens.centre_x - (lens.width - 1) / 2)
    distance = (middle - lens.centre_y) * np.cos(np.radians(angle))
    pitch = np.degrees(np.arctan(distance / lens.focal_px))
    return Attitude(angle, pitch.astype(np.float32), height)


def _calm(column: Column) -> Column:
    """Weighted mean over five frames (Savitzky and Golay, second order), gaps left as they are."""
    weights = np.array([-3, 12, 17, 12, -3]) / 35
    seen = ~np.isnan(column)
    filled = np.where(seen, column, 0).astype(np.float64)
    total = np.convolve(filled, weights, mode="same")[: len(column)]
    share = np.convolve(seen.astype(float), weights, mode="same")[: len(column)]
    whole = seen & (np.abs(share - 1) < 1e-9) & (len(column) >= len(weights))
    return np.where(whole, total, np.where(seen, column, math.nan)).astype(np.float32)

"""GoPro's motion sensors, turned to the camera's axes and brought to one value a frame.

GoPro's body axes (gpmf-parser, "IMU Orientation"): X to the left seen from behind, Y out of the
back, Z up, right-handed. landfast's: x right, y down, z forward = (-X, -Z, -Y).

GRAV and CORI are not documented beyond their names. Their numbers follow landfast's axes: on a
GoPro MAX the turning rates that CORI implies are the gyro's, and GRAV is the mean of the
accelerometer turned about; CORI then takes the starting axes to the present ones.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from landfast.media.telemetry.clock import sample_times
from landfast.media.telemetry.gpmf import Payload
from landfast.media.telemetry.klv import Faults
from landfast.model.arrays import Float64
from landfast.model.clip import Clip
from landfast.model.telemetry import Sensor

_LONGEST_GAP_S = 0.5
"""Farther from any sample than this, nothing is said."""
_HERO5 = "ZXY"
_Rate = tuple[Literal["GYRO", "ACCL"], Literal["gyro", "accelerometer"], str]
_RATES: tuple[_Rate, ...] = (("GYRO", "gyro", "rad/s"), ("ACCL", "accelerometer", "m/s²"))
_Pose = tuple[Literal["GRAV", "CORI"], Literal["gravity", "orientation"], int]
_POSES: tuple[_Pose, ...] = (("GRAV", "gravity", 3), ("CORI", "orientation", 4))
_DECIMALS = 6


Streams = dict[str, list[Payload]]
Bounds = Float64[np.ndarray, " bound"]
"""Where frames start, and where the last one ends, in seconds of the clip."""


def sensors(
    streams: Streams, offset: float | None, clip: Clip, faults: Faults
) -> tuple[Sensor, ...]:
    """Gyro, accelerometer, gravity and orientation where the file holds them."""
    bounds = np.array([float(clip.time_of(index)) for index in range(clip.frames + 1)])
    rates = [_rate(rate, streams, offset, bounds, faults) for rate in _RATES]
    poses = [_pose(pose, streams, offset, bounds) for pose in _POSES]
    return tuple(sensor for sensor in (*rates, *poses) if sensor is not None)


def _rate(
    rate: _Rate, streams: Streams, offset: float | None, bounds: Bounds, faults: Faults
) -> Sensor | None:
    """Gyro or accelerometer: means over the frames, in the camera's axes."""
    key, kind, unit = rate
    parts = [part for part in streams.get(key, []) if part.values.shape[1] == 3]
    turn = _turn(parts[0], faults) if parts else None
    if turn is None:
        return None
    samples = np.concatenate([part.values for part in parts]) @ turn.T
    values = _means(sample_times(parts, offset=offset), samples, bounds)
    return Sensor(kind=kind, unit=unit, values=_rows(values))


def _pose(pose: _Pose, streams: Streams, offset: float | None, bounds: Bounds) -> Sensor | None:
    """Gravity or orientation at the frames' starts."""
    key, kind, width = pose
    parts = [part for part in streams.get(key, []) if part.values.shape[1] == width]
    if not parts:
        return None
    samples = np.concatenate([part.values for part in parts])
    values = _directions(sample_times(parts, offset=offset), samples, bounds[:-1])
    return Sensor(kind=kind, unit="1", values=_rows(values))


def _turn(part: Payload, faults: Faults) -> Float64[np.ndarray, "3 3"] | None:
    """What turns the fields of a payload to the camera's axes; None where it does not say."""
    order = part.axes or _hero5(part)
    if sorted(order.upper()) != ["X", "Y", "Z"]:
        faults[f"stream {part.key} does not say which axes it measures"] += 1
        return None
    turn = np.zeros((3, 3))
    for field, axis in enumerate(order):
        # x = -X, y = -Z, z = -Y; a small letter is the axis reversed.
        turn["XZY".index(axis.upper()), field] = -1.0 if axis.isupper() else 1.0
    return turn


def _hero5(part: Payload) -> str:
    """HERO5 calls itself Camera and names its order in the title; HERO6's title is wrong."""
    title = part.name.lower()
    ours = part.device == "Camera" and ("z,x,y" in title or title.startswith("accelerometer (up"))
    return _HERO5 if ours else ""


def _means(
    times: Float64[np.ndarray, " sample"],
    samples: Float64[np.ndarray, "sample field"],
    bounds: Bounds,
) -> Float64[np.ndarray, "frame field"]:
    """Mean over each frame's time, from the integral: turns add up exactly over frames."""
    times, samples = _usable(times, samples)
    values = np.full((len(bounds) - 1, samples.shape[1]), np.nan)
    if len(times) < 2:
        return values
    steps = np.diff(times)[:, None] * (samples[1:] + samples[:-1]) / 2
    integral = np.concatenate([np.zeros((1, samples.shape[1])), np.cumsum(steps, axis=0)])
    inside = np.clip(bounds, times[0], times[-1])
    length = np.diff(inside)
    covered = (length > 0.5 * np.diff(bounds)) & _near(times, bounds[:-1])
    for field in range(samples.shape[1]):
        turned = np.diff(np.interp(inside, times, integral[:, field]))
        values[covered, field] = turned[covered] / length[covered]
    return values


def _directions(
    times: Float64[np.ndarray, " sample"],
    samples: Float64[np.ndarray, "sample field"],
    wanted: Float64[np.ndarray, " frame"],
) -> Float64[np.ndarray, "frame field"]:
    """Unit vectors or quaternions between samples; quaternions lead from now to the start."""
    times, samples = _usable(times, samples)
    values = np.full((len(wanted), samples.shape[1]), np.nan)
    if len(times) == 0:
        return values
    if samples.shape[1] == 4:
        flips = np.where(np.sum(samples[1:] * samples[:-1], axis=1) < 0, -1.0, 1.0)
        samples = samples * np.concatenate([[1.0], np.cumprod(flips)])[:, None]
        samples = samples * [1.0, -1.0, -1.0, -1.0]
    between = np.stack([np.interp(wanted, times, column) for column in samples.T], axis=1)
    length = np.linalg.norm(between, axis=1)
    known = _near(times, wanted) & (length > 0.5)
    values[known] = between[known] / length[known, None]
    return values


def _usable(
    times: Float64[np.ndarray, " sample"], samples: Float64[np.ndarray, "sample field"]
) -> tuple[Float64[np.ndarray, " kept"], Float64[np.ndarray, "kept field"]]:
    """Finite samples at ascending times."""
    ahead = np.maximum.accumulate(np.concatenate([[-np.inf], times[:-1]]))
    good = np.isfinite(samples).all(axis=1) & np.isfinite(times) & (times > ahead)
    return times[good], samples[good]


def _near(
    times: Float64[np.ndarray, " sample"], wanted: Float64[np.ndarray, " frame"]
) -> np.ndarray:
    """True where a sample lies close by on either side."""
    after = np.clip(np.searchsorted(times, wanted), 0, len(times) - 1)
    before = np.maximum(after - 1, 0)
    gap = np.minimum(np.abs(times[after] - wanted), np.abs(times[before] - wanted))
    close: np.ndarray = gap <= _LONGEST_GAP_S
    return close


def _rows(values: Float64[np.ndarray, "frame field"]) -> tuple[tuple[float, ...] | None, ...]:
    known = np.isfinite(values).all(axis=1)
    rounded = np.round(values, _DECIMALS).tolist()
    return tuple(tuple(row) if ok else None for row, ok in zip(rounded, known, strict=True))

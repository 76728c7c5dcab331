"""The horizon over time: what neighbours contradict is silenced, and what proves to be near."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from landfast.model.arrays import Bool, Float32, Float64
from landfast.vision.statistics.windows import quantile, running_quantile, runs

Column = Float32[np.ndarray, " frame"]
Motion = Float64[np.ndarray, "3 3"]
Line = tuple[float, float]
"""Steepness (rows a column) and height at the centre column (rows), pixels."""

_NEAR_PX: Final = 2.0
"""Motion beside the line, working pixels over four frames, from which it is something near."""
_OF_DEPTH: Final = 0.5
"""The same as a share of the motion that tells near from far in the whole picture."""
_NEAR_LEAST, _NEAR_MOST = 1.5, 4.0
_TRAVELS_PX: Final = 1.0
"""Such motion from which the camera is known to travel."""
_MEASURED: Final = 2
"""Measurements that must say so."""
UNPROVEN: Final = 0.45
"""Highest confidence of a line that nothing tells from the edge of a wall, or whose height is not
known because of haze."""
_WALL: Final = 1.25
"""Detail across the line over that along it, below which it is a wall that ends there."""
_SWINGS_DEG: Final = 2.0
_MOSTLY: Final = 0.75
"""Degrees that a line may turn in a second, three quarters of the time, against the picture that it
stands in. Nine tenths of the time horizons of real clips turn by less than 0.9, feet of skylines by
less than 1.6; the edge of a bridge that is driven towards and the rim of an awning by 3 to 8."""
_OFF_DEG: Final = 1.5
_OFF_HEIGHT: Final = 0.03


@dataclass(frozen=True, slots=True)
class HorizonPath:
    """The horizon's columns, a row a frame; NaN, NaN and 0 where there is none."""

    angle_deg: Column
    height: Column
    confidence: Column


def settle_horizon(
    found: HorizonPath,
    near_px: Column,
    *,
    fps: float,
    depth_px: Column | None = None,
    streaks: Column | None = None,
    turned_deg: Column | None = None,
) -> HorizonPath:
    """The path without frames that agree with no neighbour, and without lines that are near.

    A horizon that is seen in fewer than three frames within a quarter second on either side, or
    that lies 1.5 degrees or 3 % of the height further off their median than it usually moves in
    that time, is not trusted. A run of frames in which the surroundings of the line move as only
    near things do, or in which the line mostly swings by more than 2 degrees a second against the
    motion of the picture, is silenced as a whole. Where the camera is not known to travel, or
    nothing can be followed beside the line, motion does not tell a horizon from the edge of a wall:
    then a line above texture that is seen from the front is silenced too, and confidence is at most
    0.45.

    Args:
        found: What was found frame by frame.
        near_px: Motion beside the line, working pixels over four frames; NaN where not measured.
        fps: Frames a second.
        depth_px: Motion over four frames that no turning camera explains, anywhere in the picture,
            working pixels; NaN where not known.
        streaks: Detail across the line over that along it, just below; NaN where not measured.
        turned_deg: How the line has turned up to each frame beyond what the motion of the picture
            explains, from `turned`; NaN where not known.
    """
    radius = max(2, round(fps / 4))
    unknown = np.full_like(near_px, np.nan)
    depth_px = unknown if depth_px is None else depth_px
    streaks = unknown if streaks is None else streaks
    seen = ~np.isnan(found.angle_deg)
    company = np.convolve(seen.astype(float), np.ones(2 * radius + 1), mode="same")[: len(seen)]
    keep = seen & (company >= min(3, len(seen)))
    keep &= ~_strays(found.angle_deg, radius, _OFF_DEG)
    keep &= ~_strays(found.height, radius, _OFF_HEIGHT)
    most = np.ones(len(keep), np.float32)
    for start, stop in _bridged(keep, radius):
        parts = (column[start:stop] for column in (near_px, depth_px, streaks))
        if turned_deg is not None and _swings(turned_deg[start:stop], round(fps)):
            most[start:stop] = 0
            continue
        ragged = quantile(found.confidence[start:stop][keep[start:stop]], 0.5) < UNPROVEN
        most[start:stop] = _most_sure(*(part[~np.isnan(part)] for part in parts), is_ragged=ragged)
    sure = np.minimum(found.confidence, most).astype(np.float32)
    return _only(HorizonPath(found.angle_deg, found.height, sure), keep & (most > 0))


def _most_sure(
    near: Float32[np.ndarray, " near"],
    depth: Float32[np.ndarray, " depth"],
    streaks: Float32[np.ndarray, " streak"],
    *,
    is_ragged: bool,
) -> float:
    """How sure a run of frames can be of its line, from what was measured beside it."""
    travelled = quantile(depth, 0.5) if len(depth) else math.nan
    if len(near) >= _MEASURED:
        limit = min(max(_OF_DEPTH * travelled, _NEAR_LEAST), _NEAR_MOST)
        if quantile(near, 0.5) > (_NEAR_PX if math.isnan(travelled) else limit):
            return 0.0
        if travelled >= _TRAVELS_PX:
            return 1.0
    elif is_ragged and travelled > _NEAR_MOST:
        # Crests of hills that are flown at look like a skyline, and nothing proves them far.
        return 0.0
    is_wall = len(streaks) > 0 and quantile(streaks, 0.5) < _WALL
    return 0.0 if is_wall else UNPROVEN


def turned(
    found: HorizonPath, motions: Float64[np.ndarray, "frame 3 3"], size: tuple[int, int]
) -> Column:
    """How far the line has turned since the first frame that it is known in, less what the
    picture's own motion turned it by, degrees; NaN where there is no line or no such motion.

    Args:
        found: What was found frame by frame.
        motions: Homography from each frame to the next, source pixels; NaN where not known.
        size: Of the source, pixels.
    """
    width, height = size
    total, out = 0.0, np.full(len(found.angle_deg), np.nan, np.float32)
    for k, angle in enumerate(found.angle_deg):
        if math.isnan(angle):
            continue
        if k and not math.isnan(found.angle_deg[k - 1]) and np.isfinite(motions[k - 1]).all():
            tilt = math.tan(math.radians(found.angle_deg[k - 1]))
            line = tilt, float(found.height[k - 1]) * height - 0.5
            tilt, _ = carried(line, motions[k - 1], width)
            total += float(angle) - math.degrees(math.atan(tilt))
        out[k] = total
    return out


def carried(line: Line, motion: Motion | None, width: int) -> Line:
    """Where the motion of a picture of this width carries a line; the same line without one."""
    if motion is None:
        return line
    middle = (width - 1) / 2
    x = np.array([0.25 * width, 0.75 * width])
    there = motion @ np.stack([x, line[0] * (x - middle) + line[1], np.ones(2)])
    if there[2].min() < 0.1:
        return line
    (x0, x1), (y0, y1) = (there[:2] / there[2]).tolist()
    if x1 - x0 < 0.1 * width:
        return line
    tilt = (y1 - y0) / (x1 - x0)
    return tilt, y0 + tilt * (middle - x0)


def _swings(turned_deg: Column, second: int) -> bool:
    """True where the line mostly turns by too much within a second."""
    swing = np.abs(turned_deg[second:] - turned_deg[:-second])
    known = swing[~np.isnan(swing)]
    return len(known) > 0 and quantile(known, _MOSTLY) > _SWINGS_DEG


def _strays(values: Column, radius: int, limit: float) -> Bool[np.ndarray, " frame"]:
    """Frames off the median of their neighbours by more than the camera's own motion explains."""
    step = np.abs(np.diff(values, append=np.nan))
    usual = np.nan_to_num(running_quantile(step, radius, 0.5))
    off = np.abs(values - running_quantile(values, radius, 0.5))
    return np.asarray(off > limit + radius * usual)


def _bridged(keep: Bool[np.ndarray, " frame"], radius: int) -> list[tuple[int, int]]:
    """Runs of frames, short gaps between them left out of account."""
    joined: list[tuple[int, int]] = []
    for start, stop in runs(keep):
        if joined and start - joined[-1][1] <= radius:
            joined[-1] = joined[-1][0], stop
        else:
            joined.append((start, stop))
    return joined


def _only(path: HorizonPath, keep: Bool[np.ndarray, " frame"]) -> HorizonPath:
    return HorizonPath(
        np.where(keep, path.angle_deg, np.nan).astype(np.float32),
        np.where(keep, path.height, np.nan).astype(np.float32),
        np.where(keep, path.confidence, 0).astype(np.float32),
    )

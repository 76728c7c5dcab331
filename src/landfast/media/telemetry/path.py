"""The path that fixes describe: local metres, and figures that do not tell where it was."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from landfast.model.arrays import Float64
from landfast.model.measured import Recorded
from landfast.model.telemetry import Fix, Telemetry

# WGS 84 (NGA.STND.0036): semi-major axis in metres, first eccentricity squared.
_AXIS_M = 6378137.0
_ECCENTRICITY_2 = 6.69437999014e-3
_STRIDE_S = Fraction(1)


def path_m(telemetry: Telemetry) -> Float64[np.ndarray, "fix 3"]:
    """East, north and up of every fix in metres, from the first fix.

    The plane touches the WGS 84 ellipsoid at the first fix. `up` is NaN where the fix or the
    first one has no altitude. Without fixes the array has no rows.
    """
    fixes = telemetry.fixes
    if not fixes:
        return np.empty((0, 3))
    earth = np.array([_geocentric(fix) for fix in fixes])
    away: Float64[np.ndarray, "fix 3"] = (earth - earth[0]) @ _horizon(fixes[0]).T
    known = np.array([fix.altitude_m is not None for fix in fixes])
    away[~(known & known[0]), 2] = np.nan
    return away


def _geocentric(fix: Fix) -> tuple[float, float, float]:
    """Earth-centred metres (EPSG 9602); an unknown altitude counts as zero."""
    latitude, longitude = np.radians([fix.latitude, fix.longitude])
    height = fix.altitude_m or 0.0
    normal = _AXIS_M / np.sqrt(1 - _ECCENTRICITY_2 * np.sin(latitude) ** 2)
    across = (normal + height) * np.cos(latitude)
    up = (normal * (1 - _ECCENTRICITY_2) + height) * np.sin(latitude)
    return float(across * np.cos(longitude)), float(across * np.sin(longitude)), float(up)


def _horizon(fix: Fix) -> Float64[np.ndarray, "3 3"]:
    """Rows: east, north and up at a fix, in earth-centred axes."""
    latitude, longitude = np.radians([fix.latitude, fix.longitude])
    sin_b, cos_b, sin_l, cos_l = (
        np.sin(latitude), np.cos(latitude), np.sin(longitude), np.cos(longitude)
    )  # fmt: skip
    return np.array(
        [
            [-sin_l, cos_l, 0.0],
            [-sin_b * cos_l, -sin_b * sin_l, cos_b],
            [cos_b * cos_l, cos_b * sin_l, sin_b],
        ]
    )


def path_length_m(telemetry: Telemetry) -> float | None:
    """Length of the path in metres; None with fewer than two fixes.

    It runs through fixes at least a second apart, so that a receiver's jitter and coarse steps
    do not count as travel. Heights count where every fix has one.
    """
    points = path_m(telemetry)[_strides(telemetry.fixes)]
    if len(points) < 2:
        return None
    if np.isnan(points).any():
        points = points[:, :2]
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _strides(fixes: tuple[Fix, ...]) -> list[int]:
    """The first fix, then those at least a second after the one before, and the last."""
    chosen: list[int] = []
    for index, fix in enumerate(fixes):
        if not chosen or fix.time - fixes[chosen[-1]].time >= _STRIDE_S:
            chosen.append(index)
    last = len(fixes) - 1
    return chosen if not fixes or chosen[-1] == last else [*chosen, last]


def figures(telemetry: Telemetry | None) -> Recorded | None:
    """What reports may tell: lengths, ranges and counts, nothing that locates."""
    if telemetry is None:
        return None
    speeds = [fix.speed_mps for fix in telemetry.fixes if fix.speed_mps is not None]
    heights = [fix.altitude_m for fix in telemetry.fixes if fix.altitude_m is not None]
    length = path_length_m(telemetry)
    return Recorded(
        source=telemetry.source,
        device=telemetry.device,
        fixes=len(telemetry.fixes),
        path_m=None if length is None else round(length, 2),
        height_range_m=round(max(heights) - min(heights), 2) if heights else None,
        speed_mps=(round(min(speeds), 2), round(max(speeds), 2)) if speeds else None,
        notes=tuple(telemetry.notes),
    )

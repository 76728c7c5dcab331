"""From GPMF streams to records: positions and camera settings.

Layouts are those of gpmf-parser's tables (GPS5, GPS9, SHUT, ISOE, ISOG). Karma's GLPI and GPRI
are MAVLink's GLOBAL_POSITION_INT and GPS_RAW_INT with their names and units in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landfast.media.telemetry.clock import sample_times
from landfast.media.telemetry.gpmf import PATH_KEYS, Payload
from landfast.media.telemetry.klv import Faults
from landfast.media.telemetry.series import Reading, Setting, SettingName
from landfast.model.arrays import Float64
from landfast.model.telemetry import AltitudeReference

Streams = dict[str, list[Payload]]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which fields of a position stream hold what."""

    latitude: int
    longitude: int
    altitude: int
    speed: tuple[int, ...]
    """One field, or the components of the velocity over ground."""
    above: AltitudeReference
    clock: int | None = None
    lock: int | None = None


_LAYOUTS = {
    "GLPI": _Layout(1, 2, 3, (5, 6), "sea level", clock=0),
    "GPS9": _Layout(0, 1, 2, (3,), "ellipsoid", lock=8),
    "GPS5": _Layout(0, 1, 2, (3,), "ellipsoid"),
    "GPRI": _Layout(1, 2, 3, (6,), "sea level", clock=0, lock=8),
}


def readings(
    streams: Streams, offset: float | None, faults: Faults
) -> tuple[list[Reading], AltitudeReference | None, str | None]:
    """Positions from the best stream, what their altitudes count from, and who measured them."""
    for key in PATH_KEYS:
        layout = _LAYOUTS[key]
        needed = 1 + max(layout.longitude, layout.altitude, *layout.speed, layout.lock or 0)
        parts = [part for part in streams.get(key, []) if part.values.shape[1] >= needed]
        if parts:
            found = _readings(parts, layout, offset, faults)
            return found, layout.above, parts[0].device or None
    return [], None, None


def _readings(
    parts: Sequence[Payload], layout: _Layout, offset: float | None, faults: Faults
) -> list[Reading]:
    values = np.concatenate([part.values[:, :9] for part in parts])
    clock = None if layout.clock is None else values[:, layout.clock]
    times = sample_times(parts, offset=offset, clock=clock)
    found = []
    for row, time, lock in zip(values, times, _locks(parts, values, layout), strict=True):
        if lock in (0, 1):
            faults["a position without a satellite lock was left out"] += 1
            continue
        speed = np.hypot.reduce(row[list(layout.speed)])
        found.append(
            Reading(
                time_s=float(time),
                latitude=float(row[layout.latitude]),
                longitude=float(row[layout.longitude]),
                altitude_m=float(row[layout.altitude]) if lock != 2 else None,
                speed_mps=float(speed),
            )
        )
    return found


def _locks(
    parts: Sequence[Payload], values: Float64[np.ndarray, "sample field"], layout: _Layout
) -> list[float | None]:
    """MAVLink's or GoPro's fix type of each sample: below 2 none, 2 flat, 3 and above full."""
    if layout.lock is not None:
        return [float(value) for value in values[:, layout.lock]]
    return [part.lock for part in parts for _ in range(len(part.values))]


def settings(streams: Streams, offset: float | None) -> list[Setting]:
    """Exposure time and sensitivity, a sample a frame."""
    found: list[Setting] = []
    for key in ("SHUT", "ISOE" if "ISOE" in streams else "ISOG"):
        parts = [part for part in streams.get(key, []) if part.values.shape[1] == 1]
        if not parts:
            continue
        values = np.concatenate([part.values[:, 0] for part in parts])
        # ISOG is a gain: ISO 100 is 1.
        values = values * 100 if key == "ISOG" else values
        name: SettingName = "shutter_s" if key == "SHUT" else "iso"
        times = sample_times(parts, offset=offset)
        found += [Setting(float(t), name, float(v)) for t, v in zip(times, values, strict=True)]
    return found

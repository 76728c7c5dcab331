"""Readings of any maker, checked and put on the clip's time: fixes and exposures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from landfast.media.telemetry.klv import Faults
from landfast.model.clip import Clip
from landfast.model.telemetry import Exposure, Fix

SettingName = Literal["iso", "shutter_s", "f_number", "focal_mm"]

_TICK = 1_000_000
"""Times are kept to the microsecond."""
_EARLY = Fraction(2, 1000)
"""A setting this much before a frame belongs to the frame: clocks jitter."""
_REPEAT_S = 1.0
"""A position that does not change is told again after this time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A position as the file states it; NaN or None where it does not."""

    time_s: float
    latitude: float
    longitude: float
    altitude_m: float | None = None
    speed_mps: float | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """A camera setting as the file states it."""

    time_s: float
    name: SettingName
    value: float


def fixes(readings: Iterable[Reading], clip: Clip, faults: Faults) -> tuple[Fix, ...]:
    """Readings inside the clip, in order; those that cannot be positions are left out.

    Files that tell the position with every frame repeat it until the receiver has a new one:
    a repeated position counts once a second.
    """
    found: list[Fix] = []
    for reading in sorted(readings, key=lambda each: each.time_s):
        if not math.isfinite(reading.time_s) or not 0 <= reading.time_s < clip.duration:
            continue
        if not _possible(reading):
            faults["a position that cannot be one was left out"] += 1
            continue
        fix = _fix(reading)
        if not found or _is_news(found[-1], fix):
            found.append(fix)
    return tuple(found)


def _possible(reading: Reading) -> bool:
    """On the globe, and not 0, 0: that is what receivers say before they know."""
    here = (reading.latitude, reading.longitude)
    return abs(here[0]) <= 90 and abs(here[1]) <= 180 and here != (0, 0)


def _fix(reading: Reading) -> Fix:
    speed = _finite(reading.speed_mps)
    return Fix(
        time=Fraction(round(reading.time_s * _TICK), _TICK),
        latitude=reading.latitude,
        longitude=reading.longitude,
        altitude_m=_finite(reading.altitude_m),
        speed_mps=speed if speed is not None and speed >= 0 else None,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _is_news(last: Fix, new: Fix) -> bool:
    moved = (last.latitude, last.longitude, last.altitude_m) != (
        new.latitude,
        new.longitude,
        new.altitude_m,
    )
    return new.time > last.time and (moved or new.time - last.time >= _REPEAT_S)


def exposures(settings: Iterable[Setting], clip: Clip) -> tuple[Exposure, ...]:
    """An entry for each frame of the clip where a setting changes."""
    frames: dict[int, dict[SettingName, float]] = {}
    for setting in sorted(settings, key=lambda each: each.time_s):
        if not (math.isfinite(setting.time_s) and math.isfinite(setting.value)):
            continue
        time = Fraction(setting.time_s) + _EARLY
        if setting.value > 0 and 0 <= time < clip.duration:
            frames.setdefault(clip.index_at(time), {})[setting.name] = setting.value
    found: list[Exposure] = []
    state: dict[SettingName, float] = {}
    for index, changes in sorted(frames.items()):
        if any(state.get(name) != value for name, value in changes.items()):
            state = state | changes
            found.append(Exposure(time=clip.time_of(index), **state))
    return tuple(found)

"""What the camera or drone itself recorded beside the picture: path, motion, exposure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from landfast.model.record import Document, Record
from landfast.model.time import Rational

TelemetrySource = Literal["gopro gpmf", "dji srt"]
AltitudeReference = Literal["ellipsoid", "sea level", "take-off", "unstated"]
"""What altitudes count from: the WGS 84 ellipsoid, mean sea level, the place of take-off."""
SensorKind = Literal["gyro", "accelerometer", "gravity", "orientation"]


class Fix(Record):
    """One satellite position, WGS 84. Personal data: coordinates stay out of `repr` and reports."""

    time: Rational
    """Seconds of the clip."""
    latitude: float = Field(ge=-90, le=90, repr=False)
    """Degrees, north positive."""
    longitude: float = Field(ge=-180, le=180, repr=False)
    """Degrees, east positive."""
    altitude_m: float | None = Field(default=None, repr=False)
    """Metres above `Telemetry.altitude_from`; None where unknown."""
    speed_mps: float | None = Field(default=None, ge=0)
    """Speed over ground in m/s as the receiver states it, never derived from positions."""


class Exposure(Record):
    """Camera settings from `time` until the next entry; None where the camera does not say."""

    time: Rational
    """Start of the first frame they apply to, seconds of the clip."""
    iso: float | None = Field(default=None, gt=0)
    shutter_s: float | None = Field(default=None, gt=0)
    """Exposure time in seconds."""
    f_number: float | None = Field(default=None, gt=0)
    focal_mm: float | None = Field(default=None, gt=0)
    """35 mm equivalent focal length in millimetres."""


class Sensor(Record):
    """One motion sensor, one value a shown frame.

    Axes are the camera's, as in vision: x right, y down, z forward, right-handed.

    | kind | unit | value of a frame |
    |---|---|---|
    | gyro | rad/s | mean turning rate from this frame's start to the next one's, about x, y, z |
    | accelerometer | m/s² | mean specific force over the same time: at rest 9.8 upwards, y = -9.8 |
    | gravity | 1 | unit vector downwards at the frame's start: level camera (0, 1, 0) |
    | orientation | 1 | unit quaternion w, x, y, z at the frame's start; takes vectors from the
      camera's axes now to its axes when recording started |
    """

    kind: SensorKind
    unit: str
    values: tuple[tuple[float, ...] | None, ...] = Field(repr=False)
    """None for frames that no sample covers."""


class Telemetry(Document):
    """What was recorded beside one clip. Unknown stays None; nothing is estimated."""

    clip: str
    """Content id of the clip."""
    source: TelemetrySource
    device: str | None = None
    """Name that the recorder gives itself."""
    fixes: tuple[Fix, ...] = ()
    """In order of time, within the clip."""
    altitude_from: AltitudeReference | None = None
    """None where no fix has an altitude."""
    sensors: tuple[Sensor, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    """An entry where a setting changes."""
    notes: tuple[str, ...] = ()
    """What was there and could not be used, and why."""

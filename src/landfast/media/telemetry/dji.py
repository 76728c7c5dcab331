"""DJI's subtitles as telemetry: three families, told apart by what a cue holds.

- brackets: `[iso : 100] [shutter : 1/1000.0] [latitude: 1.5] [rel_alt: 2.0 abs_alt: 9.0]`
- the same inside HTML lines: `<font size="28">FrameCnt: 1, DiffTime: 33ms … </font>`
- legacy: `GPS(lat,lon,alt) BAROMETER:1.9`, `ISO:100 Shutter:60 Fnum:F2.8`, and the one-line
  form `F/2.8, SS 60, ISO 100, GPS (lon, lat, satellites), H 45.6m, H.S 1.2m/s`

Field meanings follow the samples of DJI_SRT_Parser and dji-drone-metadata-embedder, since DJI
publishes none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from landfast.media.telemetry.series import Reading, Setting, SettingName
from landfast.media.telemetry.srt import Cue
from landfast.model.telemetry import AltitudeReference

_NUMBER = r"[-+]?\d{1,12}(?:[.,]\d{1,12})?"
_TAG = re.compile(r"<[^<>]{0,200}>")
_PAIR = re.compile(rf"\b([A-Za-z_]{{2,20}})\s{{0,9}}:\s{{0,9}}F?({_NUMBER}(?:/{_NUMBER})?)")
_GPS = re.compile(r"\bGPS\s{0,9}\(([^()]{3,100})\)")
_BAROMETER = re.compile(rf"\bBAROMETER\s{{0,9}}[(:]\s{{0,9}}({_NUMBER})")
_COMPACT: dict[str, re.Pattern[str]] = {
    "f_number": re.compile(rf"\bF/({_NUMBER})"),
    "shutter_s": re.compile(rf"\bSS ({_NUMBER})"),
    "iso": re.compile(rf"\bISO ({_NUMBER})"),
    "height": re.compile(rf"\bH ({_NUMBER})m"),
    "speed": re.compile(rf"\bH\.S ({_NUMBER})m/s"),
}
_HEIGHTS: dict[str, AltitudeReference] = {
    "rel_alt": "take-off",
    "hb": "take-off",
    "abs_alt": "sea level",
    "altitude": "unstated",
}
_PREFERRED: tuple[AltitudeReference, ...] = ("take-off", "sea level", "unstated")
"""The barometer's height above take-off is the steadiest."""


@dataclass(slots=True)
class _Said:
    """What one cue says."""

    time_s: float
    place: tuple[float, float] | None = None
    """Latitude and longitude, or the legacy pair as written."""
    legacy: bool = False
    satellites: bool = False
    """True where the legacy pair is followed by a whole number: a count of satellites."""
    heights: dict[AltitudeReference, float] = field(default_factory=dict)
    speed: float | None = None
    settings: dict[SettingName, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flight:
    """What a whole subtitle track says."""

    readings: list[Reading]
    altitude_from: AltitudeReference | None
    settings: list[Setting]


def flight(cues: Iterable[Cue]) -> Flight | None:
    """Positions and camera settings; None for subtitles that are no telemetry."""
    said = [_read(cue) for cue in cues]
    placed = [each for each in said if each.place is not None]
    if not placed and not any(len(each.settings) > 1 for each in said):
        return None
    swap = _longitude_first([each for each in placed if each.legacy])
    above = _reference(placed)
    readings = [_reading(each, above, swap=swap) for each in placed]
    settings = [
        Setting(each.time_s, name, value) for each in said for name, value in each.settings.items()
    ]
    return Flight(readings, above, settings)


def _read(cue: Cue) -> _Said:
    text = _TAG.sub(" ", cue.text)
    said = _Said(cue.start_s)
    _legacy(text, said)
    pairs = {key.lower(): value for key, value in _PAIR.findall(text)}
    latitude = pairs.get("latitude")
    # Firmware of several models spells it so.
    longitude = pairs.get("longitude", pairs.get("longtitude"))
    if said.place is None and latitude and longitude:
        said.place = (_number(latitude), _number(longitude))
    for key, above in _HEIGHTS.items():
        if key in pairs:
            said.heights[above] = _number(pairs[key])
    _settings(pairs, said)
    return said


def _legacy(text: str, said: _Said) -> None:
    found = _GPS.search(text)
    values = _tuple(found.group(1)) if found else []
    if len(values) >= 2:
        said.legacy, said.place = True, (_number(values[0]), _number(values[1]))
        said.satellites = len(values) == 3 and values[2].lstrip("+-").isdecimal()
        if len(values) == 3 and not said.satellites:
            said.heights["unstated"] = _number(values[2])
    barometer = _BAROMETER.search(text)
    if barometer:
        said.heights["take-off"] = _number(barometer.group(1))
    compact = {name: pattern.search(text) for name, pattern in _COMPACT.items()}
    facts = {name: _number(hit.group(1)) for name, hit in compact.items() if hit}
    if "height" in facts:
        said.heights["take-off"] = facts["height"]
    said.speed = facts.get("speed")
    if "f_number" in facts:
        said.settings["f_number"] = facts["f_number"]
    if "iso" in facts:
        said.settings["iso"] = facts["iso"]
    if facts.get("shutter_s"):
        said.settings["shutter_s"] = 1 / facts["shutter_s"]


def _tuple(text: str) -> list[str]:
    """The two or three numbers between brackets, also where the comma marks decimals."""
    parts = [part.strip().rstrip("mM") for part in re.split(r"[;,]", text)]
    if len(parts) in (5, 6):
        halves = [f"{a}.{b}" for a, b in zip(parts[0:4:2], parts[1:4:2], strict=True)]
        parts = [*halves, ".".join(parts[4:])]
    good = len(parts) in (2, 3) and all(re.fullmatch(_NUMBER, part) for part in parts)
    return parts if good else []


def _settings(pairs: dict[str, str], said: _Said) -> None:
    if "iso" in pairs:
        said.settings["iso"] = _number(pairs["iso"])
    shutter = pairs.get("shutter", pairs.get("tv"))
    if shutter:
        said.settings["shutter_s"] = _shutter(shutter, legacy=said.legacy)
    aperture = pairs.get("fnum", pairs.get("ir"))
    if aperture:
        value = _number(aperture)
        # Older models write hundredths (280), newer ones the number itself (2.8).
        said.settings["f_number"] = value / 100 if value > 50 else value
    length = pairs.get("focal_len")
    if length:
        # Older models write tenths (240), newer ones millimetres with decimals (24.00).
        said.settings["focal_mm"] = _number(length) / (10 if length.isdecimal() else 1)


def _shutter(text: str, *, legacy: bool) -> float:
    """Seconds from `1/60.0`, or a plain number: legacy files leave `1/` away."""
    above, slash, below = text.partition("/")
    if slash:
        return _number(above) / (_number(below) or float("nan"))
    return 1 / (_number(above) or float("nan")) if legacy else _number(above)


def _number(text: str) -> float:
    """A number of `_NUMBER`'s form; the decimal sign may be a comma."""
    return float(text.replace(",", "."))


def _longitude_first(legacy: list[_Said]) -> bool:
    """In which order a legacy file writes positions.

    Beyond 90 degrees it can only be the longitude. Otherwise: the models that give a count of
    satellites third write the longitude first, those that give an altitude the latitude.
    """
    places = [each.place for each in legacy if each.place is not None]
    if any(abs(first) > 90 for first, _ in places):
        return True
    if any(abs(second) > 90 for _, second in places):
        return False
    return bool(legacy) and sum(each.satellites for each in legacy) * 2 > len(legacy)


def _reference(placed: list[_Said]) -> AltitudeReference | None:
    """The preferred height that at least half of the positions have."""
    for above in _PREFERRED:
        if placed and sum(above in each.heights for each in placed) * 2 >= len(placed):
            return above
    return None


def _reading(said: _Said, above: AltitudeReference | None, *, swap: bool) -> Reading:
    first, second = said.place or (float("nan"), float("nan"))
    latitude, longitude = (second, first) if swap and said.legacy else (first, second)
    height = said.heights.get(above) if above else None
    return Reading(said.time_s, latitude, longitude, height, said.speed)

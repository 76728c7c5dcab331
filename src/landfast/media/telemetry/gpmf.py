"""GoPro's telemetry packets: devices, their streams, and the facts that go with the samples.

A packet holds devices (DEVC), a device streams (STRM), a stream facts (scale, time stamp,
satellite lock …) and then its samples. Exactly these two levels are entered, so that nothing
in a file can make the reader go deeper.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from landfast.media.telemetry.klv import Element, Faults, elements, numbers
from landfast.model.arrays import Float64

MAX_PACKET_BYTES = 1 << 20

PATH_KEYS = ("GLPI", "GPS9", "GPS5", "GPRI")
"""Position streams, the best first: Karma's fused position, then receivers."""
SENSOR_KEYS = ("GYRO", "ACCL", "GRAV", "CORI")
EXPOSURE_KEYS = ("SHUT", "ISOE", "ISOG")
_WANTED = {*PATH_KEYS, *SENSOR_KEYS, *EXPOSURE_KEYS}


@dataclass(frozen=True, slots=True)
class Payload:
    """The samples that one packet holds of one stream."""

    key: str
    device: str
    name: str
    """The stream's own title (STNM)."""
    values: Float64[np.ndarray, "sample field"]
    """In the stream's units: the scale is applied."""
    start_s: float
    """When the packet starts, seconds of the clip."""
    length_s: float
    stamp_s: float | None
    """Time of the first sample on the camera's own clock (STMP)."""
    delay_s: float
    """How late the samples are (TIMO)."""
    lock: int | None
    """Satellite lock of the packet (GPSF): 0 none, 2 or 3 dimensions."""
    axes: str
    """Which camera axis each field measures (ORIN): `XzY` is X, minus Z, Y; may be empty."""


def payloads(packet: bytes, start_s: float, length_s: float, faults: Faults) -> list[Payload]:
    """The samples of a packet that landfast uses; everything else is passed over.

    Never raises for what a packet holds: what cannot be read is counted in `faults`.
    """
    if len(packet) > MAX_PACKET_BYTES:
        faults["a packet is larger than any camera writes"] += 1
        return []
    found: list[Payload] = []
    for device in elements(memoryview(packet), faults):
        if device.key == "DEVC" and device.kind == "\0":
            found += _device(device, start_s, length_s, faults)
    return found


def _device(device: Element, start_s: float, length_s: float, faults: Faults) -> Iterator[Payload]:
    name = ""
    for element in elements(device.data, faults):
        if element.key == "DVNM":
            name = element.text
        elif element.key == "STRM" and element.kind == "\0":
            yield from _stream(element, name, start_s, length_s, faults)


def _stream(
    stream: Element, device: str, start_s: float, length_s: float, faults: Faults
) -> Iterator[Payload]:
    facts: dict[str, Element] = {}
    for element in elements(stream.data, faults):
        if element.key not in _WANTED:
            facts[element.key] = element
            continue
        values = _scaled(element, facts)
        if values is None:
            faults[f"stream {element.key} does not say how its numbers are written"] += 1
        elif len(values):
            stamp, lock = _fact(facts, "STMP"), _fact(facts, "GPSF")
            yield Payload(
                key=element.key,
                device=device,
                name=facts["STNM"].text if "STNM" in facts else "",
                values=values,
                start_s=start_s,
                length_s=length_s,
                stamp_s=None if stamp is None else stamp / 1e6,
                delay_s=_fact(facts, "TIMO") or 0.0,
                lock=None if lock is None else int(lock),
                axes=facts["ORIN"].text if "ORIN" in facts else "",
            )


def _scaled(
    element: Element, facts: dict[str, Element]
) -> Float64[np.ndarray, "sample field"] | None:
    """Numbers divided by their scale; None where types or scales do not fit."""
    values = numbers(element, facts["TYPE"].text if "TYPE" in facts else "")
    if values is None or "SCAL" not in facts:
        return values
    scale = numbers(facts["SCAL"])
    if scale is None or scale.size not in (1, values.shape[1]):
        return None
    if not np.all(np.isfinite(scale)) or np.any(scale == 0):
        return None
    with np.errstate(over="ignore"):
        scaled: Float64[np.ndarray, "sample field"] = values / scale.reshape(1, -1)
    return scaled


def _fact(facts: dict[str, Element], key: str) -> float | None:
    """The single finite number of an element, None where there is none."""
    value = numbers(facts[key]) if key in facts else None
    if value is None or value.size != 1 or not np.isfinite(value[0, 0]):
        return None
    return float(value[0, 0])

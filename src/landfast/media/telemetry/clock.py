"""When samples were taken, in seconds of the clip.

GPMF packets carry samples without times: a packet says only which stretch of the film it goes
with. Newer cameras stamp the first sample of each packet on a clock of their own (STMP), and
drones stamp every sample; those clocks run true, so the packets only tell where they stand on
the clip's (gpmf-parser, "GPMF Timing and Clocks").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from landfast.media.telemetry.gpmf import Payload
from landfast.model.arrays import Bool, Float64

_FRAME_STREAMS = ("SHUT", "ISOE", "ISOG", "CORI", "GRAV")
"""Streams with one sample a frame: the first goes with the first frame of its packet."""


def camera_offset(streams: dict[str, list[Payload]]) -> float | None:
    """Clip time minus the camera's own time, from a stream with one sample a frame."""
    for key in _FRAME_STREAMS:
        for payload in streams.get(key, []):
            if payload.stamp_s is not None:
                return payload.start_s - payload.stamp_s
    return None


def sample_times(
    parts: Sequence[Payload],
    *,
    offset: float | None = None,
    clock: Float64[np.ndarray, " sample"] | None = None,
) -> Float64[np.ndarray, " sample"]:
    """Seconds of the clip for each sample of a stream.

    Args:
        parts: The stream's payloads in order.
        offset: What `camera_offset` gave.
        clock: The samples' own times in seconds, where the stream holds them.
    """
    counts = [len(part.values) for part in parts]
    spread = np.concatenate(
        [part.start_s + part.length_s * np.arange(len(part.values)) / len(part.values)
         for part in parts]
    )  # fmt: skip
    times: Float64[np.ndarray, " sample"] = spread
    stamped = _stamped(parts)
    if clock is not None and _runs(clock):
        times = clock + np.median(spread - clock)
    elif stamped is not None:
        times = stamped + (np.median(spread - stamped) if offset is None else offset)
    late: Float64[np.ndarray, " sample"] = np.repeat([part.delay_s for part in parts], counts)
    return np.asarray(times - late)


def _stamped(parts: Sequence[Payload]) -> Float64[np.ndarray, " sample"] | None:
    """The camera's time of each sample; None unless every packet has a stamp and they ascend."""
    stamps = np.array([np.nan if part.stamp_s is None else part.stamp_s for part in parts])
    counts = np.array([len(part.values) for part in parts])
    if not _runs(stamps):
        return None
    first = np.concatenate([[0], np.cumsum(counts)])
    step = parts[-1].length_s / counts[-1]
    if len(parts) > 1:
        step = (stamps[-1] - stamps[0]) / (first[-2] - first[0])
    end = stamps[-1] + step * counts[-1]
    return np.asarray(np.interp(np.arange(first[-1]), first, [*stamps, end]))


def _runs(clock: Float64[np.ndarray, " sample"]) -> bool:
    """True for a clock without gaps that never goes back."""
    finite: Bool[np.ndarray, " sample"] = np.isfinite(clock)
    return bool(finite.all() and (np.diff(clock) > 0).all())

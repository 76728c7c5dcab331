"""Faults that several tests put into true frames."""

from __future__ import annotations

import numpy as np

from scenes import local_warp

Frames = list[np.ndarray]


def bulge(frames: Frames, amplitude: float, centre: tuple[float, float]) -> Frames:
    """A warp that grows and goes in the middle half of the clip."""
    height, width = frames[0].shape[:2]
    at = (centre[0] * width, centre[1] * height)
    out = []
    for k, frame in enumerate(frames):
        phase = np.clip((k / (len(frames) - 1) - 0.25) / 0.5, 0, 1)
        size = amplitude * float(np.sin(np.pi * phase))
        out.append(local_warp(frame, at, 0.15 * width, size, 30).image if size > 0.01 else frame)
    return out

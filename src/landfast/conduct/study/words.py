"""A measured camera in the words that people use in prompts."""

from __future__ import annotations

from landfast.model.study import Camera

_LEAST = {"zoom": 0.5, "roll": 0.2, "pan": 0.5, "tilt": 0.5}
"""Percent, or degrees for roll, below which nobody would speak of a move."""


def motion_words(camera: Camera) -> str:
    """`zoom in 4 %, roll 3.0 deg clockwise`; `no camera motion` where there is none."""
    parts = [
        _part(camera.zoom_pct, "zoom", "zoom in {:.1f} %", "zoom out {:.1f} %"),
        _part(camera.pan_pct, "pan", "move right {:.1f} %", "move left {:.1f} %"),
        _part(camera.tilt_pct, "tilt", "move up {:.1f} %", "move down {:.1f} %"),
        _part(
            camera.roll_deg, "roll", "roll {:.1f} deg clockwise", "roll {:.1f} deg anticlockwise"
        ),
    ]
    return ", ".join(part for part in parts if part) or "no camera motion"


def _part(value: float, kind: str, positive: str, negative: str) -> str:
    if abs(value) < _LEAST[kind]:
        return ""
    return (positive if value > 0 else negative).format(abs(value))

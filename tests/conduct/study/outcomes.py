"""Outcomes of takes that nobody made, for tests of what is computed from them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from landfast.model.study import Camera, Cell, Outcome


def camera(zoom: float = 0.0, pan: float = 0.0) -> Camera:
    row = (zoom, 0.0, pan, 0.0)
    return Camera(
        zoom_pct=zoom, roll_deg=0.0, pan_pct=pan, tilt_pct=0.0, path=((0.0, 0.0, 0.0, 0.0), row)
    )


def outcome(number: int = 0, **changes: Any) -> Outcome:
    """An accepted take of one second; `prompt`, `seed`, `repeat`, `generator` go to its cell."""
    cell = {"segment": "gap_0010", "generator": "fake:good", "prompt": "", "seed": number}
    cell |= {"repeat": 0}
    cell |= {name: changes.pop(name) for name in list(changes) if name in cell}
    fields: dict[str, Any] = {
        "cell": Cell(**cell),
        "request": f"key{number}",
        "state": "accepted",
        "score": 0.2,
        "coverage": 0.8,
        "took_s": 2.0,
        "seconds": Fraction(1),
        "frames": 25,
        "cost_usd": Fraction(1, 10),
        "digest": f"pixels{number}",
        "camera": camera(),
    }
    return Outcome(**(fields | changes))

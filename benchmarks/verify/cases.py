"""A take made from a stretch, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from benchmarks.verify.sources import Image, Stretch

Frames = list[Image]
Box = tuple[float, float, float, float]
Size = Literal["small", "medium", "gross"]


@dataclass(frozen=True)
class Case:
    """A take made from a stretch, and the truth about it.

    fault: None for a clean take. size: how bad; recall is promised for medium and gross faults.
    checks: findings that name the fault; any of them counts as its own. span: first frame and one
    past the last that is spoilt. box: where at its worst, as shares of the frame.
    """

    stretch: Stretch
    fault: str | None
    magnitude: str
    frames: Frames
    size: Size = "medium"
    checks: tuple[str, ...] = ()
    span: tuple[int, int] | None = None
    box: Box | None = None


def as_bytes(values: np.ndarray) -> Image:
    """Rounded to 8 bits."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)

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


def softened(image: Image, sigma: float) -> np.ndarray:
    """Gaussian blur, exact at any width: sampled at whole pixels, one of a quarter of a pixel would
    change nothing."""
    height, width = image.shape[:2]
    plain = np.pad(image.astype(np.float32), ((0, height), (0, width), (0, 0)), mode="symmetric")
    down, across = (
        np.fft.fftfreq(2 * height)[:, None, None],
        np.fft.rfftfreq(2 * width)[None, :, None],
    )
    passed = np.exp(-2 * (np.pi * sigma) ** 2 * (down**2 + across**2))
    spectrum = np.fft.rfft2(plain, axes=(0, 1)) * passed
    return np.fft.irfft2(spectrum, s=plain.shape[:2], axes=(0, 1))[:height, :width]

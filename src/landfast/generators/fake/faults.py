"""Planted faults: each breaks one constraint and leaves the others as well as it can.

A fault is a function of the good take's view at time t (0 to 1), the time and a random generator
seeded by the request; it returns the view to show instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from landfast.generators.base import Image

View = Callable[[float], Image]
Fault = Callable[[View, float, np.random.Generator], Image]


def end_ignored(view: View, t: float, rng: np.random.Generator) -> Image:
    """The camera never reaches the end: it stops at about two thirds of the way."""
    return view(t * rng.uniform(0.6, 0.7))


def warp(view: View, t: float, rng: np.random.Generator) -> Image:
    """The ground melts: a travelling wave bends the picture, strongest in mid-gap."""
    image = view(t)
    height, width, _ = image.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    size = np.float32(0.012 * width * np.sin(np.pi * t))
    phase, pitch = np.float32(rng.uniform(0, 6.28) + 6.28 * t), np.float32(width / 5)
    bent_x = x + size * np.sin(2 * np.pi * y / pitch + phase, dtype=np.float32)
    bent_y = y + size * np.cos(2 * np.pi * x / pitch + 2 * phase, dtype=np.float32)
    return np.asarray(
        cv2.remap(image, bent_x, bent_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    )


def freeze(view: View, t: float, rng: np.random.Generator) -> Image:
    """The middle third stands still, then the rest hurries."""
    held = rng.uniform(0.3, 0.36)
    if t <= held:
        return view(t)
    return view(held if t < held + 1 / 3 else 1 - (1 - t) * (1 - held) / (2 / 3 - held))


def jump(view: View, t: float, rng: np.random.Generator) -> Image:
    """The camera leaps over the middle half of its way."""
    at = rng.uniform(0.45, 0.55)
    return view(t * 0.25 / at if t < at else 1 - (1 - t) * 0.25 / (1 - at))


def flicker(view: View, t: float, rng: np.random.Generator) -> Image:
    """Brightness changes at random from frame to frame."""
    gain = 1 + np.random.default_rng([int(t * 1e6), int(rng.integers(1 << 30))]).uniform(
        -0.08, 0.08
    )
    return np.asarray(cv2.convertScaleAbs(view(t), alpha=float(gain)))


def colour(view: View, t: float, rng: np.random.Generator) -> Image:
    """The colours creep away towards one tint; only the last frame is right again."""
    tint = np.array([1.12, 1.0, 0.86]) if rng.random() < 0.5 else np.array([0.86, 1.0, 1.12])
    gains = 1 + (tint - 1) * min(1.0, 1.5 * t)
    return np.asarray(np.clip(view(t) * gains + 0.5, 0, 255).astype(np.uint8))


def region(view: View, t: float, rng: np.random.Generator) -> Image:
    """An object that was never there glides through the picture."""
    image = view(t).copy()
    height, width, _ = image.shape
    centre = (int(width * (0.25 + 0.5 * t)), int(height * rng.uniform(0.4, 0.6)))
    cv2.circle(image, centre, height // 9, (214, 60, 40), -1, cv2.LINE_AA)
    cv2.circle(image, centre, height // 18, (245, 235, 220), -1, cv2.LINE_AA)
    return image


def dissolve(view: View, t: float, _rng: np.random.Generator) -> Image:
    """No motion at all: one anchor fades into the other."""
    return np.asarray(cv2.addWeighted(view(0.0), 1 - t, view(1.0), t, 0))


PICTURED: Final[dict[str, Fault]] = {
    "end-ignored": end_ignored,
    "warp": warp,
    "freeze": freeze,
    "jump": jump,
    "flicker": flicker,
    "colour": colour,
    "region": region,
    "dissolve": dissolve,
}
"""Faults that show in the pictures."""

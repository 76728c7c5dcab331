"""Water, vegetation, built and bare ground: soft memberships from colour, texture and change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32

from landfast.vision.labels.cues import Cues

Plane = Float32[np.ndarray, "height width"]

_DOUBT: Final = 0.25
"""Weight of "none of these": what keeps weak evidence from becoming a label."""


@dataclass(frozen=True, slots=True)
class Restless:
    """How a frame's pixels change against the camera's motion."""

    flicker: Plane
    """Change that following the motion does not explain, over what the texture allows; about 1
    and more on open water, 0.2 on rock."""
    known: bool
    """False for a single picture."""


def _rise(value: Plane, low: float, high: float) -> Plane:
    """0 below low, 1 above high, smooth between."""
    share = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def memberships(
    cues: Cues, sky: Plane, restless: Restless
) -> Float32[np.ndarray, "label height width"]:
    """Confidence in sky, water, vegetation, built, moving (0 here) and ground."""
    below = 1 - sky
    plant = vegetation(cues) * below
    house = built(cues) * below * (1 - 0.8 * plant)
    wet = water(cues, restless) * below * (1 - 0.7 * house) * (1 - plant)
    bare = below * 0.45 * (1 - np.maximum(np.maximum(plant, house), wet))
    scores = np.stack([sky, wet, plant, house, np.zeros_like(sky), bare])
    return np.asarray(scores / (scores.sum(axis=0) + np.float32(_DOUBT) * below + 1e-6))


def vegetation(cues: Cues) -> Plane:
    """Green to olive hues with some colour; texture without direction speaks for it."""
    hue = np.degrees(np.arctan2(cues.b, cues.a))
    chroma = np.hypot(cues.a, cues.b)
    green = _rise(hue, 86, 104) * (1 - _rise(hue, 165, 190)) * _rise(chroma, 5, 11)
    textured = _rise(cues.rough, 0.5, 2.5) * (1 - 0.5 * _rise(cues.coherence, 0.4, 0.8))
    return np.asarray(green * (0.6 + 0.4 * textured))


def built(cues: Cues) -> Plane:
    """Straight lines in number."""
    return np.asarray(_rise(cues.lines, 0.05, 0.14) * _rise(cues.rough, 0.8, 2.5))


def water(cues: Cues, restless: Restless) -> Plane:
    """Blue or grey, calm or streaked level, and never twice the same."""
    cool = 1 - _rise(cues.b, -1, 7)
    blue = _rise(-cues.b, 5, 14)
    not_light = 1 - 0.7 * _rise(cues.light, 70, 90)
    calm = 1 - _rise(cues.rough, 5, 12)
    change = _rise(restless.flicker, 0.35, 0.9) if restless.known else np.float32(0.5)
    evidence = np.clip(0.25 + 0.65 * change + 0.45 * blue, 0, 1)
    return np.asarray(cool * not_light * calm * evidence, np.float32)

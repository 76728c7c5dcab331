"""Water, vegetation, built and bare ground: soft memberships from colour, texture and place."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32
from landfast.vision.labels.cues import Cues

Plane = Float32[np.ndarray, "height width"]

_SEA_SHARE: Final = 0.2
"""Share of the strip below the horizon that must look like water."""
_LINES: Final = (0.15, 0.45)
"""Squared lengths of straight lines over the area, from which on a surface is built. Measured:
rock, trees, fields and sea 0, houses 0.4 to 20."""
_LIKELY: Final = (0.2, 0.5)
"""Confidence in water from which on a pixel counts as water that others lie amid."""
_AMID: Final = (0.25, 0.45)
"""Share of water around, sky aside, from which on what is as cool as water is no ground: glitter,
crests and surf are rough and grey like rock."""
_FOAM: Final = (0.3, 0.6)
"""The same, from which on it is water itself: crests, glitter and foam."""
_DOUBT: Final = 0.25
"""Weight of "none of these": what keeps weak evidence from becoming a label."""


def _rise(value: Plane, low: float, high: float) -> Plane:
    """0 below low, 1 above high, smooth between."""
    share = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def memberships(
    cues: Cues, sky: Plane, above: Plane | None, lines: Plane
) -> Float32[np.ndarray, "label height width"]:
    """Confidence in sky, water, vegetation, built, moving (0 here) and ground.

    Args:
        above: How far each pixel lies above the horizon; None where none is in sight.
        lines: What `find_lines` found, steady in time.
    """
    below = 1 - sky
    plant = vegetation(cues) * below
    house = _rise(lines, *_LINES) * below * (1 - 0.8 * plant)
    wet = water(cues, above) * below * (1 - plant) * (1 - house)
    around = amid_water(cues, wet, below)
    foam = _rise(around, *_FOAM) * below * (1 - np.maximum(plant, house))
    wet = np.maximum(wet, foam if above is None else foam * (1 - above))
    dry = bare_ground(cues) * (1 - _rise(around, *_AMID))
    bare = below * dry * (1 - np.maximum(np.maximum(plant, house), wet))
    scores = np.stack([sky, wet, plant, house, np.zeros_like(sky), bare])
    scores *= scores
    return np.asarray(scores / (scores.sum(axis=0) + np.float32(_DOUBT**2) * below + 1e-6))


def amid_water(cues: Cues, wet: Plane, below: Plane) -> Plane:
    """Share of water within half the picture's height of what is as cool as water; 0 elsewhere."""
    side = (max(wet.shape[0], 3),) * 2
    likely = _rise(wet, *_LIKELY)
    around = cv2.blur(likely, side) / (cv2.blur(below, side) + np.float32(0.05))
    return np.asarray(around * _cool(cues), np.float32)


def bare_ground(cues: Cues) -> Plane:
    """What is left where there is texture, unless it is grey and as light as a cloud or a wall, or
    as rough as houses far away."""
    gray = 1 - _rise(cues.b, 4, 9)
    doubt = np.maximum(_rise(cues.light, 66, 82), _rise(cues.rough, 6, 10)) * gray
    return np.asarray(0.7 * _rise(cues.rough, 0.7, 2) * (1 - 0.9 * doubt), np.float32)


def vegetation(cues: Cues) -> Plane:
    """Green to olive hues with some colour and texture; texture without direction speaks for it."""
    hue = np.degrees(np.arctan2(cues.b, cues.a))
    chroma = np.hypot(cues.a, cues.b)
    colourful = _rise(np.asarray(chroma / np.maximum(cues.light, 5)), 0.15, 0.3)
    green = _rise(hue, 86, 104) * (1 - _rise(hue, 165, 190)) * colourful
    textured = _rise(cues.rough, 0.5, 2.5) * (1 - 0.5 * _rise(cues.coherence, 0.4, 0.8))
    plain = 1 - _rise(cues.rough, 0.5, 1.4)  # murky water and walls are olive as well
    return np.asarray(green * (1 - plain) * (0.6 + 0.4 * textured))


def water(cues: Cues, above: Plane | None) -> Plane:
    """Blue or grey, calm or streaked level; what the sea at the horizon looks like."""
    blue = _rise(-cues.b, 5, 14)
    not_light = 1 - 0.7 * _rise(cues.light, 72, 90)
    calm = 1 - _rise(cues.rough, 7, 14)
    streaks = _rise(cues.level * cues.coherence, 0.4, 0.7)
    sea = np.float32(0) if above is None else _like_the_sea(cues, above)
    evidence = np.clip(0.15 + 0.6 * sea + 0.45 * blue + 0.2 * streaks, 0, 1)
    wet = np.asarray(_cool(cues) * not_light * calm * evidence, np.float32)
    return wet if above is None else np.asarray(wet * (1 - above))


def _cool(cues: Cues) -> Plane:
    """1 for blue and grey, 0 for the colours of earth."""
    return np.asarray(1 - _rise(cues.b, -1, 7))


def _like_the_sea(cues: Cues, above: Plane) -> Plane:
    """Likeness to the strip below the horizon, where that is a sea: cool, calm and even."""
    rows = max(3, cues.gray.shape[0] // 16)
    strip = np.zeros_like(above)
    strip[rows:] = above[:-rows]
    seed = (strip > 0.5) & (above < 0.05)
    cool = seed & (cues.b < 3) & (cues.rough < 7) & (cues.light < 85)
    if not seed.any() or cool.sum() < _SEA_SHARE * seed.sum():
        return np.zeros_like(above)
    off = np.zeros_like(above)
    for plane, spread in ((cues.light, 12.0), (cues.a, 3.0), (cues.b, 3.5)):
        scale = max(spread, 2 * float(plane[cool].std()))
        off += np.square((plane - plane[cool].mean()) / np.float32(scale))
    return np.asarray(np.exp(-off / 2), np.float32)

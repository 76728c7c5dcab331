"""Sky: what is smooth and light from the top of the picture down to the first firm edge.

The border of each column is found with the one slope threshold that parts the colours best (Shen
and Wang, 2013), pooled over the span; a colour and texture model learned from that first guess
then decides pixel by pixel, so that sky behind a tower's other side is found as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32
from landfast.vision.horizon.edges import find_edges
from landfast.vision.horizon.skyline import sky_border
from landfast.vision.labels.cues import Cues
from landfast.vision.labels.palette import cells, learn, picked

Plane = Float32[np.ndarray, "height width"]
Mask = Bool[np.ndarray, "height width"]

_THRESHOLDS: Final = (3.0, 4.5, 6.0, 8.0, 11.0, 15.0)
_EVERY: Final = (slice(None, None, 2), slice(None, None, 2))
"""Pixels that a border is judged by."""
_LEAST_AREA: Final = 0.02
_MOST_AREA: Final = 0.97
_BRIGHT: Final = 25.0
"""Lightness over that of the rest, and..."""
_BLUE: Final = 12.0
"""...b* under it, from which on it may be nearly as rough."""
_CLOUDED: Final = 0.5
_OWN: Final = 0.65
"""Least share of the sky's colours that must hang together with the upper edge, where no horizon is
in sight: a road or roof that touches the edge goes on elsewhere in the picture; unless...
"""
_AZURE: Final = (0.0, -8.0)
"""...a* and b* are below these on..."""
_BLUE_PART: Final = 0.2
"""...this share of it."""
_PURPLE: Final = 3.0
"""a* above which a grey is that of tarmac or stone: daylight runs from blue to yellow."""
_NEVER: Final = 0.02
"""Least share of sky that a row is given."""


def find_sky(frames: Sequence[Cues], above: Sequence[Plane | None]) -> list[Plane]:
    """How much each pixel of each frame looks like sky, 0 to 1; zero where there is no sky.

    Args:
        above: Where the horizon is in sight, how far each pixel lies above it.
    """
    some = picked(len(frames))
    shown = [frames[k] for k in some]
    guess = _first_guess(shown, [above[k] for k in some])
    if guess is None:
        return [np.zeros_like(cues.light) for cues in frames]
    places = [cells(cues) for cues in frames]
    odds = learn([places[k] for k in some], [mask[None].astype(np.float32) for mask in guess])[0]
    likely = [odds[place] for place in places]
    raised = _raised(guess)
    skies = [
        _judge(one * raised / (one * raised + 1 - one) if over is None else one * over)
        for one, over in zip(likely, above, strict=True)
    ]
    if all(over is None for over in above) and not _is_blue(shown, guess):
        owns = [(likely[k].sum(), likely[k][skies[k] > 0.5].sum()) for k in some]
        elsewhere = _OWN * sum(all_ for all_, _ in owns) > sum(own for _, own in owns)
        tints = np.concatenate([c.a[mask] for mask, c in zip(guess, shown, strict=True)])
        if elsewhere or float(np.median(tints)) > _PURPLE:
            return [np.zeros_like(cues.light) for cues in frames]
    return skies


def _raised(guess: Sequence[Mask]) -> Float32[np.ndarray, "height 1"]:
    """How much likelier than in the whole picture sky is in each row."""
    rows = np.mean([mask.mean(axis=1) for mask in guess], axis=0)
    share = np.clip([rows, np.full_like(rows, rows.mean())], _NEVER, 1 - _NEVER)
    here, usual = share / (1 - share)
    return np.asarray((here / usual)[:, None], np.float32)


def _is_blue(frames: Sequence[Cues], guess: Sequence[Mask]) -> bool:
    """Whether a part has a blue that roads, roofs and shadows have not."""
    blue = sum(
        int((mask & (c.b < _AZURE[1]) & (c.a < _AZURE[0])).sum())
        for c, mask in zip(frames, guess, strict=True)
    )
    return blue > _BLUE_PART * sum(int(mask.sum()) for mask in guess)


def _first_guess(frames: Sequence[Cues], above: Sequence[Plane | None]) -> list[Mask] | None:
    """Masks above the border that parts the span's colours best; None without a sky."""
    tries = [[_over_border(cues) for cues in frames]]
    tries += [[_above(cues, threshold) for cues in frames] for threshold in _THRESHOLDS]
    known = sum(over is not None for over in above) > len(above) / 2
    best: tuple[float, list[Mask]] | None = None
    for number, masks in enumerate(tries):
        kept = [
            np.asarray(mask & _skylike(cues) & (over is None or over > 0.5))
            for mask, cues, over in zip(masks, frames, above, strict=True)
        ]
        worth = _worth(frames, kept, least_rougher=0.3 if known else 1.6)
        if worth > 0 and (best is None or worth > best[0]):
            best = worth, kept
        if worth > 0 and number == 0:
            break
    return None if best is None else best[1]


def _over_border(cues: Cues) -> Mask:
    """Pixels above the edge that outdoes all above it; clouds do not stop it."""
    edges = find_edges(cues.whole)
    border = sky_border(edges)
    known = np.flatnonzero(~np.isnan(border))
    if len(known) < len(border) / 4:
        return np.zeros(cues.gray.shape, bool)
    rows = np.interp(np.arange(len(border)), known, border[known])[None].astype(np.float32)
    tall, wide = cues.gray.shape
    line = cv2.resize(rows, (wide, 1), interpolation=cv2.INTER_NEAREST)[0]
    line = line * (tall / edges.slope.shape[0]) - 1
    return np.asarray(np.arange(tall)[:, None] < line[None])


def _above(cues: Cues, threshold: float) -> Mask:
    """Pixels above the first slope of that strength in their column."""
    calm = cv2.GaussianBlur(cues.gray, (3, 3), 0.8)
    steep = cv2.morphologyEx(calm, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > threshold * 2
    return np.asarray(~np.logical_or.accumulate(steep, axis=0))


def _skylike(cues: Cues) -> Mask:
    """Blue, grey or white; neither green nor earth."""
    warm = cues.b > 7 + 0.1 * np.maximum(cues.light - 75, 0)
    green = (cues.a < -4) & (cues.b > 2)
    return np.asarray(~warm & ~green)


def _worth(frames: Sequence[Cues], masks: Sequence[Mask], *, least_rougher: float) -> float:
    """How well masks part smooth light sky from the rest, over all frames; 0 where not at all.

    Args:
        least_rougher: Texture of the rest over that of the sky, at least.
    """
    values = np.concatenate([_features(cues) for cues in frames])
    within = np.concatenate([mask[_EVERY].ravel() for mask in masks])
    inside, outside = values[within], values[~within]
    share = len(inside) / (len(inside) + len(outside))
    if not _LEAST_AREA < share < _MOST_AREA:
        return 0.0
    lighter = float(inside[:, 0].mean() - outside[:, 0].mean())
    bluer = float(outside[:, 2].mean() - inside[:, 2].mean())
    rougher = float(np.median(outside[:, 3]) / (np.median(inside[:, 3]) + 0.3))
    if min(lighter / _BRIGHT, bluer / _BLUE) > 1:  # hard clouds before calm ground
        least_rougher *= _CLOUDED
    if rougher < least_rougher or lighter + bluer < 6 or lighter < -12:
        return 0.0
    spread = _spread(inside) + 0.3 * _spread(outside)
    return float(share**0.25 / spread)


def _spread(values: Float32[np.ndarray, "pixel 4"]) -> float:
    """Geometric size of the colours' scatter."""
    return float(np.cbrt(np.prod(values[:, :3].std(axis=0) + 2)))


def _features(cues: Cues) -> Float32[np.ndarray, "pixel 4"]:
    planes = (cues.light, cues.a, cues.b, cues.rough)
    return np.stack([plane[_EVERY].ravel() for plane in planes], axis=1)


def _judge(raw: Plane) -> Plane:
    """The model's word, kept where it hangs together with the picture's upper edge."""
    calm = cv2.blur(raw.astype(np.float32), (5, 5))
    count, parts = cv2.connectedComponents((calm > 0.5).astype(np.uint8), connectivity=4)
    rim = np.zeros(count, bool)
    rim[parts[:2].ravel()] = True
    rim[0] = False
    hangs = cv2.dilate(rim[parts].astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(calm * hangs, np.float32)

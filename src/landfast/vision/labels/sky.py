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

from landfast.model.arrays import Bool, Float32, Float64, Int64
from landfast.vision.horizon.edges import find_edges
from landfast.vision.horizon.skyline import sky_border
from landfast.vision.labels.cues import Cues

Plane = Float32[np.ndarray, "height width"]
Mask = Bool[np.ndarray, "height width"]

_SAMPLES: Final = 8
"""Frames of a span from which its sky is learned."""
_THRESHOLDS: Final = (3.0, 4.5, 6.0, 8.0, 11.0, 15.0)
_BINS: Final = (20, 12, 16, 6)
"""Lightness, a*, b*, roughness."""
_LEAST_AREA: Final = 0.02
_MOST_AREA: Final = 0.97
_BRIGHT: Final = 25.0
"""Lightness over that of the rest, and..."""
_BLUE: Final = 12.0
"""...b* under it, from which on it may be nearly as rough."""
_CLOUDED: Final = 0.5
_OWN: Final = 0.65
"""Least share of the sky's colours that must hang together with the upper edge, where no horizon is
in sight: a road or roof that touches the edge goes on elsewhere in the picture."""


def find_sky(frames: Sequence[Cues], above: Sequence[Plane | None]) -> list[Plane]:
    """How much each pixel of each frame looks like sky, 0 to 1; zero where there is no sky.

    Args:
        above: Where the horizon is in sight, how far each pixel lies above it.
    """
    picked = _picked(len(frames))
    some = [frames[k] for k in picked]
    guess = _first_guess(some, [above[k] for k in picked])
    if guess is None:
        return [np.zeros_like(cues.light) for cues in frames]
    odds = _learn(some, guess)
    skies = [_judge(cues, odds, over) for cues, over in zip(frames, above, strict=True)]
    if all(over is None for over in above) and _own(some, [skies[k] for k in picked], odds) < _OWN:
        return [np.zeros_like(cues.light) for cues in frames]
    return skies


def _own(
    frames: Sequence[Cues], skies: Sequence[Plane], odds: Float64[np.ndarray, " cell"]
) -> float:
    """Share of what has the sky's colours that lies in the sky."""
    likely = [odds[_bins(cues)] for cues in frames]
    inside = sum(float(each[sky > 0.5].sum()) for each, sky in zip(likely, skies, strict=True))
    return inside / max(sum(float(each.sum()) for each in likely), 1e-9)


def _picked(count: int) -> list[int]:
    every = np.linspace(0, count - 1, min(count, _SAMPLES))
    return [int(k) for k in np.rint(every)]


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
    inside = np.concatenate([_features(c)[m] for c, m in zip(frames, masks, strict=True)])
    outside = np.concatenate([_features(c)[~m] for c, m in zip(frames, masks, strict=True)])
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


def _features(cues: Cues) -> Float32[np.ndarray, "height width 4"]:
    return np.dstack([cues.light, cues.a, cues.b, cues.rough])


def _bins(cues: Cues) -> Int64[np.ndarray, "height width"]:
    """Number of each pixel's cell in the colour and texture model."""
    scaled = (
        cues.light / 5,
        (cues.a + 30) / 5,
        (cues.b + 40) / 5,
        2 * np.log2(1 + cues.rough),
    )
    cells = [
        np.clip(value, 0, n - 1).astype(np.int64) for value, n in zip(scaled, _BINS, strict=True)
    ]
    return np.asarray(np.ravel_multi_index(tuple(cells), _BINS))


def _learn(frames: Sequence[Cues], masks: Sequence[Mask]) -> Float64[np.ndarray, " cell"]:
    """Share of sky among the pixels of each colour and texture."""
    count = int(np.prod(_BINS))
    cells = [_bins(cues).ravel() for cues in frames]
    sky, all_ = np.zeros(count), np.zeros(count)
    for cell, mask in zip(cells, masks, strict=True):
        sky += np.bincount(cell, mask.ravel().astype(float), count)
        all_ += np.bincount(cell, minlength=count)
    return _smoothed(sky) / (_smoothed(all_) + 2.0)


def _smoothed(counts: Float64[np.ndarray, " cell"]) -> Float64[np.ndarray, " cell"]:
    """Counts spread over the neighbouring cells."""
    grid = counts.reshape(_BINS)
    for axis in range(4):
        padded = np.pad(grid, [(1, 1) if k == axis else (0, 0) for k in range(4)])
        take = [np.take(padded, range(s, s + grid.shape[axis]), axis) for s in range(3)]
        grid = 0.2 * take[0] + 0.6 * take[1] + 0.2 * take[2]
    return np.asarray(grid.ravel())


def _judge(cues: Cues, odds: Float64[np.ndarray, " cell"], over: Plane | None) -> Plane:
    """The model's word, kept where it hangs together with the picture's upper edge."""
    raw = odds[_bins(cues)].astype(np.float32)
    if over is not None:
        raw *= over
    calm = cv2.blur(raw, (5, 5))
    count, parts = cv2.connectedComponents((calm > 0.5).astype(np.uint8), connectivity=4)
    rim = np.zeros(count, bool)
    rim[parts[:2].ravel()] = True
    rim[0] = False
    hangs = cv2.dilate(rim[parts].astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(calm * hangs, np.float32)

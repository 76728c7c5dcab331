"""Do the cameras come from points on water? It moves by itself, and a long swell nearly rigidly.

A camera above waves that run past as one would see the same as one that flies over a still plain.
Two things together tell: the points lie on what has the look of water, and they glint, because a
wave's slope mirrors another part of the sky from moment to moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64, UInt8
from landfast.vision.depth.sky import find_sky
from landfast.vision.labels.cues import look
from landfast.vision.labels.surface import on_water

RGB = UInt8[np.ndarray, "height width 3"]
Plane = Float32[np.ndarray, "height width"] | UInt8[np.ndarray, "height width"]
Sights = Float64[np.ndarray, "key point 2"]

_SAMPLES: Final = 5
_LIKELY: Final = 0.5
_MOST: Final = 0.5
_APART: Final = 8
"""Frames between which a point may change its brightness."""
_GLINT: Final = 0.05
"""Median change of brightness over the picture's contrast. Measured: real land 0.03 to 0.046,
rendered swell 0.054 to 0.18."""


def is_afloat(
    images: Sequence[UInt8[np.ndarray, "height width *rgb"]],
    keys: Sequence[int],
    observed: Float64[np.ndarray, "key point 2"],
) -> bool:
    """True where most of the points lie on water that glints; never for grey pictures.

    Args:
        keys: Numbers of the frames in which the points were observed.
        observed: (x, y) in those frames, NaN where not seen.
    """
    if images[0].ndim == 2:
        return False
    return _share(images, keys, observed) > _MOST and _glint(images, keys, observed) > _GLINT


def _share(images: Sequence[RGB], keys: Sequence[int], observed: Sights) -> float:
    """Share of the points that lie on water or amid it."""
    picked = np.linspace(0, len(keys) - 1, min(_SAMPLES, len(keys))).round().astype(int)
    wet = np.concatenate([_at(_water(images[keys[k]]), observed[k] / 2) for k in picked])
    return float((wet[np.isfinite(wet)] > _LIKELY).mean())


def _water(image: RGB) -> Float32[np.ndarray, "rows columns"]:
    """How likely each pixel is water, at half size."""
    cues = look(image)
    size = cues.light.shape[1], cues.light.shape[0]
    sky = cv2.resize(find_sky(image).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return on_water(cues, np.asarray(sky, np.float32))


def _glint(images: Sequence[RGB], keys: Sequence[int], observed: Sights) -> float:
    """Change of points' brightness over some frames beside the contrast, less what is common."""
    calm = [
        cv2.GaussianBlur(cv2.cvtColor(images[k], cv2.COLOR_RGB2GRAY), (0, 0), 1.5) for k in keys
    ]
    changes = []
    for a, first in enumerate(keys):
        b = next((n for n, key in enumerate(keys) if key >= first + _APART), len(keys) - 1)
        off = _at(calm[b], observed[b]) - _at(calm[a], observed[a])
        if np.isfinite(off).any():
            changes.append(float(np.nanmedian(np.abs(off - np.nanmedian(off)))) / calm[a].std())
    return float(np.median(changes))


def _at(plane: Plane, points: Float64[np.ndarray, "point 2"]) -> Float64[np.ndarray, " point"]:
    """Values at points, NaN where they are not seen."""
    asked = np.nan_to_num(points.astype(np.float32), nan=-1)[None]
    values = cv2.remap(plane, asked[..., 0], asked[..., 1], cv2.INTER_LINEAR)[0].astype(np.float64)
    return np.where(np.isfinite(points[:, 0]), values, np.nan)

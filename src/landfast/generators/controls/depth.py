"""Inverse depth as grey pictures: one normalisation over a span, so that depth does not breathe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, UInt8, UInt16
from landfast.model.controls import Normalisation

Inverse = Float32[np.ndarray, "height width"]
Polarity = Literal["near is bright", "near is dark"]

_LOW, _HIGH = 0.5, 99.5
"""Percentiles of the known pixels that become black and white: a wrong match or two must not
flatten everything else."""
_SAMPLE = 200_000
"""About so many pixels are looked at."""


def span_range(inverse: Sequence[Inverse]) -> tuple[float, float] | None:
    """The inverse depths that become black and white, of all frames together.

    The far end is 0 where any sky is seen. None where no pixel is known, or all are equal.
    """
    values = _known(inverse)
    if not len(values):
        return None
    low, high = np.percentile(values, (_LOW, _HIGH)).tolist()
    if (values == 0).any():
        low = 0.0
    return (low, high) if high > low else None


def _known(inverse: Sequence[Inverse]) -> Float32[np.ndarray, " value"]:
    total = sum(each.size for each in inverse)
    step = max(1, total // _SAMPLE)
    values = np.concatenate([each.ravel()[::step] for each in inverse] or [np.empty(0, np.float32)])
    return np.asarray(values[np.isfinite(values)], dtype=np.float32)


def normalisation(
    inverse: Sequence[Inverse], *, polarity: Polarity, unit: str
) -> Normalisation | None:
    """What the grey levels of a depth video mean; None where there is no depth to show.

    Args:
        inverse: Of every frame; NaN unknown, 0 infinitely far.
        unit: Of depth.
    """
    found = span_range(inverse)
    if found is None:
        return None
    values = _known(inverse)
    outside = float(np.mean((values < found[0]) | (values > found[1])))
    black, white = (0, 255) if polarity == "near is bright" else (255, 0)
    return Normalisation(
        low=found[0],
        high=found[1],
        black=black,
        white=white,
        unit=f"1/{unit}",
        clipped=round(outside, 6),
    )


def depth_picture(
    inverse: Inverse, levels: Normalisation, size: tuple[int, int]
) -> UInt8[np.ndarray, "grid_height grid_width 3"]:
    """One frame of a depth video: every pixel has a value, unknown ones from those around.

    Args:
        inverse: NaN where unknown, 0 infinitely far.
        size: Width and height of the picture.
    """
    dense = np.asarray(cv2.resize(filled(inverse), size, interpolation=cv2.INTER_LINEAR))
    share = np.clip((dense - levels.low) / (levels.high - levels.low), 0, 1)
    grey = np.rint(levels.black + share * (levels.white - levels.black)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def filled(inverse: Inverse) -> Inverse:
    """Unknown pixels from the known ones around them, ever coarser the farther away these are.

    Pull and push over halved pictures (Gortler et al. 1996); a frame without any is 0.
    """
    known = np.isfinite(inverse)
    if known.all():
        return inverse
    if not known.any():
        return np.zeros_like(inverse)
    return _pushed(np.where(known, inverse, 0).astype(np.float32), known.astype(np.float32))


def _pushed(value: Inverse, weight: Inverse) -> Inverse:
    height, width = value.shape
    if height * width == 1 or (weight > 0).all():
        return np.asarray(value / np.maximum(weight, 1e-12), dtype=np.float32)
    half = ((width + 1) // 2, (height + 1) // 2)
    sums = cv2.resize(value, half, interpolation=cv2.INTER_AREA)
    weights = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
    coarse = _pushed(np.asarray(sums).reshape(half[::-1]), np.asarray(weights).reshape(half[::-1]))
    fine = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR))
    own = value / np.maximum(weight, 1e-12)
    return np.asarray(np.where(weight > 0, own, fine.reshape(height, width)), dtype=np.float32)


def known_picture(
    inverse: Inverse, size: tuple[int, int]
) -> UInt8[np.ndarray, "grid_height grid_width 3"]:
    """White where depth is known, black where a depth video is filled in."""
    return grey_picture(_nearest(np.isfinite(inverse), size))


def grey_picture(
    mask: Bool[np.ndarray, "height width"],
) -> UInt8[np.ndarray, "height width 3"]:
    """White where true, black elsewhere, in three channels."""
    return np.repeat(np.where(mask, 255, 0).astype(np.uint8)[..., None], 3, axis=2)


def exported_inverse(
    inverse: Inverse, size: tuple[int, int]
) -> Float32[np.ndarray, "grid_height grid_width"]:
    """Inverse depth in another size: known where the nearest measured pixel is, NaN elsewhere.

    Sky ends as sharply: nothing lies between a crest and what is infinitely far behind it.
    """
    if inverse.shape[::-1] == size:
        return inverse
    near = filled(np.where(inverse > 0, inverse, np.float32(np.nan)))
    dense = np.asarray(cv2.resize(near, size, interpolation=cv2.INTER_LINEAR))
    dense[_nearest(inverse == 0, size)] = 0
    return np.where(_nearest(np.isfinite(inverse), size), dense, np.float32(np.nan))


def sixteen_bits(inverse: Inverse, low: float, high: float) -> UInt16[np.ndarray, "height width"]:
    """Inverse depth as 1..65535 from `low` to `high`; 0 is unknown."""
    known = np.isfinite(inverse)
    share = np.clip((np.where(known, inverse, low) - low) / (high - low), 0, 1)
    return np.where(known, 1 + np.rint(share * 65534), 0).astype(np.uint16)


def z_depth(inverse: Inverse) -> Inverse:
    """Depth along the optical axis: infinite where inverse depth is 0, NaN where unknown."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.float32(1) / np.maximum(inverse, 0), dtype=np.float32)


def _nearest(
    mask: Bool[np.ndarray, "height width"], size: tuple[int, int]
) -> Bool[np.ndarray, "new_height new_width"]:
    grey = mask.astype(np.uint8)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_NEAREST_EXACT) > 0)

"""Of several nearnesses of a cell, the one that finds like pictures where it leads.

The flow across a gap tells depth finely where it is right, and far out it often is not; the flow to
the frames beside an anchor is hardly ever lost, and coarse. Which to believe is seen by fetching
the other pictures by either (a plane sweep, Collins 1996, over only what the flows propose).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.generators.geometry.camera import Lens, Motion
from landfast.generators.geometry.correspond import Gray, field_size
from landfast.model.arrays import Float32
from landfast.vision.motion.flow import pixel_grid

_SAMPLES: Final = 2
"""Samples per field cell, across and down: enough to see texture."""
_SHADE: Final = 6.0
"""Light that changes over more samples than this (standard deviation) may be the exposure's."""
_MOST: Final = np.float32(20)
"""Levels beyond which pictures are simply different: what hides a thing may look like anything."""
_PATCH: Final = 2.5
"""Field cells over which differences are averaged (standard deviation)."""
_TELLING: Final = np.float32(1)
"""What is less alike by so many levels counts for a third."""
_PLAIN: Final = np.float32(3)
"""Levels of contrast at which pictures have half a say: a haze or an encoder makes one or two."""

Values = Float32[np.ndarray, "rows cols"]
Detail = Float32[np.ndarray, "down across"]
"""Levels of luma without shading, `_SAMPLES` a field cell."""


class Shown(NamedTuple):
    """Pictures that nearness is tried on.

    Attributes:
        own: An anchor's.
        beyond: The farthest real frame's on the anchor's own side; None without footage.
    """

    own: Detail
    beyond: Detail | None


def detail(gray: Gray) -> Detail:
    """What is compared of a working picture."""
    cols, rows = field_size(gray.shape[1], gray.shape[0])
    size = cols * _SAMPLES, rows * _SAMPLES
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(small - cv2.GaussianBlur(small, (0, 0), _SHADE))


def likeliest(
    proposed: Sequence[Values], own: Detail, others: Sequence[tuple[Motion, Detail]], lens: Lens
) -> Values:
    """The proposed nearnesses, averaged by how alike the pictures are where each leads.

    Where nothing is to be seen (sky) the first stands: a bird beside the anchor drags a whole patch
    of such flow along.

    Args:
        proposed: Nearness of every cell, by different measurements, the surest first.
        own: The picture that the cells are of.
        others: Other pictures, and the camera's motion to them.
        lens: The lens of all.
    """
    if len(proposed) == 1:
        return proposed[0]
    misses = np.stack([_unlike(one, own, others, lens) for one in proposed])
    weights = np.exp((misses.min(axis=0) - misses) / _TELLING)
    weights[1:] *= _told(own, misses[0].shape)
    return np.asarray((weights * np.stack(proposed)).sum(axis=0) / weights.sum(axis=0))


def _told(own: Detail, shape: tuple[int, ...]) -> Values:
    """Share of its say that a picture has by its contrast around each cell."""
    mean = cv2.resize(np.abs(own), shape[::-1], interpolation=cv2.INTER_AREA)
    contrast = cv2.GaussianBlur(mean, (0, 0), _PATCH)
    return np.asarray(contrast**2 / (contrast**2 + _PLAIN**2))


def _unlike(
    nearness: Values, own: Detail, others: Sequence[tuple[Motion, Detail]], lens: Lens
) -> Values:
    """Levels by which the other pictures differ around each cell, where they show it."""
    rows, cols = own.shape
    scale = np.array([lens.width / cols, lens.height / rows], np.float32)
    half = np.float32(0.5)
    points = lens.normalise((pixel_grid(cols, rows) + half) * scale - half)
    fine = cv2.resize(nearness, (cols, rows), interpolation=cv2.INTER_LINEAR)
    total, count = np.zeros_like(own), np.full_like(own, 1e-3)
    for motion, other in others:
        at = lens.pixels(motion.project(points, fine))
        x, y = ((at[..., axis] + half) / scale[axis] - half for axis in (0, 1))
        inside = ((x >= 0) & (y >= 0) & (x <= cols - 1) & (y <= rows - 1)).astype(np.float32)
        found = cv2.remap(other, x, y, cv2.INTER_LINEAR)
        total += inside * np.minimum(np.abs(found - own), _MOST)
        count += inside
    mean = cv2.resize(total / count, nearness.shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(mean, (0, 0), _PATCH))

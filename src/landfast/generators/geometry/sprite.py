"""A thing's own pixels, moved along its way over views of what stands still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.generators.base import Image
from landfast.generators.geometry.easing import ease
from landfast.generators.geometry.movers import Pair, Thing
from landfast.model.arrays import Float32, Float64

_SOFT: Final = 1.0
"""Pixels over which a thing's edge goes over into what is behind it (standard deviation)."""
_MARGIN: Final = 4
"""Pixels around a thing's box."""

Cut = Float32[np.ndarray, "rows cols 4"]
"""RGB times opacity, and opacity."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """One thing through the gap.

    Attributes:
        cuts: Its pixels in either anchor, its middle in theirs.
        start: Its middle in the first anchor, pixels.
        way: From there to its middle in the last.
        changes: What its velocity at either end has beyond the mean one, pixels per whole gap.
        steps: Frame intervals in the gap.
    """

    cuts: tuple[Cut, Cut]
    start: Float64[np.ndarray, " 2"]
    way: Float64[np.ndarray, " 2"]
    changes: Float64[np.ndarray, "2 2"]
    steps: int

    def onto(self, image: Image, t: float) -> None:
        """Put the thing into a view after a share `t` of the gap."""
        moved = self.way * t + np.array(ease(t, self.steps)) @ self.changes
        rows, cols = self.cuts[0].shape[:2]
        place = self.start + moved - (np.array([cols, rows]) - 1) / 2
        left, top = np.floor(place).astype(int)
        shift = np.array([[1, 0, place[0] - left], [0, 1, place[1] - top]], np.float32)
        cut = self.cuts[0] * np.float32(1 - t) + self.cuts[1] * np.float32(t)
        laid = cv2.warpAffine(cut, shift, (cols, rows), flags=cv2.INTER_CUBIC)
        x0, y0 = max(0, left), max(0, top)
        part = image[y0 : max(0, top + rows), x0 : max(0, left + cols)]
        laid = laid[y0 - top :, x0 - left :][: part.shape[0], : part.shape[1]]
        behind = part * (1 - np.clip(laid[..., 3:], 0, 1))
        part[:] = np.clip(np.rint(behind + laid[..., :3]), 0, np.iinfo(image.dtype).max)


def sprite(first: Image, last: Image, pair: Pair, width: int, steps: int) -> Sprite:
    """What a pair of working pictures shows, of the anchors' own pixels.

    Args:
        first: The first anchor.
        last: The last one.
        pair: The thing in both, working pixels.
        width: Of the working pictures.
        steps: Frame intervals in the gap.
    """
    zoom = first.shape[1] / width
    places = [(at + 0.5) * zoom - 0.5 for at in (pair.first.centre, pair.arrived)]
    halves = [np.array(one.mask.shape[::-1]) / 2 for one in (pair.first, pair.last)]
    halves[1] = halves[1] + np.abs(pair.last.centre - pair.arrived)
    half = np.ceil(np.maximum(*halves) * zoom).astype(int) + _MARGIN
    ends = pair.first.velocity, -pair.last.velocity
    way = places[1] - places[0]
    changes = np.stack([end * zoom * steps - way for end in ends])
    return Sprite(
        (
            _cut(first, pair.first, places[0], half, zoom),
            _cut(last, pair.last, places[1], half, zoom),
        ),
        places[0],
        way,
        changes,
        steps,
    )


def _cut(
    image: Image, thing: Thing, middle: Float64[np.ndarray, " 2"], half: np.ndarray, zoom: float
) -> Cut:
    """A thing's pixels around its middle."""
    cols, rows = (2 * half + 1).tolist()
    away = middle - half
    own = np.array([[1, 0, away[0]], [0, 1, away[1]]])
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_CUBIC
    rgb = cv2.warpAffine(image.astype(np.float32), own, (cols, rows), flags=flags)
    off = (away + 0.5) / zoom - 0.5 - np.array(thing.corner)
    coarse = np.array([[1 / zoom, 0, off[0]], [0, 1 / zoom, off[1]]])
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    mask = cv2.warpAffine(thing.mask.astype(np.float32) / 255, coarse, (cols, rows), flags=flags)
    opacity = cv2.GaussianBlur(mask, (0, 0), _SOFT * max(zoom, 1))[..., None]
    return np.asarray(np.concatenate([rgb * opacity, opacity], axis=2), np.float32)

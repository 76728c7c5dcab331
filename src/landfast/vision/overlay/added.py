"""What was added to a take: the one thing that stands in it and not in its footage.

Only for a take that lies on its footage. Each frame is compared with the footage in the take's own
light; what differs by more than half a pixel's way, noise and coding explain, and goes on from
frame to frame, is one thing. Surf, leaves or a take that departs everywhere make many, and then the
answer is none: which of them swims cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, UInt8

Image = UInt8[np.ndarray, "height width 3"]
Mask = Bool[np.ndarray, "height width"]
Matte = UInt8[np.ndarray, "height width"]

_GREY: Final = 12.0
"""Grey levels, beside three times the frame's median difference."""
_ASIDE_PX: Final = 0.6
"""Of the footage's slope: that far the take may lie beside it."""
_REACH: Final = 5
"""Pixels along the side of the patch whose steepest slope counts."""
_JOINED: Final = 20
"""Of the width, one part: pieces nearer than that are one drawing."""
_SMALLEST: Final = 3e-4
_LARGEST: Final = 0.3
"""Shares of the picture."""
_MOST_OF_IT: Final = 0.7
"""Share of all that differs that the one thing must have."""
_SEEN: Final = 0.7
"""Share of the frames that must show it."""
_SAME: Final = 0.5
"""Overlap over union with the frame before, laid middle on middle."""
_SMOOTH_PX: Final = 0.5
_FAINT: Final = 20.0
"""Grey levels that a thing must differ by to be solid."""
_CLEAR: Final = 0.15
_SOLID: Final = 0.5
"""Shares of the greatest difference near by."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """The matte of a frame within its box, and where that lies."""

    matte: UInt8[np.ndarray, "rows columns"]
    left: int
    top: int


class AddedFinder:
    """Follows what differs between a take and its footage, frame by frame."""

    def __init__(self) -> None:
        self._cuts: list[_Cut | None] = []
        self._shape = (0, 0)
        self._areas: list[int] = []
        self._differing = 0
        self._alike: list[float] = []
        self._latest: Mask | None = None

    def see(self, footage: Image, take: Image) -> None:
        """The next frame of both, at the same size, 0..255."""
        apart = _apart(footage, take)
        found = apart.over
        greatest = _greatest(found)
        self._shape = greatest.shape
        self._areas.append(int(greatest.sum()))
        self._differing += int(found.sum())
        if not greatest.any():
            self._cuts.append(None)
            return
        self._cuts.append(_cut(_matte(apart.grey, greatest)))
        if self._latest is not None:
            self._alike.append(_overlap(self._latest, greatest))
        self._latest = greatest

    def mattes(self) -> Iterator[Matte] | None:
        """The one thing that was added, 0 clear to 255; None where there is none, or more.

        Frames that do not show it are clear throughout.
        """
        shown = [area for area in self._areas if area]
        if len(shown) < max(2.0, _SEEN * len(self._areas)):
            return None
        if sum(shown) < _MOST_OF_IT * self._differing or np.median(self._alike) < _SAME:
            return None
        if np.median(shown) > _LARGEST * self._shape[0] * self._shape[1]:
            return None
        return map(self._whole, self._cuts)

    def _whole(self, cut: _Cut | None) -> Matte:
        out = np.zeros(self._shape, np.uint8)
        if cut is not None:
            rows, columns = cut.matte.shape
            out[cut.top : cut.top + rows, cut.left : cut.left + columns] = cut.matte
        return out


class _Apart(NamedTuple):
    """How a take differs from its footage."""

    grey: Float32[np.ndarray, "height width"]
    """Grey levels, the greatest of three channels."""
    over: Mask
    """Where that is more than light, noise and place explain."""


def _apart(footage: Image, take: Image) -> _Apart:
    ground, shown = (
        cv2.GaussianBlur(i, (0, 0), _SMOOTH_PX).astype(np.float32) for i in (footage, take)
    )
    grey = np.abs(shown - _in_light_of(ground, shown)).max(axis=2)
    allowed = _GREY + 3 * float(np.median(grey)) + _ASIDE_PX * _slope(ground)
    over = cv2.morphologyEx((grey > allowed).astype(np.uint8), cv2.MORPH_OPEN, _square(3))
    return _Apart(grey, np.asarray(over > 0))


def _matte(grey: Float32[np.ndarray, "height width"], thing: Mask) -> Matte:
    """How much of a pixel is the thing: its difference over the greatest near by.

    A step at its edge has the share that covers the pixel; a part in the colour of what is behind
    is thin, and shows the same whether it moves or not.
    """
    near = cv2.dilate(thing.astype(np.uint8), _square(5)) > 0
    own = np.where(near, grey, np.float32(0))
    most = cv2.GaussianBlur(cv2.dilate(own, _square(9)), (0, 0), 3.0)
    share = np.clip((own / np.maximum(most, _FAINT) - _CLEAR) / (_SOLID - _CLEAR), 0, 1)
    closed = cv2.morphologyEx(share.astype(np.float32), cv2.MORPH_CLOSE, _square(5))
    return np.asarray(np.rint(255 * closed), np.uint8)


def _square(side: int) -> UInt8[np.ndarray, "side side"]:
    return np.ones((side, side), np.uint8)


def _cut(matte: Matte) -> _Cut:
    left, top, width, height = cv2.boundingRect(matte)
    return _Cut(matte[top : top + height, left : left + width].copy(), left, top)


def _in_light_of(
    ground: Float32[np.ndarray, "height width 3"], shown: Float32[np.ndarray, "height width 3"]
) -> Float32[np.ndarray, "height width 3"]:
    """The footage in the take's light: gain and offset a channel, by median and median deviation,
    which a thing that fills less than half of the picture does not move."""
    out = []
    for one, other in zip(cv2.split(ground), cv2.split(shown), strict=True):
        middle, there = float(np.median(one)), float(np.median(other))
        spread = float(np.median(np.abs(one - middle)))
        gain = float(np.median(np.abs(other - there))) / spread if spread > 1 else 1.0
        out.append((one - middle) * np.float32(np.clip(gain, 0.5, 2.0)) + np.float32(there))
    return np.asarray(cv2.merge(out))


def _slope(image: Float32[np.ndarray, "height width 3"]) -> Float32[np.ndarray, "height width"]:
    """Steepest slope near each pixel, grey levels a pixel."""
    across, down = (cv2.Sobel(image, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    steep = np.hypot(across, down).max(axis=2)
    return np.asarray(cv2.dilate(steep, _square(_REACH)))


def _greatest(mask: Mask) -> Mask:
    """Its greatest drawing, pieces near to each other being one; empty where that is too small."""
    side = max(3, mask.shape[1] // _JOINED) | 1
    joined = cv2.dilate(mask.astype(np.uint8), _square(side))
    count, labels = cv2.connectedComponents(joined)
    areas = np.bincount(labels[mask], minlength=count)
    best = int(areas.argmax())
    if areas[best] < _SMALLEST * mask.size:
        return np.zeros_like(mask)
    return np.asarray(mask & (labels == best))


def _overlap(one: Mask, other: Mask) -> float:
    """Overlap over union, middle on middle."""
    moved = np.round(_middle(other) - _middle(one)).astype(np.float32)
    by = np.array([[1, 0, moved[0]], [0, 1, moved[1]]], np.float32)
    laid = cv2.warpAffine(one.astype(np.uint8), by, one.shape[::-1], flags=cv2.INTER_NEAREST) > 0
    return float((laid & other).sum() / max(1, (laid | other).sum()))


def _middle(mask: Mask) -> Float32[np.ndarray, " 2"]:
    rows, columns = np.nonzero(mask)
    return np.array([columns.mean(), rows.mean()], np.float32)

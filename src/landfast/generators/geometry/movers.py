"""Things that move by themselves and stand in both anchors: a bird, a ball, a car.

No flow finds across a gap what went farther than it is large; blended, it would fade out at one
place and in at another. What differs from all real frames that the camera's motion lays on an
anchor is followed through the footage beside it; where the other anchor shows the same thing,
going as this one goes, it is taken out of both and moved along its way (`sprite`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.generators.geometry.correspond import Flow, Gray
from landfast.model.arrays import Float32, Float64, UInt8
from landfast.vision.motion.flow import fetch, pixel_grid

LEAST_FRAMES: Final = 3
"""Frames beside an anchor through which a thing is followed."""
_LEVELS: Final = 10
"""Difference that noise and the exposure leave."""
_LEAST_PIXELS: Final = 16
_LARGEST: Final = 0.06
"""Share of the picture beyond which it is no thing but a part of the scene."""
_MOST: Final = 8
"""The largest few are followed."""
_RIM: Final = 3
"""Pixels around a thing that go with it when it is looked for."""
_REACH: Final = 0.03
"""It is looked for this far from one frame to the next, picture widths."""
_SAME: Final = 0.6
"""Correlation from one frame to the next, and over the gap."""
_LIKE: Final = 0.4
"""The same as long as some of the scene is taken for it."""
_MAJORITY: Final = 5
"""What most of so many pixels across and down say of one is believed."""
_STEADY_PX: Final = 1.0
"""It is followed where its places lie so near to a parabola."""
_OWN_PX: Final = 1.0
"""Pixels a frame, at a width of 960, by which it departs from what stands still."""
_EASED: Final = 1.0
"""Its mean velocity differs from that at the ends by at most so much of the larger of these."""

_AROUND: Final = np.ones((3, 3), np.uint8)
Point = Float64[np.ndarray, " 2"]


class Still(NamedTuple):
    """A real frame and where what stands still in an anchor is in it.

    Attributes:
        gray: The frame's luma.
        moved: Displacement of the anchor's pixels.
    """

    gray: Gray
    moved: Flow


class Stills(NamedTuple):
    """The three real frames that an anchor is compared with.

    Attributes:
        near: One beside it.
        far: The farthest on its own side.
        across: The other anchor.
    """

    near: Still
    far: Still
    across: Still


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that moves by itself in an anchor's working picture.

    Attributes:
        mask: Its pixels, 255, over the box.
        corner: The box's upper left pixel.
        velocity: Pixels a frame towards the gap's inside.
        still: The velocity there of what stands still.
    """

    mask: UInt8[np.ndarray, "rows cols"]
    corner: tuple[int, int]
    velocity: Point
    still: Point

    @property
    def centre(self) -> Point:
        """Middle of its box, pixels."""
        rows, cols = self.mask.shape
        return np.array([self.corner[0] + (cols - 1) / 2, self.corner[1] + (rows - 1) / 2])


class Pair(NamedTuple):
    """One thing in both anchors, and where the last one shows the first one's middle."""

    first: Thing
    last: Thing
    arrived: Point


def things(own: Gray, outwards: Sequence[Gray], stills: Stills) -> list[Thing]:
    """What moves by itself beside an anchor.

    Args:
        own: The anchor's luma.
        outwards: Frames beside it, nearest first, at least `LEAST_FRAMES`.
        stills: Those of them, and the other anchor, with how the scene moves to them.
    """
    unlike = np.minimum.reduce([_unlike(own, still) for still in stills])
    largest = _LARGEST * own.size
    blobs = [blob for blob in _blobs(unlike > _LEVELS) if np.count_nonzero(blob.mask) <= largest]
    rest = stills.far.moved / len(outwards)
    found = (_followed(own, blob, outwards, rest) for blob in blobs[:_MOST])
    return [thing for thing in found if thing is not None]


def pairs(
    first: Sequence[Thing], last: Sequence[Thing], a: Gray, b: Gray, steps: int
) -> list[Pair]:
    """Things of the first anchor that the last one shows, each once, the likest first."""
    scored = []
    for i, one in enumerate(first):
        for j, other in enumerate(last):
            if not _as_large(one, other):
                continue
            score, at = _match(a, one, b, other.centre, _RIM * 2)
            if score > _SAME and _goes_there(one, other, at, steps):
                scored.append((score, i, j, at))
    taken: list[Pair] = []
    for _, i, j, at in sorted(scored, key=lambda each: (-each[0], each[1], each[2])):
        if not any(first[i] is pair.first or last[j] is pair.last for pair in taken):
            taken.append(Pair(first[i], last[j], at))
    return taken


def _unlike(own: Gray, still: Still) -> Gray:
    """Levels by which an anchor is outside of what another frame shows within a pixel."""
    height, width = own.shape
    at = pixel_grid(width, height) + still.moved
    there = fetch(still.gray, at, resampling="linear")
    off = _outside(own, there)
    x, y = at[..., 0], at[..., 1]
    off[(x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)] = 0
    return np.asarray(off)


def _outside(own: Gray, there: Gray) -> Gray:
    """Levels by which pixels are above or below all that another picture shows around them."""
    over = cv2.subtract(own, cv2.dilate(there, _AROUND))
    return np.asarray(cv2.max(over, cv2.subtract(cv2.erode(there, _AROUND), own)))


class _Blob(NamedTuple):
    mask: UInt8[np.ndarray, "rows cols"]
    corner: tuple[int, int]


def _blobs(unlike: np.ndarray) -> list[_Blob]:
    """Connected parts that are clear of the picture's edge, the largest first, holes filled."""
    height, width = unlike.shape
    closed = cv2.morphologyEx(unlike.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found = []
    for outline in outlines:
        x, y, cols, rows = cv2.boundingRect(outline)
        inside = min(x, y, width - x - cols, height - y - rows) > _RIM
        mask = np.zeros((rows, cols), np.uint8)
        cv2.drawContours(mask, [outline], -1, 255, cv2.FILLED, offset=(-x, -y))
        area = int(np.count_nonzero(mask))
        if inside and area >= _LEAST_PIXELS:
            found.append((-area, x, y, _Blob(mask, (x, y))))
    return [blob for *_, blob in sorted(found, key=lambda each: each[:3])]


def _followed(own: Gray, blob: _Blob, outwards: Sequence[Gray], rest: Flow) -> Thing | None:
    """What of a blob goes its own steady way through the frames beside the anchor.

    `rest` is how what stands still moves in a frame.
    """
    reach = round(_REACH * own.shape[1])
    thing = _sharper(own, Thing(*blob, np.zeros(2), np.zeros(2)), outwards[0], reach)
    if thing is None:
        return None
    at, step = thing.centre, np.zeros(2)
    places = [at]
    for frame in outwards:
        score, found = _match(own, thing, frame, at + step, reach)
        if score < _SAME:
            return None
        step, at, reach = found - at, found, max(_RIM, reach // 2)
        places.append(at)
    times = np.arange(len(places))
    curve = np.polyfit(times, np.array(places), 2)
    off = np.polynomial.polynomial.polyval(times, curve[::-1]).T - places
    still = rest[round(thing.centre[1]), round(thing.centre[0])].astype(np.float64)
    apart = float(np.hypot(*(curve[1] - still)))
    if np.abs(off).max() > _STEADY_PX or apart < _OWN_PX * own.shape[1] / 960:
        return None
    return replace(thing, velocity=-curve[1], still=-still)


def _sharper(own: Gray, thing: Thing, beside: Gray, reach: int) -> Thing | None:
    """Without what looks otherwise where the rest went: the scene around it.

    Its edge is a pixel farther out than where it differs from all that is around a pixel.
    """
    score, found = _match(own, thing, beside, thing.centre, reach)
    if score < _LIKE:
        return None
    (rows, cols), (x, y) = thing.mask.shape, thing.corner
    there = cv2.getRectSubPix(beside, (cols, rows), found.tolist())
    same = _outside(own[y : y + rows, x : x + cols], there) <= _LEVELS
    rim = _RIM + 1
    kept = np.pad(np.where(same, thing.mask, 0), rim)
    blobs = _blobs(cv2.medianBlur(kept, _MAJORITY) > 0)
    if not blobs:
        return None
    (i, j), mask = blobs[0].corner, cv2.dilate(np.pad(blobs[0].mask, 1), _AROUND)
    return replace(thing, mask=mask, corner=(x + i - rim - 1, y + j - rim - 1))


def _match(own: Gray, thing: Thing, other: Gray, near: Point, reach: int) -> tuple[float, Point]:
    """How surely another picture shows a thing near a place, -1 to 1, and where its middle is."""
    rows, cols = thing.mask.shape
    x, y = thing.corner
    patch = own[y - _RIM : y + rows + _RIM, x - _RIM : x + cols + _RIM]
    mask = np.pad(thing.mask, _RIM)
    left, top = np.rint(near - (np.array(patch.shape[::-1]) - 1) / 2).astype(int)
    x0, y0 = max(0, left - reach), max(0, top - reach)
    window = other[
        y0 : max(0, top + patch.shape[0] + reach), x0 : max(0, left + patch.shape[1] + reach)
    ]
    if window.shape[0] < patch.shape[0] or window.shape[1] < patch.shape[1]:
        return -1.0, near
    likeness = cv2.matchTemplate(window, patch, cv2.TM_CCOEFF_NORMED, mask=mask)
    likeness[~np.isfinite(likeness)] = -1
    _, score, _, (i, j) = cv2.minMaxLoc(likeness)
    fine = np.array([_peak(likeness[j], i), _peak(likeness[:, i], j)])
    return float(score), fine + (x0, y0) + (np.array(patch.shape[::-1]) - 1) / 2


def _peak(values: Float32[np.ndarray, " n"], at: int) -> float:
    """Where the parabola through the largest value and its neighbours has its top."""
    if not 0 < at < len(values) - 1:
        return float(at)
    low, top, high = map(float, values[at - 1 : at + 2])
    bend = low - 2 * top + high
    return at + (low - high) / (2 * bend) if bend < 0 else float(at)


def _goes_there(one: Thing, other: Thing, at: Point, steps: int) -> bool:
    """True where velocities at both ends, less what stands still, bring it to where it is."""
    mean = (at - one.centre) / steps - (one.still - other.still) / 2
    start, stop = one.velocity - one.still, other.still - other.velocity
    fastest = max(float(np.hypot(*start)), float(np.hypot(*stop)))
    off = float(np.hypot(*(mean - (start + stop) / 2)))
    return off < _EASED * fastest and float(start @ stop) > 0


def _as_large(one: Thing, other: Thing) -> bool:
    """True where neither has twice the pixels of the other."""
    areas = sorted(int(np.count_nonzero(each.mask)) for each in (one, other))
    return areas[1] < 2 * areas[0]

"""How every frame of a reel moves into the next, coarsely, and where that leads over many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32
from landfast.verify.measure.lattice import BLOCK, STEP
from landfast.verify.measure.parallel import Once, in_order
from landfast.verify.measure.reel import Reel
from landfast.verify.measure.turns import turned
from landfast.vision.motion.flow import dense_flow, pixel_grid, warp

_ROUND_TRIP_PX: Final = 1.0
_ROUND_TRIP_SHARE: Final = 0.05
"""A way is trusted if there and back misses by less than this (Sundaram et al., ECCV 2010,
doubled because flow is measured at half size)."""


@dataclass(frozen=True, slots=True)
class Link:
    """Motion between two neighbouring frames on cells of 8 px, in pixels at working size."""

    forward: Float32[np.ndarray, "rows columns 2"]
    backward: Float32[np.ndarray, "rows columns 2"]
    trusted: np.ndarray
    """Cells of the earlier frame that come back to where they started; bool."""
    trusted_back: np.ndarray
    difference: float
    """Mean absolute difference of the two frames as they stand, grey levels."""
    unexplained: float
    """The same after motion; high across a cut."""
    speed: float
    """Upper quartile of the image speed, px a frame at working size."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the cells of one frame stand in another."""

    at: Float32[np.ndarray, "rows columns 2"]
    """Position in cells, (0, 0) at the centre of the first cell."""
    known: np.ndarray
    """Whether the way there was trusted and stayed in the picture; bool."""


class Links(tuple[Link, ...]):
    """Links in order, with the ways that were composed of them: many checks ask for the same."""

    @Once
    def _ways(self) -> dict[tuple[int, int], tuple[np.ndarray, np.ndarray]]:
        return {}

    @Once
    def _onward(self) -> list[np.ndarray]:
        """Steps, in cells, and 1 where they are trusted, from each frame to the next."""
        return [_step(one.forward, one.trusted) for one in self]

    @Once
    def _back(self) -> list[np.ndarray]:
        """The same from each frame but the first to the one before."""
        return [_step(one.backward, one.trusted_back) for one in self]

    @Once
    def _of_first(self) -> list[Places]:
        return _followed(self._onward)

    @Once
    def _of_last(self) -> list[Places]:
        return _followed(self._back[::-1])[::-1]


def link(reel: Reel) -> Links:
    """Measure the motion from each frame to the next and back."""
    pairs = zip(reel.small[:-1], reel.small[1:], strict=True)
    return Links(in_order(lambda pair: _link(*pair, reel.size), pairs))


def cells(size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of cells that cover a picture of (width, height)."""
    return max(1, round(size[1] / STEP)), max(1, round(size[0] / STEP))


def _link(a: np.ndarray, b: np.ndarray, size: tuple[int, int]) -> Link:
    forward, backward = (dense_flow(*pair, preset="brisk") for pair in ((a, b), (b, a)))
    difference = float(cv2.absdiff(a, b).mean())
    left, left_back = (
        cv2.absdiff(one, warp(other, flow, resampling="linear"))
        for one, other, flow in ((a, b, forward), (b, a, backward))
    )
    there = turned(_coarse(forward, size), left, a, b)
    back = turned(_coarse(backward, size), left_back, b, a)
    ok, ok_back = _round_trip(there, back), _round_trip(back, there)
    speed = upper_quartile(np.hypot(there[..., 0], there[..., 1]))
    return Link(there, back, ok, ok_back, difference, float(left.mean()), speed)


def _coarse(flow: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Flow averaged over cells, in pixels at working size."""
    rows, columns = cells(size)
    small = cv2.resize(flow, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small * np.float32(size[0] / flow.shape[1]))


def _round_trip(there: np.ndarray, back: np.ndarray) -> np.ndarray:
    rows, columns = there.shape[:2]
    at = identity(rows, columns) + there / np.float32(STEP)
    returned = there + sample(back, at)
    miss = np.hypot(returned[..., 0], returned[..., 1])
    size = np.hypot(there[..., 0], there[..., 1])
    trusted: np.ndarray = inside(at) & (miss < _ROUND_TRIP_PX + _ROUND_TRIP_SHARE * size)
    return trusted


def identity(rows: int, columns: int) -> Float32[np.ndarray, "rows columns 2"]:
    """Every cell's own place; read-only."""
    return pixel_grid(columns, rows)


def sample(field: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Bilinear values of a field of cells at places."""
    values = cv2.remap(field, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(values)


def inside(at: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Whether places lie in the picture, of so many rows and columns of cells."""
    rows, columns = at.shape[:2] if shape is None else shape
    return np.asarray(cv2.inRange(at, (0, 0), (columns - 1, rows - 1)) > 0)


def places_in_first(links: tuple[Link, ...]) -> list[Places]:
    """For every frame, where its cells stand in the first."""
    return _chained([(one.backward, one.trusted_back) for one in links], links)


def places_in_last(links: tuple[Link, ...]) -> list[Places]:
    """For every frame, where its cells stand in the last."""
    steps = [(one.forward, one.trusted) for one in reversed(links)]
    return _chained(steps, links)[::-1]


def places_of_first(links: tuple[Link, ...]) -> list[Places]:
    """For every frame, where the first frame's cells stand in it."""
    return _kept(links)._of_first


def places_of_last(links: tuple[Link, ...]) -> list[Places]:
    """For every frame, where the last frame's cells stand in it."""
    return _kept(links)._of_last


def _kept(links: tuple[Link, ...]) -> Links:
    return links if isinstance(links, Links) else Links(links)


def places_between(links: tuple[Link, ...], at: int, to: int) -> Places:
    """Where the cells of one frame stand in another."""
    kept = _kept(links)
    if (at, to) not in kept._ways:
        kept._ways[at, to] = _way(kept, at, to)
    place, known = kept._ways[at, to]
    return Places(place, known & inside(place))


def blocks_between(
    links: tuple[Link, ...], at: int, frames: range, shape: tuple[int, ...]
) -> dict[int, Places]:
    """Where the middles of the blocks of one frame stand in others on both sides, in blocks.

    shape: rows and columns of blocks.
    """
    kept = _kept(links)
    rows, columns = shape
    middles = identity(*links[0].trusted.shape)[1::BLOCK, 1::BLOCK][:rows, :columns]
    begun = np.ascontiguousarray(middles), np.ones(shape, bool)
    out = {at: begun}
    for to in (frames[-1], frames[0]):
        place, known = begun
        steps = kept._onward[at:to] if to > at else kept._back[to:at][::-1]
        for n, step in enumerate(steps, 1):
            place, known = _stepped(step, place, known)
            out[at + n if to > at else at - n] = place, known
    edge = links[0].trusted.shape
    return {k: Places((p - 1) / BLOCK, known & inside(p, edge)) for k, (p, known) in out.items()}


def _way(links: Links, at: int, to: int) -> tuple[np.ndarray, np.ndarray]:
    """Where cells stand and which were trusted so far, from the farthest frame that is known."""
    back = 1 if to < at else -1
    start = next((k for k in range(to + back, at, back) if (at, k) in links._ways), at)
    begun = _start(links[0].trusted.shape)
    place, known = links._ways[at, start] if start != at else (begun.at, begun.known)
    steps = links._onward[start:to] if to > at else links._back[to:start][::-1]
    for step in steps:
        place, known = _stepped(step, place, known)
    return place, known


def _step(flow: np.ndarray, trusted: np.ndarray) -> np.ndarray:
    return np.dstack([flow / np.float32(STEP), trusted.astype(np.float32)])


def _stepped(
    step: np.ndarray, place: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where places lead, and which of those known were trusted to."""
    there = sample(step, place)
    return place + there[..., :2], known & (there[..., 2] > 0.5)


def _start(shape: tuple[int, ...]) -> Places:
    rows, columns = shape
    return Places(identity(rows, columns), np.ones((rows, columns), bool))


def _chained(steps: list[tuple[np.ndarray, np.ndarray]], links: tuple[Link, ...]) -> list[Places]:
    """Compose: step into the frame before, then take its place."""
    out = [_start(links[0].trusted.shape)]
    here = out[0].at
    for flow, trusted in steps:
        there = here + flow / np.float32(STEP)
        at = sample(out[-1].at, there)
        known = sample(out[-1].known.astype(np.float32), there) > 0.5
        out.append(Places(at, known & trusted & inside(there)))
    return out


def _followed(steps: list[np.ndarray]) -> list[Places]:
    """Follow the cells of one frame step by step."""
    out = [_start(steps[0].shape[:2])]
    for step in steps:
        moved, known = _stepped(step, out[-1].at, out[-1].known)
        out.append(Places(moved, known & inside(moved)))
    return out


def led_on(
    points: np.ndarray, at: int, frames: list[int], links: tuple[Link, ...]
) -> dict[int, np.ndarray]:
    """Points carried along the links from one frame into others, px."""
    out: dict[int, np.ndarray] = {}
    for ahead, last in ((True, max(frames)), (False, min(frames))):
        place: np.ndarray = ((points + 0.5) / STEP - 0.5)[None].astype(np.float32)
        for k in range(at, last) if ahead else range(at - 1, last - 1, -1):
            flow = links[k].forward if ahead else links[k].backward
            place = place + sample(flow, place) / np.float32(STEP)
            out[k + ahead] = (place[0] + np.float32(0.5)) * np.float32(STEP) - np.float32(0.5)
    return out


def upper_quartile(values: np.ndarray) -> float:
    """What `np.percentile(values, 75)` gives, at a fifth of its cost."""
    flat = values.ravel()
    at = 0.75 * (len(flat) - 1)
    low = int(at)
    high = min(low + 1, len(flat) - 1)
    ordered = np.partition(flat, (low, high))
    return float(ordered[low] + (ordered[high] - ordered[low]) * (at - low))


def speeds(links: tuple[Link, ...]) -> np.ndarray:
    """Upper quartile of the image speed of every link, px a frame at working size."""
    return np.array([one.speed for one in links])

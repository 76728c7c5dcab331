"""What no rigid scene explains, in pixels, block by block (plane plus parallax over windows)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.model.arrays import Float32
from landfast.verify.measure.broad import levelled
from landfast.verify.measure.lattice import STEP, Corners, Lattice
from landfast.verify.measure.links import Link, sample, speeds, upper_quartile
from landfast.verify.measure.neighbours import FEWEST, Baseline, neighbours
from landfast.verify.measure.opposites import opposite, sway
from landfast.verify.measure.parallel import in_order
from landfast.verify.measure.reel import Reel
from landfast.vision.medians import median
from landfast.vision.planeparallax import Model, fit_rigid

_POINTS: Final = 60
_POOLED: Final = 5
"""Blocks of a 3 x 3 patch that have to be measured."""
_ROUND_TRIP_PX: Final = 0.5
"""A point counts if tracking it there and back misses by less."""
_UNLIKE: Final = 0.7
"""Most that two patches may differ on average, in standard deviations of the patch. Patches that
have nothing to do with each other differ by 1.13 (two independent normal variables)."""
_ALIKE: Final = 0.2
"""Patches that differ by less need no way back: of 1000 of them all but two to eight came home
(karma and hand-held, compressed or not, three in a hundred up to 0.3)."""
_FOUND: Final = 0.3
"""Share of the points that a window must find again; below, its frames do not belong together
closely enough (a jerk, blur, a cut) and it says nothing about rigidity."""
_DETAIL: Final = 31
"""Patches are compared after taking out the mean over this many pixels, so that a change of
exposure is not mistaken for motion."""


class Search(NamedTuple):
    """How a patch is looked for: its width and height, and the most steps, of which the last is
    shorter than so many pixels.

    OpenCV works on eight pixels of a row at once: a patch 16 or 17 wide costs little more than
    half of one 15 wide.
    """

    patch: tuple[int, int]
    steps: int
    step_px: float


FINELY: Final = Search((17, 17), 12, 0.03)
"""The patch is two thirds of a block."""
_BACK: Final = Search((16, 11), 6, 0.1)
"""Coming home is held to half a pixel only."""
_AT_ONCE: Final = 16
"""Windows that are measured together, so that few of the pictures they need are held."""


@dataclass(frozen=True, slots=True)
class Window:
    """One reference frame measured against its neighbours."""

    at: int
    residual: Float32[np.ndarray, "rows columns"]
    """Pixels at working size per block; NaN where unverifiable."""
    model: Model
    depth: Float32[np.ndarray, "rows columns"]
    """Inverse depth per block against a plane, of no scale; NaN where unknown, zero for "plane"."""
    parallax_px: float
    """Typical motion that depth makes between the frames of the window."""
    reach_px: float
    """How far the picture moves from its frame to the farthest neighbour."""
    sway: Float32[np.ndarray, "pairs 2 rows columns"]
    """How far the middle between each two opposite neighbours lies off each block, x and y, px;
    NaN where one of them does not show it. A wrong depth pushes a block one way before and the
    other way after, so that this is free of it."""
    apart: tuple[int, ...]
    """How many frames the neighbours of each pair are away."""


def windows(
    reel: Reel,
    links: tuple[Link, ...],
    corners: Callable[[int], Corners],
    *,
    stride: int,
    baseline: Baseline = "near",
) -> tuple[Window, ...]:
    """Measure a reel, one window every `stride` frames; corners: those of a frame to follow."""
    if len(reel) <= FEWEST:
        return ()
    pace = speeds(links)
    every = [(at, neighbours(at, pace, baseline, reel.beat)) for at in range(len(reel))[::stride]]
    wanted = [(at, beside) for at, beside in every if beside]
    detail: dict[int, np.ndarray] = {}
    out: list[Window] = []
    for first in range(0, len(wanted), _AT_ONCE):
        some = wanted[first : first + _AT_ONCE]
        detail = _details(reel, sorted({k for at, beside in some for k in (at, *beside)}), detail)
        out += in_order(partial(_window, reel, links, corners, detail), some)
    return tuple(_sure(out))


def _sure(found: list[Window]) -> list[Window]:
    """Windows without what one says that takes the scene for a plane between two that do not: what
    depth explains there would be called a warp."""
    models = [found[0].model, *(one.model for one in found), found[-1].model] if found else []
    return [
        _silenced(one) if one.model == "plane" and models[n] == models[n + 2] == "parallax" else one
        for n, one in enumerate(found)
    ]


def _silenced(one: Window) -> Window:
    empty = np.full_like(one.residual, np.nan)
    return replace(one, residual=empty, sway=np.full_like(one.sway, np.nan))


def _details(reel: Reel, frames: list[int], known: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    """The pictures that patches are compared on, those already made taken over."""
    fresh = [k for k in frames if k not in known]
    made = dict(zip(fresh, in_order(lambda k: detailed(reel.grey[k]), fresh), strict=True))
    return {k: known[k] if k in known else made[k] for k in frames}


def detailed(grey: np.ndarray) -> np.ndarray:
    """Luma about its local mean, contrast raised by half."""
    mean = cv2.boxFilter(grey, cv2.CV_32F, (_DETAIL, _DETAIL))
    return np.asarray(cv2.addWeighted(grey, 1.5, mean, -1.5, 128.0, dtype=cv2.CV_8U))


def _window(
    reel: Reel,
    links: tuple[Link, ...],
    corners_of: Callable[[int], Corners],
    detail: dict[int, np.ndarray],
    wanted: tuple[int, list[int]],
) -> Window:
    at, around = wanted
    width, height = reel.size
    lattice, corners = Lattice(width, height), corners_of(at)
    points = corners.at[corners.usable]
    empty = np.full(lattice.blocks, np.nan, np.float32)
    untold = np.empty((0, 2, *empty.shape), np.float32)
    nothing = Window(at, empty, "plane", empty, 0.0, 0.0, untold, ())
    if len(points) < _POINTS:
        return nothing
    most = _UNLIKE * contrast(detail[at], points, FINELY.patch)
    led = _led_on(points, at, around, links)
    wanting = partial(lattice.wanting, corners.usable)
    tracked = [_track(detail, (at, k), (points, led[k]), most, links, wanting) for k in around]
    moved = np.stack([t[0] for t in tracked]).astype(np.float64)
    seen = np.stack([t[1] for t in tracked])
    if median(seen.sum(axis=1)) < max(_POINTS, _FOUND * len(points)):
        return nothing
    fit = fit_rigid(points.astype(np.float64), moved, seen, width=width, height=height)
    depth = np.full(lattice.shape, np.nan)
    depth[corners.usable] = np.where(seen.sum(axis=0) > 1, fit.inverse_depth, np.nan)
    away = [np.hypot(*(place - points)[sure].T) for place, sure in tracked if sure.any()]
    shared = levelled(_shared(lattice, corners, fit.residual, seen))
    size = np.hypot(shared[:, 0], shared[:, 1])
    return Window(
        at,
        _typical(size, np.isfinite(size)).astype(np.float32),
        fit.model,
        lattice.to_blocks(depth),
        median(fit.parallax_px),
        max(upper_quartile(one) for one in away),
        sway(shared, [k - at for k in around]),
        opposite([k - at for k in around]),
    )


def _shared(
    lattice: Lattice, corners: Corners, residual: np.ndarray, seen: np.ndarray
) -> np.ndarray:
    """The residual that a block's points and its neighbours share, neighbours x 2 x rows x columns:
    what they do each on their own cancels, what a warp does to them together stays."""
    spread = np.full((len(seen), 2, *lattice.shape), np.nan)
    spread[:, :, corners.usable] = np.where(seen[..., None], residual, np.nan).transpose(0, 2, 1)
    return pooled(lattice.to_blocks(spread))


def pooled(blocks: np.ndarray) -> np.ndarray:
    """Median of each map over 3 x 3 blocks; NaN where the middle or most of them are."""
    padded = np.pad(blocks, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    rows, columns = blocks.shape[2:]
    patch = [padded[..., y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    ordered = np.sort(np.stack(patch), axis=0)
    count = np.isfinite(ordered).sum(axis=0)
    low = np.take_along_axis(ordered, (np.maximum(count - 1, 0) // 2)[None], axis=0)[0]
    high = np.take_along_axis(ordered, (count // 2)[None].clip(max=8), axis=0)[0]
    known = np.isfinite(blocks) & (count >= _POOLED)
    return np.asarray(np.where(known, (low + high) / 2, np.nan))


def _typical(size: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Lower median over the neighbours that show a block: one that is hidden on one side is
    judged by the other. NaN where fewer than two show it."""
    ordered = np.sort(np.where(seen, size, np.nan), axis=0)
    count = seen.sum(axis=0)
    middle = np.take_along_axis(ordered, (np.maximum(count - 1, 0) // 2)[None], axis=0)[0]
    return np.where(count >= 2, middle, np.nan)


def _track(
    detail: dict[int, np.ndarray],
    pair: tuple[int, int],
    led: tuple[np.ndarray, np.ndarray],
    most: np.ndarray,
    links: tuple[Link, ...],
    wanting: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Positions of points in another frame, and whether they are surely the same points: the
    way back, led by the links and not by the answer, comes home, and the patches look alike.

    Links lead to within a pixel or two, so most points are found on the finest level alone; the
    others are looked for from one level higher where too few others tell what their block does,
    unless they are led out of the picture.
    """
    place, sure = _there_and_back(detail, pair, led, most, links, level=0)
    height, width = detail[pair[1]].shape
    shown = (led[1] >= 0).all(axis=1) & (led[1] <= [width - 1, height - 1]).all(axis=1)
    again = np.flatnonzero(~sure & shown & wanting(sure))
    if len(again):
        rest = (led[0][again], led[1][again])
        place[again], sure[again] = _there_and_back(detail, pair, rest, most[again], links, level=1)
    return place, sure


def _there_and_back(
    detail: dict[int, np.ndarray],
    pair: tuple[int, int],
    led: tuple[np.ndarray, np.ndarray],
    most: np.ndarray,
    links: tuple[Link, ...],
    *,
    level: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Positions, and whether they are sure, tracked on `level` + 1 levels of the pyramid."""
    at, to = pair
    points, guess = led
    height, width = detail[at].shape
    place, found, unlike = follow(detail[at], detail[to], points, guess, level, FINELY)
    shown = (place >= 0).all(axis=1) & (place <= [width - 1, height - 1]).all(axis=1)
    sure = shown & found & (unlike < most)
    asked = np.flatnonzero(sure & (unlike >= _ALIKE / _UNLIKE * most))
    if len(asked):
        back = _led_on(place[asked], to, [at], links)[at]
        home, returned, _ = follow(detail[to], detail[at], place[asked], back, level, _BACK)
        miss = np.hypot(*(home - points[asked]).T)
        sure[asked] = returned & (miss < _ROUND_TRIP_PX)
    return place, sure


def contrast(detail: np.ndarray, points: np.ndarray, patch: tuple[int, int]) -> np.ndarray:
    """Standard deviation of the patch around each point, grey levels."""
    x, y = points.astype(int).T
    mean = cv2.boxFilter(detail, cv2.CV_32F, patch)[y, x]
    square = cv2.sqrBoxFilter(detail, cv2.CV_32F, patch)[y, x]
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)))


def follow(
    a: np.ndarray, b: np.ndarray, points: np.ndarray, guess: np.ndarray, level: int, how: Search
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lucas-Kanade from a guess: positions, whether found, mean difference of the patches."""
    found, status, unlike = cv2.calcOpticalFlowPyrLK(
        a,
        b,
        np.ascontiguousarray(points)[:, None],
        guess[:, None].copy(),
        winSize=how.patch,
        maxLevel=level,
        criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, how.steps, how.step_px),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        minEigThreshold=1e-6,
    )
    return found[:, 0], status.ravel() > 0, unlike.ravel()


def _led_on(
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

"""What no rigid scene explains, in pixels, block by block (plane plus parallax over windows)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.verify.measure.broad import levelled
from landfast.verify.measure.lattice import Corners, Lattice
from landfast.verify.measure.links import Link, led_on, speeds, upper_quartile
from landfast.verify.measure.neighbours import FEWEST, Baseline, neighbours
from landfast.verify.measure.opposites import opposite, sway
from landfast.verify.measure.parallel import in_order
from landfast.verify.measure.reel import Reel
from landfast.verify.measure.window import Window, consistent
from landfast.vision.geometry.planeparallax import RigidFit, fit_rigid
from landfast.vision.statistics.medians import median

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
_PERIOD_PX: Final = 1.0
"""Points that stand farther off are looked for again where the scene around them leads."""
_BESIDE: Final = 5
"""Points whose depths tell where that is."""
_KD_TREE: Final = 4
"""FLANN's single k-d tree, which is exact where it is searched whole."""
_ALL: Final = -1
_AS_ALIKE: Final = 1.3
"""How many times as much a patch may differ there: on ribs, windows and tiles it is found a period
off as well as in its place, and which of both is no evidence."""
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
Detail = Callable[[int], np.ndarray]
"""The picture that patches of a frame are compared on, by its number."""
Tracked = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Where points stand in another frame, whether that is sure, and how unlike their patches are."""


def windows(
    reel: Reel,
    links: tuple[Link, ...],
    corners: Callable[[int], Corners],
    detail: Detail,
    *,
    stride: int,
    baseline: Baseline = "near",
) -> tuple[Window, ...]:
    """Measure a reel, one window every `stride` frames.

    Args:
        reel: The frames.
        links: Their motion.
        corners: The points of a frame to follow, by its number.
        detail: The picture that its patches are compared on, by its number: see `detailed`.
        stride: Frames from one window to the next.
        baseline: How far away neighbours are looked for.
    """
    if len(reel) <= FEWEST:
        return ()
    pace = speeds(links)
    every = [(at, neighbours(at, pace, baseline, reel.beat)) for at in range(len(reel))[::stride]]
    wanted = [(at, beside) for at, beside in every if beside]
    found = in_order(partial(_window, reel, links, corners, detail), wanted)
    return tuple(consistent(found))


def detailed(grey: np.ndarray) -> np.ndarray:
    """Luma about its local mean, contrast raised by half."""
    mean = cv2.boxFilter(grey, cv2.CV_32F, (_DETAIL, _DETAIL))
    return np.asarray(cv2.addWeighted(grey, 1.5, mean, -1.5, 128.0, dtype=cv2.CV_8U))


def _window(
    reel: Reel,
    links: tuple[Link, ...],
    corners_of: Callable[[int], Corners],
    detail: Detail,
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
    most = _UNLIKE * contrast(detail(at), points, FINELY.patch)
    led = led_on(points, at, around, links)
    wanting = partial(lattice.wanting, corners.usable)
    tracked = [_track(detail, (at, k), (points, led[k]), most, links, wanting) for k in around]
    moved = np.stack([t[0] for t in tracked]).astype(np.float64)
    seen = np.stack([t[1] for t in tracked])
    if median(seen.sum(axis=1)) < max(_POINTS, _FOUND * len(points)):
        return nothing
    fit = fit_rigid(points.astype(np.float64), moved, seen, width=width, height=height)
    depth = np.full(lattice.shape, np.nan)
    left, deep = _settled(detail, (at, around), points, tracked, fit)
    depth[corners.usable] = np.where(seen.sum(axis=0) > 1, deep, np.nan)
    away = [np.hypot(*(place - points)[sure].T) for place, sure, _ in tracked if sure.any()]
    shared = levelled(_shared(lattice, corners, left, seen))
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


def _settled(
    detail: Detail,
    frames: tuple[int, list[int]],
    points: np.ndarray,
    tracked: list[Tracked],
    fit: RigidFit,
) -> tuple[np.ndarray, np.ndarray]:
    """Residuals and inverse depths, points that stand far off looked for again where the scene
    around them leads: what is found there as well is no evidence, and one neighbour that shows a
    point a period off gives it a wrong depth for all."""
    left, depth = fit.residual.copy(), fit.inverse_depth.copy()
    place, seen, unlike = (np.stack(one) for one in zip(*tracked, strict=True))
    unlike = np.where(seen, unlike, 0.0)
    off = np.where(seen, np.hypot(left[..., 0], left[..., 1]), 0.0)
    odd = off.max(axis=0) > _PERIOD_PX
    far, good = np.flatnonzero(odd), np.flatnonzero(~odd & (seen.sum(axis=0) > 1))
    if not len(far) or len(good) < _POINTS:
        return left, depth
    around = _around(points, depth, far, good)
    moved = (around - depth[far])[:, None] * fit.push[:, far]
    wanted = np.where(seen[:, far, None], place[:, far] - left[:, far] + moved, points[far])
    fresh = left[:, far] - moved
    for n, k in enumerate(frames[1]):
        guess = wanted[n].astype(np.float32)
        again, found, other = follow(detail(frames[0]), detail(k), points[far], guess, 0, FINELY)
        alike = found & (other < _AS_ALIKE * unlike[n, far])
        fresh[n, alike] = (again - guess)[alike]
    size = np.where(seen[:, far], np.hypot(fresh[..., 0], fresh[..., 1]), 0.0)
    nearer = size.sum(axis=0) < off[:, far].sum(axis=0) / 2
    left[:, far[nearer]], depth[far[nearer]] = fresh[:, nearer], around[nearer]
    return left, depth


def _around(
    points: np.ndarray, depth: np.ndarray, some: np.ndarray, good: np.ndarray
) -> np.ndarray:
    """Median depth of the good points nearest to each of some."""
    tree = cv2.flann.Index(points[good].astype(np.float32), {"algorithm": _KD_TREE})
    near, _ = tree.knnSearch(points[some].astype(np.float32), _BESIDE, params={"checks": _ALL})
    return np.asarray(np.median(depth[good][near], axis=1))


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
    detail: Detail,
    pair: tuple[int, int],
    led: tuple[np.ndarray, np.ndarray],
    most: np.ndarray,
    links: tuple[Link, ...],
    wanting: Callable[[np.ndarray], np.ndarray],
) -> Tracked:
    """Positions of points in another frame, and whether they are surely the same points: the
    way back, led by the links and not by the answer, comes home, and the patches look alike.

    Links lead to within a pixel or two, so most points are found on the finest level alone; the
    others are looked for from one level higher where too few others tell what their block does,
    unless they are led out of the picture.
    """
    place, sure, unlike = _there_and_back(detail, pair, led, most, links, level=0)
    height, width = detail(pair[1]).shape
    shown = (led[1] >= 0).all(axis=1) & (led[1] <= [width - 1, height - 1]).all(axis=1)
    again = np.flatnonzero(~sure & shown & wanting(sure))
    if len(again):
        rest = (led[0][again], led[1][again])
        found = _there_and_back(detail, pair, rest, most[again], links, level=1)
        place[again], sure[again], unlike[again] = found
    return place, sure, unlike


def _there_and_back(
    detail: Detail,
    pair: tuple[int, int],
    led: tuple[np.ndarray, np.ndarray],
    most: np.ndarray,
    links: tuple[Link, ...],
    *,
    level: int,
) -> Tracked:
    """Positions, whether they are sure, unlikeness; tracked on `level` + 1 levels of a pyramid."""
    at, to = pair
    points, guess = led
    height, width = detail(at).shape
    place, found, unlike = follow(detail(at), detail(to), points, guess, level, FINELY)
    shown = (place >= 0).all(axis=1) & (place <= [width - 1, height - 1]).all(axis=1)
    sure = shown & found & (unlike < most)
    asked = np.flatnonzero(sure & (unlike >= _ALIKE / _UNLIKE * most))
    if len(asked):
        back = led_on(place[asked], to, [at], links)[at]
        home, returned, _ = follow(detail(to), detail(at), place[asked], back, level, _BACK)
        miss = np.hypot(*(home - points[asked]).T)
        sure[asked] = returned & (miss < _ROUND_TRIP_PX)
    return place, sure, unlike


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

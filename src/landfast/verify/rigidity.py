"""What no rigid scene explains, in pixels, block by block (plane plus parallax over windows)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, NamedTuple

import cv2
import numpy as np
from jaxtyping import Float32

from landfast.verify.lattice import STEP, Corners, Lattice
from landfast.verify.links import Link, sample, speeds
from landfast.verify.parallel import in_order
from landfast.verify.reel import Reel
from landfast.vision.planeparallax import Model, fit_rigid

_REACH_PX: Final = 14.0
"""Wanted image motion over a window's shorter baseline: well above the noise of tracking, within
its grasp, and short enough that nearby things do not hide each other."""
_LONGEST: Final = 4
_WIDE_PX: Final = 48.0
_WIDEST: Final = 16
"""A slow warp hardly shows between near frames: the second look reaches up to 16 frames to either
side, as long as patches stay alike (5 % of the width)."""
_FEWEST: Final = 3
"""Neighbours that a window needs: with two, one inverse depth a point explains too much."""
_POINTS: Final = 60
_POOLED: Final = 5
"""Blocks of a 3 x 3 patch that have to be measured."""
_ROUND_TRIP_PX: Final = 0.5
"""A point counts if tracking it there and back misses by less."""
_UNLIKE: Final = 0.7
"""Most that two patches may differ on average, in standard deviations of the patch. Patches that
have nothing to do with each other differ by 1.13 (two independent normal variables)."""
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

Baseline = Literal["near", "wide"]


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


def windows(
    reel: Reel, links: tuple[Link, ...], *, stride: int, baseline: Baseline = "near"
) -> tuple[Window, ...]:
    """Measure a reel, one window every `stride` frames."""
    if len(reel) <= _FEWEST:
        return ()
    around = _near if baseline == "near" else _wide
    pace = speeds(links)
    every = [(at, around(at, len(reel), pace)) for at in range(len(reel))[::stride]]
    wanted = [(at, beside) for at, beside in every if len(beside) >= _FEWEST]
    detail: dict[int, np.ndarray] = {}
    out: list[Window] = []
    for first in range(0, len(wanted), _AT_ONCE):
        some = wanted[first : first + _AT_ONCE]
        detail = _details(reel, sorted({k for at, beside in some for k in (at, *beside)}), detail)
        out += in_order(partial(_window, reel, links, detail), some)
    return tuple(out)


def _details(reel: Reel, frames: list[int], known: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    """The pictures that patches are compared on, those already made taken over."""
    fresh = [k for k in frames if k not in known]
    made = dict(zip(fresh, in_order(lambda k: detailed(reel.grey[k]), fresh), strict=True))
    return {k: known[k] if k in known else made[k] for k in frames}


def _near(at: int, frames: int, pace: np.ndarray) -> list[int]:
    """Neighbours at one and two steps on both sides; the step suits the speed there."""
    last = frames - 1
    for step in range(min(_LONGEST, at, last - at), 0, -1):
        around = [k for k in (at - 2 * step, at - step, at + step, at + 2 * step) if 0 <= k <= last]
        close = pace[at - step : at + step].mean() * step <= _REACH_PX
        if len(around) >= _FEWEST and (close or step == 1):
            return around
    return []


def _wide(at: int, frames: int, pace: np.ndarray) -> list[int]:
    """Neighbours far away on both sides, at the take's ends where those are nearer."""
    last = frames - 1
    for step in range(min(_WIDEST, last // 2), _LONGEST // 2, -1):
        low, high = max(0, at - step), min(last, at + step)
        if pace[low:high].mean() * step <= _WIDE_PX:
            less = (3 * step + 3) // 4
            places = {at - step, at - less, at + less, at + step}
            kept = sorted(k for k in places if 0 <= k <= last)
            return kept if len(kept) >= _FEWEST else []
    return []


def detailed(grey: np.ndarray) -> np.ndarray:
    """Luma about its local mean, contrast raised by half."""
    mean = cv2.boxFilter(grey, cv2.CV_32F, (_DETAIL, _DETAIL))
    raised = (grey - mean) * np.float32(1.5) + np.float32(128)
    return np.asarray(np.clip(raised, 0, 255), np.uint8)


def _window(
    reel: Reel,
    links: tuple[Link, ...],
    detail: dict[int, np.ndarray],
    wanted: tuple[int, list[int]],
) -> Window:
    at, around = wanted
    width, height = reel.size
    lattice = Lattice(width, height)
    corners = lattice.corners(reel.grey[at])
    points = corners.at[corners.usable]
    empty = np.full(lattice.blocks, np.nan, np.float32)
    if len(points) < _POINTS:
        return Window(at, empty, "plane", empty, 0.0, 0.0)
    most = _UNLIKE * contrast(detail[at], points, FINELY.patch)
    led = _led_on(points, at, around, links)
    wanting = partial(lattice.wanting, corners.usable)
    tracked = [_track(detail, (at, k), (points, led[k]), most, links, wanting) for k in around]
    moved = np.stack([t[0] for t in tracked]).astype(np.float64)
    seen = np.stack([t[1] for t in tracked])
    if np.median(seen.sum(axis=1)) < max(_POINTS, _FOUND * len(points)):
        return Window(at, empty, "plane", empty, 0.0, 0.0)
    fit = fit_rigid(points.astype(np.float64), moved, seen, width=width, height=height)
    depth = np.full(lattice.shape, np.nan)
    depth[corners.usable] = np.where(seen.sum(axis=0) > 1, fit.inverse_depth, np.nan)
    away = [np.hypot(*(place - points)[sure].T) for place, sure in tracked if sure.any()]
    return Window(
        at,
        _block_residual(lattice, corners, fit.residual, seen),
        fit.model,
        lattice.to_blocks(depth),
        float(np.median(fit.parallax_px)),
        max(float(np.percentile(one, 75)) for one in away),
    )


def _block_residual(
    lattice: Lattice, corners: Corners, residual: np.ndarray, seen: np.ndarray
) -> np.ndarray:
    """Size of the residual that a block's points and its neighbours share: what they do each on
    their own cancels, what a warp does to them together stays."""
    spread = np.full((len(seen), 2, *lattice.shape), np.nan)
    spread[:, :, corners.usable] = np.where(seen[..., None], residual, np.nan).transpose(0, 2, 1)
    shared = pooled(lattice.to_blocks(spread))
    size = np.hypot(shared[:, 0], shared[:, 1])
    return _typical(size, np.isfinite(size)).astype(np.float32)


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
    sure = np.flatnonzero(shown & found & (unlike < most))
    out = np.zeros(len(points), bool)
    if len(sure):
        back = _led_on(place[sure], to, [at], links)[at]
        home, returned, _ = follow(detail[to], detail[at], place[sure], back, level, _BACK)
        miss = np.hypot(*(home - points[sure]).T)
        out[sure] = returned & (miss < _ROUND_TRIP_PX)
    return place, out


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

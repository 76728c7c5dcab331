"""Whether a frame shows the depth that lies between the ends of its take, or two flat pictures.

Both ends are laid over the frame by homographies. What is left between them is parallax. In a rigid
world the frame stands on the way from one to the other; in a flat one both stand still and fade.
Either picture is fitted to the frame with the same freedom (plane of either end, weights, blur),
and the frame is held against the line between them (planar parallax; Irani and Anandan, 1996).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32
from landfast.verify.measure.lattice import STEP
from landfast.verify.measure.links import identity, places_between
from landfast.verify.measure.study import Stretch
from landfast.verify.measure.turns import plane_terms
from landfast.vision.geometry import magsac
from landfast.vision.motion.flow import dense_flow, fetch, pixel_grid
from landfast.vision.statistics.robust import MAD_TO_SIGMA, geman_mcclure

Picture = Float32[np.ndarray, "height width"]

_WIDTH: Final = 320
"""Of the pictures that are compared, px: a pixel of parallax at 1920 is lost there, ten are not."""
_FEWEST_CELLS: Final = 60
_OFF_PX: Final = 1.0
"""Most that a cell may lie off a plane that it speaks for."""
_SMOOTH_PX: Final = 0.8
"""Pictures are smoothed by as much, so that gradients hold over half a pixel."""
_ROUND_TRIP_PX: Final = 1.0
_ROUND_TRIP_SHARE: Final = 0.05
_MARGIN: Final = 40
"""Part of the width left out at each side."""
_SHOWN: Final = 0.2
"""Share of the frame that both ends have to show."""
_ROUNDS: Final = 4
_MOST_PX: Final = 2.0
"""Most that a round moves a parameter of a plane."""
_POINTS: Final = 4000
"""Pixels that pictures are fitted to, about."""
_CHUNK: Final = 512
"""Rows of a product at once: OpenBLAS starts threads above, and sums in their order."""
_TILES: Final = (5, 8)
_LEAST_LEVELS: Final = 0.7
"""How far the two pictures must differ, grey levels (root mean square): in pictures that hardly do,
compression decides."""
_CLEARLY: Final = (0.7, 0.8)
"""A frame is flat if the flat picture leaves so much at most of what the other does: where parallax
is within what a whip's blur and shutter make of flow, and where it is more."""
_CLEAR_PX: Final = 1.5
"""Median parallax from which it is more, px of the pictures that are compared."""
_FLAT: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Ends:
    """A frame and both ends of its take laid over it by homographies."""

    frame: Picture
    first: Picture
    last: Picture
    parallax: Float32[np.ndarray, "height width 2"]
    """From where the first end has a pixel to where the last has it, px."""
    shown: Bool[np.ndarray, "height width"]
    """Where both ends show the scene, and the same of it."""


def flatness(take: Stretch, at: int) -> float | None:
    """Where a frame stands between the picture that parallax makes (0) and the flat one (1).

    None where the ends do not overlap enough, where they show too little parallax to tell, and
    where neither picture explains the frame.
    """
    ends = _laid(take, at)
    if ends is None:
        return None
    share = at / (len(take.reel) - 1)
    deep, flat = (_fitted(ends, share, sweep) for sweep in (ends.parallax, None))
    apart, left = (flat - deep)[ends.shown], (ends.frame - deep)[ends.shown]
    if np.sqrt(np.mean(apart**2)) < _LEAST_LEVELS:
        return None
    value = _median_share(flat - deep, ends.frame - deep, ends.shown)
    parallax = ends.parallax[ends.shown]
    most = _CLEARLY[int(np.median(np.hypot(parallax[:, 0], parallax[:, 1])) > _CLEAR_PX)]
    explained = np.sqrt(np.mean((left - apart) ** 2)) < most * np.sqrt(np.mean(left**2))
    return value if value <= _FLAT or explained else None


def _laid(take: Stretch, at: int) -> _Ends | None:
    """Both ends over a frame; None where they show too little of it."""
    width, height = take.reel.size
    size = (_WIDTH, round(height * _WIDTH / width)) if width > _WIDTH else (width, height)
    frame = _small(take.reel.grey[at], size)
    found = [_over(take, at, to, size) for to in (0, len(take.reel) - 1)]
    (first, in_first), (last, in_last) = found
    shown = in_first & in_last
    margin = size[0] // _MARGIN
    shown[:margin] = shown[-margin:] = shown[:, :margin] = shown[:, -margin:] = False
    if shown.mean() < _SHOWN:
        return None
    there, back = dense_flow(first, last), dense_flow(last, first)
    miss = there + fetch(back, pixel_grid(*size) + there)
    far = _ROUND_TRIP_PX + _ROUND_TRIP_SHARE * np.hypot(there[..., 0], there[..., 1])
    shown &= np.hypot(miss[..., 0], miss[..., 1]) < far
    if shown.mean() < _SHOWN:
        return None
    plane = _plane_of(there, shown)
    smooth = [cv2.GaussianBlur(p.astype(np.float32), (0, 0), _SMOOTH_PX) for p in (frame, first)]
    moved = _moved(cv2.GaussianBlur(last.astype(np.float32), (0, 0), _SMOOTH_PX), plane)
    return _Ends(smooth[0], smooth[1], moved, there - plane, shown)


def _small(grey: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))


def _over(
    take: Stretch, at: int, to: int, size: tuple[int, int]
) -> tuple[np.ndarray, Bool[np.ndarray, "height width"]]:
    """An end of the take laid over a frame by a homography, and where it shows it."""
    plane = _homography(take, at, to)
    other = _small(take.reel.grey[to], size)
    if plane is None:
        return other, np.zeros(size[::-1], bool)
    scale = size[0] / take.reel.size[0]
    shrink = np.array([[scale, 0, scale / 2 - 0.5], [0, scale, scale / 2 - 0.5], [0, 0, 1]])
    matrix = shrink @ plane @ np.linalg.inv(shrink)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    laid = cv2.warpPerspective(other, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    full = np.full(size[::-1], 255, np.uint8)
    inside = cv2.warpPerspective(full, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return laid, cv2.erode(inside, np.ones((9, 9), np.uint8)) > 250


def _homography(take: Stretch, at: int, to: int) -> np.ndarray | None:
    """From the pixels of a frame to those of an end, by the commonest plane."""
    places = places_between(take.links, at, to)
    here, there = (
        ((cells[places.known] + 0.5) * STEP - 0.5).astype(np.float64)
        for cells in (identity(*places.known.shape), places.at)
    )
    if len(here) < _FEWEST_CELLS:
        return None
    found = magsac.homography(here, there, _OFF_PX)
    return None if found is None else found.matrix


def _terms(x: np.ndarray, y: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """How pixels move with the eight parameters of a plane (x and y, pixels x 8 each)."""
    half = size[0] / 2
    return plane_terms((x - size[0] / 2) / half, (y - size[1] / 2) / half)


def _plane_flow(plane: np.ndarray, size: tuple[int, int]) -> Float32[np.ndarray, "height width 2"]:
    grid = pixel_grid(*size)
    across, down = _terms(grid[..., 0], grid[..., 1], size)
    return np.stack([across @ plane, down @ plane], axis=-1).astype(np.float32)


def _plane_of(flow: np.ndarray, shown: np.ndarray) -> Float32[np.ndarray, "height width 2"]:
    """The motion that one plane explains of a flow, robustly."""
    size = flow.shape[1::-1]
    y, x = _some(shown)
    columns = np.concatenate(_terms(x.astype(np.float64), y.astype(np.float64), size))
    values = flow[y, x].T.reshape(-1).astype(np.float64)
    weights, plane = np.ones(len(values)), np.zeros(8)
    for _ in range(_ROUNDS):
        plane = _solved(columns, values, weights, np.full(8, 1e-9))
        weights = _robust(values - columns @ plane, 0.05)
    return _plane_flow(plane, size)


def _some(shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of evenly spread pixels."""
    step = max(1, int(np.sqrt(shown.sum() / _POINTS)))
    y, x = np.nonzero(shown[::step, ::step])
    return y * step, x * step


def _robust(left: np.ndarray, least: float) -> np.ndarray:
    size = MAD_TO_SIGMA * float(np.median(np.abs(left))) + least
    return geman_mcclure(left, 2.5 * size)


def _solved(
    columns: np.ndarray, values: np.ndarray, weights: np.ndarray, ridge: np.ndarray
) -> np.ndarray:
    """Weighted least squares; ridge in shares of the mean of the diagonal."""
    system = np.concatenate([columns, values[:, None]], axis=1)
    total = np.zeros((system.shape[1],) * 2)
    for k in range(0, len(system), _CHUNK):
        part = system[k : k + _CHUNK]
        total += (part * weights[k : k + _CHUNK, None]).T @ part
    normal = total[:-1, :-1]
    held = normal + np.diag(ridge * normal.diagonal().mean() + 1e-12)
    return np.asarray(np.linalg.solve(held, total[:-1, -1]))


def _moved(picture: np.ndarray, flow: np.ndarray) -> Picture:
    at = pixel_grid(*picture.shape[::-1]) + flow
    return np.asarray(
        cv2.remap(picture, at, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    )


def _fitted(ends: _Ends, share: float, sweep: np.ndarray | None) -> Picture:
    """The picture of both ends that is nearest to the frame: their planes, weights and blur fitted,
    and where a sweep is given how far along it the frame stands (Gauss and Newton)."""
    planes, tone = np.zeros((2, 8)), np.array([1 - share, share, 0.0, 0.0])
    y, x = _some(ends.shown)
    across, down = _terms(x.astype(np.float64), y.astype(np.float64), ends.frame.shape[::-1])
    weights, wanted = np.ones(len(x)), ends.frame[y, x].astype(np.float64)
    ridge = np.full(20 + (sweep is not None), 1e-6)
    for _ in range(_ROUNDS):
        pair = _at(ends, planes, share, sweep)
        mixed = tone[0] * pair[0] + tone[1] * pair[1]
        softer = cv2.GaussianBlur(mixed, (0, 0), 1.0) - mixed
        slopes = [tone[k] * _slope(pair[k])[y, x] for k in (0, 1)]
        columns = [pair[0][y, x, None], pair[1][y, x, None], np.ones((len(x), 1))]
        columns += [softer[y, x, None]]
        columns += [s[:, :1] * across + s[:, 1:] * down for s in slopes]
        if sweep is not None:
            columns += [-((slopes[0] + slopes[1]) * sweep[y, x]).sum(axis=1, keepdims=True)]
        system = np.concatenate(columns, axis=1).astype(np.float64)
        step = _solved(system, wanted, weights, ridge)
        weights = _robust(wanted - system @ step, 0.3)
        tone, planes = step[:4], planes + np.clip(step[4:20], -_MOST_PX, _MOST_PX).reshape(2, 8)
        share = float(np.clip(share + step[20], 0, 1)) if sweep is not None else share
    pair = _at(ends, planes, share, sweep)
    mixed = np.float32(tone[0]) * pair[0] + np.float32(tone[1]) * pair[1] + np.float32(tone[2])
    softer = cv2.GaussianBlur(mixed, (0, 0), 1.0) - mixed
    return np.asarray(mixed + np.float32(tone[3]) * softer, np.float32)


def _at(
    ends: _Ends, planes: np.ndarray, share: float, sweep: np.ndarray | None
) -> tuple[Picture, Picture]:
    """Both ends as they stand over the frame."""
    size = ends.frame.shape[::-1]
    first, last = (_plane_flow(plane, size) for plane in planes)
    if sweep is not None:
        first, last = first - np.float32(share) * sweep, last + np.float32(1 - share) * sweep
    return _moved(ends.first, first), _moved(ends.last, last)


def _slope(picture: np.ndarray) -> Float32[np.ndarray, "height width 2"]:
    ways = ((1, 0), (0, 1))
    return np.stack([cv2.Scharr(picture, cv2.CV_32F, *way) / 32 for way in ways], axis=-1)


def _median_share(apart: np.ndarray, left: np.ndarray, shown: np.ndarray) -> float:
    """Where the frame stands between two pictures, the median over tiles by how much they tell."""
    rows, columns = _TILES
    height, width = shown.shape
    told, weight = [], []
    for k in range(rows * columns):
        row, column = divmod(k, columns)
        tile = (
            slice(row * height // rows, (row + 1) * height // rows),
            slice(column * width // columns, (column + 1) * width // columns),
        )
        a, b = apart[tile][shown[tile]], left[tile][shown[tile]]
        told.append(float((a * b).sum()) / (float((a * a).sum()) + 1e-9))
        weight.append(float((a * a).sum()))
    order = np.argsort(told)
    total = np.cumsum(np.array(weight)[order])
    return float(np.array(told)[order][np.searchsorted(total, total[-1] / 2)])

"""A take laid exactly on both anchors: services crop, scale and shift by a pixel or two.

At each end a similarity is fitted between the take's frame and the real anchor; in between it
goes over from one to the other, so that neither seam steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.compose.fill import Picture
from landfast.media.grid import Grid
from landfast.model.arrays import Float64, UInt8
from landfast.vision.geometry.bend import Bend, sources
from landfast.vision.geometry.features import follow
from landfast.vision.motion.tracks import find_corners
from landfast.vision.motion.tracks import follow as track
from landfast.vision.statistics.robust import geman_mcclure
from landfast.vision.tones import gray8

_WORKING_WIDTH: Final = 960
"""Ends are compared at most this wide."""
_NOTICED: Final = 0.0001
"""Share of the width by which the corners must be off before a picture is moved: 0.1 px at 960."""
_MOST: Final = 0.06
"""A larger departure is not a crop; it is for the verifier."""
_FEWEST: Final = 40
_AGREEING: Final = 0.5
"""Share of the followed corners that must fit within ..."""
_FIT: Final = 0.002
"""... this share of the width."""
_ROUNDS: Final = 8
_NOISE_PX: Final = 0.15
"""Noise of corners followed through flow ..."""
_FINE_PX: Final = 0.05
"""... and by themselves."""
_TIMES: Final = 2
_AROUND_PX: Final = 8.0
"""Light is evened over so many pixels; tracked corners are windows of 13."""
_FLAT: Final = 4.0
"""Levels of contrast that are as good as none."""
_CONTRAST: Final = 40.0
"""Levels that the surrounding's contrast becomes."""

Gray = UInt8[np.ndarray, "height width"]


@dataclass(frozen=True, slots=True)
class Placement:
    """A similarity about the picture's centre: `x' = (1 + a) x - b y + c`, `y' = b x + ... + d`.

    Attributes:
        terms: a, b, c, d; c and d as shares of the width. Zero leaves a picture as it is.
        off: Farthest corner's way, as a share of the width.
    """

    terms: Float64[np.ndarray, " 4"]
    off: float


STAYS: Final = Placement(np.zeros(4), 0.0)


def fit_placement(image: Picture, target: Picture) -> Placement:
    """The similarity that lays `image` on `target`; `STAYS` where it is there or is no crop.

    Iteratively reweighted least squares (Geman-McClure) on corners followed by dense flow, then,
    laid so, on finer ones followed by Lucas and Kanade's way: flow alone is off by 0.1 px.
    """
    grays = [working_gray(one) for one in (image, target)]
    width = grays[1].shape[1]
    if grays[0].shape != grays[1].shape:
        grays[0] = np.asarray(cv2.resize(grays[0], grays[1].shape[::-1]))
    found = follow(*grays)
    if len(found.points_a) < _FEWEST:
        return STAYS
    a, b = (width_shares(one, grays[1].shape) for one in (found.points_a, found.points_b))
    terms, left = _fit(a, b, _NOISE_PX / width)
    if _farthest(terms, grays[0].shape) > _MOST or float((left < _FIT).mean()) < _AGREEING:
        return STAYS
    terms = _refined(grays[0], grays[1], terms)
    off = _farthest(terms, grays[0].shape)
    return STAYS if off < _NOTICED else Placement(terms, off)


def _refined(
    image: Gray, target: Gray, terms: Float64[np.ndarray, " 4"]
) -> Float64[np.ndarray, " 4"]:
    """Terms by corners of the target sought again in the picture as laid."""
    height, width = target.shape
    points, image, target = find_corners(target).points, evened(image), evened(target)
    for _ in range(_TIMES):
        matrix = _matrix(terms, width, height)
        seen = track(target, _laid(image, matrix), points, levels=1)
        if seen.found.sum() < _FEWEST:
            return terms
        back = cv2.invertAffineTransform(matrix)
        unlaid = seen.points[seen.found].astype(np.float64) @ back[:, :2].T + back[:, 2]
        a, b = (width_shares(one, target.shape) for one in (unlaid, points[seen.found]))
        terms, _ = _fit(a, b, _FINE_PX / width)
    return terms


def evened(gray: Gray) -> Gray:
    """Without the light that is left between the two: by each surrounding's mean and contrast."""
    plane = gray.astype(np.float32)
    mean = cv2.GaussianBlur(plane, (0, 0), _AROUND_PX)
    fine = plane - mean
    contrast = np.sqrt(cv2.GaussianBlur(np.square(fine), (0, 0), _AROUND_PX)) + _FLAT
    return np.asarray(np.clip(np.rint(fine / contrast * _CONTRAST + 128), 0, 255), np.uint8)


def width_shares(points: np.ndarray, shape: tuple[int, ...]) -> Float64[np.ndarray, "n 2"]:
    """Points about the picture's centre, as shares of its width; the same in any size."""
    height, width = shape
    return (points.astype(np.float64) - np.array([width - 1, height - 1]) / 2) / width


def working_gray(image: Picture) -> Gray:
    """Grey, at most as wide as ends are compared at."""
    return gray8(image, Grid.working(image.shape[1::-1], _WORKING_WIDTH).size)


def placed(
    image: Picture,
    start: Placement,
    end: Placement,
    place: float,
    way: Bend | None = None,
) -> Picture:
    """A picture moved as its place from 0 (start) to 1 (end) asks.

    Args:
        image: Of a take.
        start: Where the take's first frame lies.
        end: Where its last one lies.
        place: Of the picture.
        way: How it is moved then; see `joining.Join`.
    """
    moves = way is not None and bool(way.any())
    if start is STAYS and end is STAYS and not moves:
        return image
    terms = (1 - place) * start.terms + place * end.terms
    height, width = image.shape[:2]
    matrix = _matrix(terms, width, height)
    if way is None or not moves:
        return _laid(image, matrix)
    at = cv2.transform(sources(way, (width, height)), cv2.invertAffineTransform(matrix))
    border = cv2.BORDER_REFLECT_101
    return np.asarray(cv2.remap(image, at, None, cv2.INTER_LANCZOS4, borderMode=border))


def _laid(image: Picture | Gray, matrix: Float64[np.ndarray, "2 3"]) -> np.ndarray:
    size = image.shape[1::-1]
    border = cv2.BORDER_REFLECT_101
    laid = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LANCZOS4, borderMode=border)
    return np.asarray(laid)


def _matrix(
    terms: Float64[np.ndarray, " 4"], width: int, height: int
) -> Float64[np.ndarray, "2 3"]:
    a, b, c, d = terms
    turn = np.array([[1 + a, -b], [b, 1 + a]])
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    shift = np.array([c, d]) * width + middle - turn @ middle
    return np.column_stack([turn, shift])


def _fit(
    a: Float64[np.ndarray, "n 2"], b: Float64[np.ndarray, "n 2"], noise: float
) -> tuple[Float64[np.ndarray, " 4"], Float64[np.ndarray, " n"]]:
    """Terms, and what they leave of every point's way."""
    one, zero = np.ones(len(a)), np.zeros(len(a))
    across = np.stack([a[:, 0], -a[:, 1], one, zero], axis=1)
    down = np.stack([a[:, 1], a[:, 0], zero, one], axis=1)
    way, terms = b - a, np.zeros(4)
    left = np.linalg.norm(way, axis=1)
    for _ in range(_ROUNDS):
        scale = max(1.5 * float(np.median(left)), noise)
        weight = geman_mcclure(left, scale)[:, None]
        normal = (across * weight).T @ across + (down * weight).T @ down
        right = (across * weight).T @ way[:, 0] + (down * weight).T @ way[:, 1]
        terms = np.linalg.solve(normal + 1e-12 * np.eye(4), right)
        left = np.hypot(way[:, 0] - across @ terms, way[:, 1] - down @ terms)
    return terms, left


def _farthest(terms: Float64[np.ndarray, " 4"], shape: tuple[int, ...]) -> float:
    aspect = shape[0] / shape[1]
    corners = np.array([[x, y * aspect] for x in (-0.5, 0.5) for y in (-0.5, 0.5)])
    a, b, c, d = terms
    away = corners @ np.array([[a, -b], [b, a]]).T + np.array([c, d])
    return float(np.linalg.norm(away, axis=1).max())

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
from landfast.model.arrays import Float64
from landfast.vision.features import follow
from landfast.vision.tones import gray8

_NOTICED: Final = 0.0003
"""Share of the width by which the corners must be off before a picture is moved: 0.3 px at 960."""
_MOST: Final = 0.06
"""A larger departure is not a crop; it is for the verifier."""
_FEWEST: Final = 40
_AGREEING: Final = 0.5
"""Share of the followed corners that must fit within ..."""
_FIT: Final = 0.002
"""... this share of the width."""
_ROUNDS: Final = 8
_NOISE_PX: Final = 0.15


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

    Iteratively reweighted least squares (Geman-McClure) on corners followed by dense flow.
    """
    height, width = target.shape[:2]
    size = (width, height)
    grays = [gray8(one) for one in (image, target)]
    if grays[0].shape != grays[1].shape:
        grays[0] = np.asarray(cv2.resize(grays[0], size, interpolation=cv2.INTER_AREA))
    found = follow(*grays)
    if len(found.points_a) < _FEWEST:
        return STAYS
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    a, b = ((one - middle) / width for one in (found.points_a, found.points_b))
    terms, left = _fit(a.astype(np.float64), b.astype(np.float64), _NOISE_PX / width)
    off = _farthest(terms, height / width)
    if off < _NOTICED or off > _MOST or float((left < _FIT).mean()) < _AGREEING:
        return STAYS
    return Placement(terms, off)


def placed(image: Picture, start: Placement, end: Placement, place: float) -> Picture:
    """A picture moved as its place from 0 (start) to 1 (end) asks."""
    if start is STAYS and end is STAYS:
        return image
    terms = (1 - place) * start.terms + place * end.terms
    height, width = image.shape[:2]
    return np.asarray(
        cv2.warpAffine(
            image,
            _matrix(terms, width, height),
            (width, height),
            flags=cv2.INTER_LANCZOS4,
            borderMode=cv2.BORDER_REFLECT_101,
        )
    )


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
        weight = (1 / (1 + (left / scale) ** 2) ** 2)[:, None]
        normal = (across * weight).T @ across + (down * weight).T @ down
        right = (across * weight).T @ way[:, 0] + (down * weight).T @ way[:, 1]
        terms = np.linalg.solve(normal + 1e-12 * np.eye(4), right)
        left = np.hypot(way[:, 0] - across @ terms, way[:, 1] - down @ terms)
    return terms, left


def _farthest(terms: Float64[np.ndarray, " 4"], aspect: float) -> float:
    corners = np.array([[x, y * aspect] for x in (-0.5, 0.5) for y in (-0.5, 0.5)])
    a, b, c, d = terms
    away = corners @ np.array([[a, -b], [b, a]]).T + np.array([c, d])
    return float(np.linalg.norm(away, axis=1).max())

"""What lies under and around an overlay: planes at their depths, or a relief, from parallax.

The depths of followed points near the overlay are looked at: planes that many of them share
(consensus, Fischler and Bolles, 1981), and, where the likeliest plane leaves relief, a smooth
surface over it (Gaussian process; Rasmussen and Williams, 2006), kept only where it foretells
points that it was not made from clearly better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landfast.model.arrays import Bool, Float64
from landfast.vision.overlay.scene.near import Box
from landfast.vision.overlay.scene.parallax import Parallax, slopes
from landfast.vision.statistics.robust import MAD_TO_SIGMA, geman_mcclure

Points = Float64[np.ndarray, "point 2"]
Plane = Float64[np.ndarray, "3"]

_REACH, _LEAST_REACH_PX = 0.25, 12.0
"""Share of the box's diagonal beyond it over which points count less and less."""
_FEWEST, _WIDER, _TIMES = 14.0, 1.5, 7
_TRIALS = 300
_NEAR_PX = 0.7
"""How far from a plane a point may be to lie on it, at most and working pixels."""
_LEAST_SUPPORT = 0.15
_MOST_PLANES = 3
_SPANS = (0.12, 0.25, 0.5)
"""Lengths over which relief may change, shares of the box's diagonal."""
_FOLDS = 5
_BETTER, _LEAST_RELIEF_PX = 0.75, 0.12


@dataclass(frozen=True, slots=True)
class Nearby:
    """Points near the overlay whose depth is known; the anchor's pixels."""

    index: np.ndarray
    """Which of the stretch's points."""
    at: Points
    depths: Float64[np.ndarray, " point"]
    weights: Float64[np.ndarray, " point"]
    """1 inside the box, falling off around it."""
    pixels: Float64[np.ndarray, " point"]
    """By which a unit of depth moves each, in the frames that show it best."""
    noise_px: float


@dataclass(frozen=True, slots=True)
class Surface:
    """Depth g over the anchor's picture: a plane, and relief on it where `heights` says so."""

    plane: Plane
    support: float
    """Weight of the points that lie on it, beside all that are near."""
    members: Bool[np.ndarray, " point"]
    """Of the nearby points."""
    centres: Points | None = None
    heights: Float64[np.ndarray, " point"] | None = None
    span_px: float = 1.0
    foretold_px: tuple[float, float] = (float("nan"), float("nan"))
    """Error of the plane and of the relief at points that they were not made from."""

    def depth(self, points: Points) -> Float64[np.ndarray, " point"]:
        """g at points of the anchor."""
        flat = points @ self.plane[:2] + self.plane[2]
        if self.centres is None or self.heights is None:
            return np.asarray(flat)
        return np.asarray(flat + _kernel(points, self.centres, self.span_px) @ self.heights)


def nearby(parallax: Parallax, points: Points, box: Box) -> Nearby | None:
    """Points near the box; None where too few have a depth."""
    known = np.isfinite(parallax.depths)
    known &= np.nan_to_num(parallax.errors_px, nan=np.inf) < 4 * parallax.scale_px
    reach = max(_LEAST_REACH_PX, _REACH * float(np.hypot(box[2] - box[0], box[3] - box[1])))
    beyond = _beyond(points, box)
    for _ in range(_TIMES):
        weights = np.where(known, np.exp(-0.5 * np.square(beyond / reach)), 0.0)
        if weights.sum() >= _FEWEST:
            break
        reach *= _WIDER
    else:
        return None
    index = np.flatnonzero(weights > 0.05)
    views = parallax.views[np.isfinite(parallax.views).all(axis=(1, 2))]
    moves = slopes(views, points[index], parallax.depths[index])
    error = float(np.median(parallax.errors_px[index]))
    return Nearby(
        index, points[index], parallax.depths[index], weights[index],
        np.quantile(moves, 0.9, axis=0), max(error, 0.05),
    )  # fmt: skip


def surfaces(near: Nearby, box: Box) -> list[Surface]:
    """Planes that many points share, the one with most first; relief before it where shown."""
    left = np.ones(len(near.at), bool)
    planes: list[Surface] = []
    for _ in range(_MOST_PLANES):
        found = _consensus(near, left)
        if found is None or (planes and found.support < _LEAST_SUPPORT):
            break
        planes.append(found)
        left &= ~found.members
    if not planes:
        return []
    bent = relief(near, planes[0], box)
    return planes if bent is None else [bent, *planes]


def refitted(near: Nearby, members: Bool[np.ndarray, " point"]) -> Surface | None:
    """The plane that these points have become, and whoever else lies on it."""
    if members.sum() < 6:
        return _consensus(near, np.ones(len(near.at), bool))
    return _settled(near, _fit(near, near.weights * members))


def _consensus(near: Nearby, left: Bool[np.ndarray, " point"]) -> Surface | None:
    """The plane that most of the points have in common."""
    strong = np.flatnonzero(left & (near.weights > 0.3))
    if len(strong) < 6:
        return None
    triples = np.random.default_rng(7).choice(strong, (_TRIALS, 3))
    x = np.column_stack([near.at, np.ones(len(near.at))])
    corners = x[triples]
    solid = np.abs(np.linalg.det(corners)) > 25.0
    if not solid.any():
        return None
    planes = np.linalg.solve(corners[solid], near.depths[triples[solid]][..., None])[..., 0]
    off = np.abs(near.depths - planes @ x.T) * near.pixels / _tolerance(near)
    scores = (np.maximum(0.0, 1 - np.square(off)) * near.weights * left).sum(axis=1)
    best = planes[int(scores.argmax())]
    inside = np.abs(near.depths - x @ best) * near.pixels < _tolerance(near)
    return _settled(near, _fit(near, near.weights * (inside & left)))


def _settled(near: Nearby, plane: Plane) -> Surface:
    x = np.column_stack([near.at, np.ones(len(near.at))])
    for _ in range(3):
        off = np.abs(near.depths - x @ plane) * near.pixels / _tolerance(near)
        plane = _fit(near, geman_mcclure(off, 0.5, near.weights))
    members = np.abs(near.depths - x @ plane) * near.pixels < _tolerance(near)
    share = float((near.weights * members).sum() / near.weights.sum())
    return Surface(plane, share, np.asarray(members))


def _tolerance(near: Nearby) -> float:
    return max(3 * near.noise_px, _NEAR_PX)


def _fit(near: Nearby, weights: Float64[np.ndarray, " point"]) -> Plane:
    """Least squares in pixels, slopes held near level by a weak spring."""
    middle = near.at.mean(axis=0)
    size = max(float(np.abs(near.at - middle).mean()), 1.0)
    x = np.column_stack([(near.at - middle) / size, np.ones(len(near.at))])
    strength = weights * np.square(near.pixels)
    normal = x.T @ (strength[:, None] * x)
    normal += np.diag([1e-4, 1e-4, 1e-9]) * max(float(strength.sum()), 1e-9)
    a, b, c = np.linalg.solve(normal, x.T @ (strength * near.depths)).tolist()
    return np.array([a / size, b / size, c - (a * middle[0] + b * middle[1]) / size])


def relief(near: Nearby, plane: Surface, box: Box) -> Surface | None:
    """A smooth surface on a plane where it foretells points better; None where it does not."""
    diagonal = float(np.hypot(box[2] - box[0], box[3] - box[1]))
    x = np.column_stack([near.at, np.ones(len(near.at))])
    off = near.depths - x @ plane.plane
    use = near.weights > 0.3
    if use.sum() < 4 * _FOLDS:
        return None
    flat = _foretold(near, off, use, None)
    trials = [(_foretold(near, off, use, share * diagonal), share) for share in _SPANS]
    best, share = min(trials)
    if best > _BETTER * flat or flat - best < _LEAST_RELIEF_PX:
        return None
    span = share * diagonal
    everyone = np.ones(len(off), bool)
    return Surface(
        plane.plane, plane.support, np.ones(len(off), bool), near.at,
        _heights(near, off, everyone, span), span, (flat, best),
    )  # fmt: skip


def _foretold(
    near: Nearby, off: Float64[np.ndarray, " point"], use: np.ndarray, span_px: float | None
) -> float:
    """Median error in pixels at points that are left out, every fifth in turn."""
    error = np.abs(off) * near.pixels
    if span_px is not None:
        fold = np.arange(len(off)) % _FOLDS
        for number in range(_FOLDS):
            there, rest = fold == number, fold != number
            heights = _heights(near, off, rest, span_px)
            told = _kernel(near.at[there], near.at[rest], span_px) @ heights
            error[there] = np.abs(off[there] - told) * near.pixels[there]
    return float(np.quantile(error[use], 0.7))


def _heights(
    near: Nearby, off: Float64[np.ndarray, " point"], use: np.ndarray, span_px: float
) -> Float64[np.ndarray, " used"]:
    """Weights of the kernel at the points used; those that stand out count less."""
    at, values, pixels = near.at[use], off[use], near.pixels[use]
    unit = max(float(np.median(pixels)), 1e-9)
    strong = max(float(np.square(values).mean()), 1e-18)
    noise = np.square(near.noise_px / pixels)
    kernel = _kernel(at, at, span_px)
    weights = np.ones(len(at))
    heights = np.zeros(len(at))
    for _ in range(4):
        heights = np.linalg.solve(kernel + np.diag(noise / weights / strong + 1e-6), values)
        left = np.abs(values - kernel @ heights) * unit
        scale = max(MAD_TO_SIGMA * float(np.median(left)), near.noise_px)
        weights = geman_mcclure(left, 3 * scale)
    return heights


def _kernel(
    a: Float64[np.ndarray, "one 2"], b: Float64[np.ndarray, "other 2"], span_px: float
) -> Float64[np.ndarray, "one other"]:
    apart = np.square(a[:, None] - b[None]).sum(axis=2)
    return np.asarray(np.exp(-apart / (2 * span_px**2)))


def _beyond(points: Points, box: Box) -> Float64[np.ndarray, " point"]:
    """Distance of points from the box, 0 inside."""
    left, top, right, bottom = box
    x = np.maximum(np.maximum(left - points[:, 0], points[:, 0] - right), 0)
    y = np.maximum(np.maximum(top - points[:, 1], points[:, 1] - bottom), 0)
    return np.hypot(x, y)

"""Places on which an overlay may stand, and how what stands there would move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from landfast.model.arrays import Complex128, Float64
from landfast.vision.overlay.scene.backings import Backing
from landfast.vision.overlay.scene.hanging import Hanging
from landfast.vision.overlay.scene.ways import Way, ahead

Point = Float64[np.ndarray, "2"]
Points = Float64[np.ndarray, "point 2"]

_MIDDLE, _FOOT, _BELOW = np.array([0.5, 0.5]), np.array([0.5, 1.0]), np.array([0.5, 1.6])
_USUAL = (
    (0.35, _MIDDLE, np.array([0.1, 0.1])),
    (0.20, _FOOT, np.array([0.08, 0.08])),
    (0.30, _MIDDLE, np.array([0.3, 0.3])),
    (0.15, _BELOW, np.array([0.3, 0.6])),
)
"""Where an overlay is held, shares of its box: weight, place, standard deviation."""
_COLUMNS, _ROWS = np.linspace(-0.2, 1.2, 15), np.linspace(-0.2, 3.0, 33)
_ON_SURFACE, _ON_POINT, _FREE = 0.6, 0.3, 0.1
"""How likely it is held by a surface, by a point that was followed, or by a depth of its own."""
DEPTHS = 61


@dataclass(frozen=True, slots=True)
class Own:
    """The overlay's own motion in the frames that are looked at."""

    frames: np.ndarray
    grown: Complex128[np.ndarray, " frame"]
    moved: Complex128[np.ndarray, " frame"]
    outline: Complex128[np.ndarray, " corner"]
    low: Point
    """Upper left corner of its box, and the box's size."""
    size: Point


@dataclass(frozen=True, slots=True)
class Places:
    """Places of one kind, and how what stands there would move: a and b, frame by frame."""

    backing: Backing
    place: Literal["surface", "point", "depth"]
    points: Points
    grown: Complex128[np.ndarray, "trial frame"]
    moved: Complex128[np.ndarray, "trial frame"]
    prior: Float64[np.ndarray, " trial"]
    """Logarithm."""


def places_of(
    own: Own,
    surfaces: Sequence[Backing],
    hanging: Hanging | None,
    hold: Literal["facing", "label"],
    at: tuple[float, float] | None,
) -> Iterator[Places]:
    """Every kind of place that comes into question.

    Args:
        own: The overlay's motion.
        surfaces: Planes of the scene.
        hanging: Followed points and free depths; only labels hang on those.
        hold: Whether it grows with what it stands on or keeps its size.
        at: The point, where the user says so.
    """
    places = _places(own) if at is None else np.array([at], np.float64)
    share = np.log(_ON_SURFACE / len(surfaces))
    for surface in surfaces:
        prior = share + (_usual(own, places) if at is None else np.zeros(1))
        yield on_surface(own, surface, places, prior, hold)
    if hanging is None or hold != "label":
        return
    inside = _around(own, hanging.starts, at)
    if inside.any():
        paths = hanging.paths[inside][:, own.frames]
        prior = np.log(_ON_POINT) + _usual(own, hanging.starts[inside])
        yield _along(surfaces[0], "point", hanging.starts[inside], paths, prior)
    if at is not None:
        return
    depths = hanging.depths(DEPTHS)
    for point in _columns(own) if len(depths) else ():
        paths = hanging.path(point, depths)[:, own.frames]
        prior = np.full(len(depths), np.log(_FREE / DEPTHS / 3))
        points = np.repeat(point[None], len(depths), axis=0)
        yield _along(surfaces[0], "depth", points, paths, prior)


def _places(own: Own) -> Points:
    x, y = np.meshgrid(_COLUMNS, _ROWS)
    return np.asarray(own.low + np.stack([x.ravel(), y.ravel()], axis=1) * own.size)


def _columns(own: Own) -> Points:
    return np.asarray(own.low + np.array([_MIDDLE, _FOOT, _BELOW]) * own.size)


def _around(own: Own, points: Points, at: tuple[float, float] | None) -> np.ndarray:
    if at is not None:
        return np.asarray(np.linalg.norm(points - np.array(at), axis=1) < 0.03 * own.size.max())
    share = (points - own.low) / own.size
    low, high = (_COLUMNS[0], _ROWS[0]), (_COLUMNS[-1], _ROWS[-1])
    return np.asarray(((share >= low) & (share <= high)).all(axis=1))


def _usual(own: Own, points: Points) -> Float64[np.ndarray, " point"]:
    """Logarithm of how likely each point is the one, all together 1."""
    share = (points - own.low) / own.size
    density = sum(
        weight / spread.prod() * np.exp(-0.5 * np.square((share - place) / spread).sum(axis=1))
        for weight, place, spread in _USUAL
    )
    return np.log(np.asarray(density) / max(float(np.sum(density)), 1e-12) + 1e-12)


def on_surface(
    own: Own,
    surface: Backing,
    points: Points,
    prior: Float64[np.ndarray, " trial"],
    hold: Literal["facing", "label"],
) -> Places:
    """Points of one surface, given how likely each is (logarithm)."""
    grown, moved = standing_at(surface.ways, own.frames.tolist(), points, hold)
    return Places(surface, "surface", points, grown, moved, prior)


def standing_at(
    ways: Sequence[Way | None], frames: Sequence[int], points: Points, hold: str
) -> tuple[Complex128[np.ndarray, "trial frame"], Complex128[np.ndarray, "trial frame"]]:
    """How what stands at points of a surface moves; NaN where the surface is not known."""
    here = np.full((len(points), len(frames)), np.nan + 0j)
    aside = here.copy()
    both = np.concatenate([points, points + np.array([1.0, 0.0])])
    for column, frame in enumerate(frames):
        way = ways[frame]
        if way is not None:
            there = ahead(way, both)
            here[:, column], aside[:, column] = np.split(there[:, 0] + 1j * there[:, 1], 2)
    grown = aside - here if hold == "facing" else np.where(np.isfinite(here), 1 + 0j, np.nan)
    start = points[:, 0] + 1j * points[:, 1]
    return grown, here - grown * start[:, None]


def _along(
    backing: Backing,
    place: Literal["point", "depth"],
    points: Points,
    paths: Float64[np.ndarray, "trial frame 2"],
    prior: Float64[np.ndarray, " trial"],
) -> Places:
    moved = paths[..., 0] + 1j * paths[..., 1] - (points[:, 0] + 1j * points[:, 1])[:, None]
    grown = np.where(np.isfinite(moved), 1 + 0j, np.nan)
    return Places(backing, place, points, grown, moved, prior)

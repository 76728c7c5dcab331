"""How a take lies against its footage: a smooth field of displacements, frame by frame.

Corners of the footage are looked for in the take of the same frame, in both directions. Through
them goes a sheet of uniform cubic B-splines (Lee, Wolberg and Shin, TVCG 1997) that bends only as
much as they ask for, with robust weights: what was added to the take, or moves in it on its own,
stands out from the sheet and does not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64, UInt8
from landfast.vision.motion.pairs import relit
from landfast.vision.motion.tracks import find_corners, follow
from landfast.vision.statistics.robust import MAD_TO_SIGMA, geman_mcclure

Gray = UInt8[np.ndarray, "height width"]
Nodes = Float64[np.ndarray, "node 2"]

NODES = (11, 8)
"""Of the sheet, across and down."""
_STIFFNESS = 0.3
_HELD = 1e-4
_ROUNDS = 6
_FINEST_PX = 0.08
_BACK_PX = 0.3
"""A corner followed there and back has to come home this nearly."""
_LEAST_POINTS = 40
_LEAST_AGREEING = 0.5
_LEVELS = 2


@dataclass(frozen=True, slots=True)
class Sheet:
    """Displacement from the footage to the take in one frame, working pixels."""

    nodes: Nodes
    points: int
    """Corners that follow it."""
    agreeing: float
    """The share of corners that do."""
    rms_px: float
    """Displacement of the corners that follow it, root mean square."""
    error_px: float
    """Standard error of the sheet where there are corners."""


@dataclass(slots=True)
class SheetFinder:
    """Measures frame after frame, each by itself."""

    size: tuple[int, int]
    """Width and height of the working pictures."""

    def see(self, footage: Gray, take: Gray) -> Sheet | None:
        """The sheet of one frame; None where too little of the footage is found in the take."""
        start, arrived = found_in(footage, relit(take, footage))
        if len(start) < _LEAST_POINTS:
            return None
        return _fitted(start, arrived - start, self.size)


def found_in(
    footage: Gray, take: Gray
) -> tuple[Float32[np.ndarray, "point 2"], Float32[np.ndarray, "point 2"]]:
    """Corners of the footage and where they lie in the take."""
    points = find_corners(footage).points
    there = follow(footage, take, points, guess=points, levels=_LEVELS)
    back = follow(take, footage, there.points, guess=there.points, levels=_LEVELS)
    home = np.linalg.norm(back.points - points, axis=1) < _BACK_PX
    keep = there.found & back.found & home
    return points[keep], there.points[keep]


def _fitted(
    start: Float32[np.ndarray, "point 2"],
    off: Float32[np.ndarray, "point 2"],
    size: tuple[int, int],
) -> Sheet | None:
    basis = basis_at(start, size)
    stiff = _STIFFNESS * _bending() + _HELD * np.eye(NODES[0] * NODES[1])
    weights = np.ones(len(start))
    middle = np.median(off, axis=0).astype(np.float64)
    values, scale = np.zeros((basis.shape[1], 2)), 1.0
    left = np.linalg.norm(off - middle, axis=1)
    inverse = np.eye(basis.shape[1])
    for _ in range(_ROUNDS):
        scale = max(MAD_TO_SIGMA * float(np.median(left)), _FINEST_PX)
        weights = geman_mcclure(left, 2 * scale)
        inverse = np.linalg.inv(basis.T @ (weights[:, None] * basis) + stiff)
        values = inverse @ basis.T @ (weights[:, None] * (off - middle)) + middle
        left = np.linalg.norm(off - basis @ values, axis=1)
    follows = left < 3 * scale
    if follows.mean() < _LEAST_AGREEING:
        return None
    here = basis[follows]
    leverage = np.einsum("pk,kl,pl->p", here, inverse, here)
    rms = float(np.sqrt(np.square(here @ values).sum(axis=1).mean()))
    error = scale * float(np.sqrt(leverage.mean()))
    return Sheet(values, int(follows.sum()), float(follows.mean()), rms, error)


def basis_at(
    points: Float32[np.ndarray, "point 2"], size: tuple[int, int]
) -> Float64[np.ndarray, "point node"]:
    """Share of each node at each point."""
    across, down = (
        _splines(points[:, axis].astype(np.float64) / max(1, size[axis] - 1), NODES[axis])
        for axis in (0, 1)
    )
    return np.asarray(np.einsum("pj,pi->pji", down, across).reshape(len(points), -1))


def _splines(at: Float64[np.ndarray, " point"], nodes: int) -> Float64[np.ndarray, "point node"]:
    """Uniform cubic B-splines over 0..1."""
    place = np.clip(at, 0, 1) * (nodes - 3)
    cell = np.minimum(place.astype(np.intp), nodes - 4)
    t = place - cell
    parts = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    result = np.zeros((len(at), nodes))
    for number, part in enumerate(parts):
        result[np.arange(len(at)), cell + number] = part / 6
    return result


def _bending() -> Float64[np.ndarray, "node node"]:
    """Squared second differences between neighbours, both ways and across."""
    across, down = NODES
    second = [np.diff(np.eye(n), 2, axis=0) for n in NODES]
    first = [np.diff(np.eye(n), 1, axis=0) for n in NODES]
    rows = np.concatenate([
        np.kron(np.eye(down), second[0]),
        np.kron(second[1], np.eye(across)),
        np.sqrt(2) * np.kron(first[1], first[0]),
    ])  # fmt: skip
    return np.asarray(rows.T @ rows)


def field_of(nodes: Nodes, size: tuple[int, int]) -> Float32[np.ndarray, "height width 2"]:
    """The displacement at every pixel of a picture of that size, in the nodes' unit."""
    width, height = size
    across = _splines(np.linspace(0, 1, width), NODES[0])
    down = _splines(np.linspace(0, 1, height), NODES[1])
    grid = nodes.reshape(NODES[1], NODES[0], 2)
    planes = [down @ grid[..., axis] @ across.T for axis in (0, 1)]
    return np.asarray(cv2.merge([plane.astype(np.float32) for plane in planes]))

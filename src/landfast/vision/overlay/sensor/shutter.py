"""Rows that are read one after another, and the time that takes, from the footage's own motion.

While rows are read the camera goes on moving, so that a picture is sheared by its speed across and
stretched by its speed down (Forssen and Ringaby, CVPR 2010; Grundmann et al., ICCP 2012). Between
two frames shear and stretch therefore change as the speed does, while a camera that turns gives
none and one that travels over a plane gives them as its step goes, not as that changes. One
regression over all frames takes the two apart; jackknife over time says how far it is known.

Motions are logarithms of homographies (3 x 3 generators), lengths in picture widths from its
middle, so that they are the same at any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.overlay.maps import Map
from landfast.vision.statistics.robust import geman_mcclure

Points = Float64[np.ndarray, "point 2"]
Motion = Float64[np.ndarray, "frame 3 3"]

_LEAST_FRAMES = 12
_BLOCKS = 8
_ROUNDS = 6
_WELL = 0.07
"""Standard error, in frames, up to which the time is known."""
_CLEAR = 4.0
_LEAST = 0.04
"""Shares of a frame's time below which rows count as read at once."""
_MOST = 1.1
_LEAST_SPEED_PX = 0.15
"""Root mean square change of speed, at 960 wide, that tells anything."""
_FINEST = 1e-5
_MOST_LEFT = 0.6
"""Share of the squares of shear and stretch that is left, at most, where a time is believed."""
_SETTLING = 12


@dataclass(frozen=True, slots=True)
class Readout:
    """What the footage says about its shutter."""

    share: float | None
    """Time from the first row to the last, in frames; None where the motion does not tell."""
    error: float
    """Its standard error; infinite where nothing is known."""


@dataclass(frozen=True, slots=True)
class Rolling:
    """A shutter that reads rows over a share of each frame's time, and how the camera moved."""

    width: int
    height: int
    share: float
    speeds: Motion
    """First, and halved second and sixth of third, differences over time, at each frame."""
    bends: Motion
    before: Motion
    after: Motion

    def scaled(self, width: int, height: int) -> Rolling:
        """The same for pictures of another size."""
        return Rolling(width, height, self.share, self.speeds, self.bends, self.before, self.after)

    def shift(self, frame: int, rows: Float64[np.ndarray, " point"]) -> np.ndarray:
        """How the picture moves until rows are read from the middle of its frame, point x 3 x 3."""
        time = self.share * (rows - (self.height - 1) / 2) / self.height
        time = np.clip(time, -1.0, 1.0)[:, None, None]
        k = frame % len(self.speeds)
        third = np.where(time < 0, self.before[k], self.after[k])
        return np.asarray(time * (self.speeds[k] + time * (self.bends[k] + time * third)))

    def still(self, frame: int, rows: Float64[np.ndarray, " point"], points: Points) -> Points:
        """Points seen at these rows, where they are in the middle of the frame."""
        return self._moved(-self.shift(frame, rows), points)

    def rolled(self, frame: int, rows: Float64[np.ndarray, " point"], points: Points) -> Points:
        """Points of the middle of the frame, where they are when these rows are read."""
        return self._moved(self.shift(frame, rows), points)

    def reach(self) -> float:
        """Root mean square shift at the first and last row, in widths."""
        half = self.share / 2
        return float(half * np.sqrt(np.square(self.speeds[:, :2, 2]).sum(axis=1).mean()))

    def _moved(self, by: np.ndarray, points: Points) -> Points:
        middle = np.array([(self.width - 1) / 2, (self.height - 1) / 2])
        solid = np.column_stack([(points - middle) / self.width, np.ones(len(points))])
        once = np.einsum("pij,pj->pi", by, solid)
        there = solid + once + 0.5 * np.einsum("pij,pj->pi", by, once)
        return np.asarray(there[:, :2] / there[:, 2:] * self.width + middle)


def motions(steps: Sequence[Map | None], size: tuple[int, int]) -> tuple[Motion, np.ndarray]:
    """Generators of the steps from frame to frame, and which are known; others are zero.

    Args:
        steps: From the frame before to each, pixels; None where not measured.
        size: Width and height of the picture.
    """
    result = np.zeros((len(steps), 3, 3))
    known = np.zeros(len(steps), bool)
    centre = _centred(size)
    back = np.linalg.inv(centre)
    for number, step in enumerate(steps):
        found = None if step is None else _logarithm(centre @ step @ back)
        if found is not None:
            result[number], known[number] = found, True
    return result, known


def find_readout(steps: Motion, known: np.ndarray, size: tuple[int, int]) -> Readout:
    """The share of a frame's time that its rows take.

    Args:
        steps: As of `motions`.
        known: Which of them were measured.
        size: Width and height of the picture.
    """
    use = known & np.roll(known, 1) & np.roll(known, -1)
    use[:2] = use[-2:] = False
    nothing = Readout(None, float("inf"))
    if use.sum() < _LEAST_FRAMES:
        return nothing
    changes = _changes(steps)
    if float(np.sqrt(np.square(changes[use, :2, 2]).mean())) < _LEAST_SPEED_PX / 960:
        return nothing
    pulled = _pulled(changes[use], size)
    still = [steps[use, 0, 2], steps[use, 1, 2], steps[use, 0, 0], steps[use, 1, 0]]
    free = np.column_stack([np.ones(use.sum()), *still])
    return _weighed(free, _sheared(steps[use]), _sheared(pulled))


def rolling(share: float, steps: Motion, size: tuple[int, int]) -> Rolling:
    """The shutter and how the camera moved while rows were read.

    Steps were measured in pictures that were sheared themselves; that is taken out.
    """
    clean = steps - share * _pulled(_changes(steps), size)
    first = _speeds(clean)
    path = np.cumsum(clean, axis=0)
    ahead = np.diff(path, axis=0, append=path[-1:] + first[-1:])
    gone = np.diff(path, axis=0, prepend=path[:1] - first[:1])
    # Cubic Hermite pieces on both sides of each frame: half the second derivative is their mean.
    later = np.concatenate([first[1:], first[-1:]])
    sooner = np.concatenate([first[:1], first[:-1]])
    right = 3 * ahead - 2 * first - later
    left = -(3 * gone - 2 * first - sooner)
    bends = (right + left) / 2
    after = ahead - first - bends
    before = gone - first + bends
    return Rolling(size[0], size[1], share, first, bends, before, after)


def _sheared(steps: Motion) -> tuple[np.ndarray, np.ndarray]:
    """Shear and stretch: what neither turn nor growth of a picture has."""
    return steps[:, 0, 1] + steps[:, 1, 0], steps[:, 1, 1] - steps[:, 0, 0]


def _changes(steps: Motion) -> Motion:
    """By how much the speed differs from the frame before."""
    speeds = _speeds(steps)
    return np.diff(speeds, axis=0, prepend=speeds[:1])


def _pulled(speeds: Motion, size: tuple[int, int]) -> Motion:
    """The generators that come nearest to rows carried on by speeds, for one frame's readout."""
    tall = size[1] / size[0]
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, 13), np.linspace(-tall / 2, tall / 2, 9))
    u, v = x.ravel(), y.ravel()
    one, none = np.ones_like(u), np.zeros_like(u)
    fields = np.array([
        np.concatenate(pair) for pair in (
            (u, none), (v, none), (one, none), (none, u), (none, v), (none, one),
            (-u * u, -u * v), (-u * v, -v * v),
        )
    ]).T  # fmt: skip
    late = np.tile(v / tall, 2)[:, None] * fields
    onto = np.linalg.lstsq(fields, late, rcond=None)[0]
    values = speeds.reshape(-1, 9)[:, :8] @ onto.T
    return np.column_stack([values, np.zeros(len(values))]).reshape(-1, 3, 3)


def _weighed(
    free: Float64[np.ndarray, "frame _"],
    shear: tuple[np.ndarray, np.ndarray],
    pulls: tuple[np.ndarray, np.ndarray],
) -> Readout:
    """One share for both directions by robust least squares, and its error by jackknife."""
    nothing = np.zeros_like(free)
    basis = np.concatenate([
        np.column_stack([pulls[0], free, nothing]), np.column_stack([pulls[1], nothing, free])
    ])  # fmt: skip
    values = np.concatenate(shear)
    strength = np.maximum(np.abs(basis).max(axis=0), 1e-12)
    basis = basis / strength
    rows = np.arange(len(values)) % len(free)
    found, weights = _robust(basis, values)
    alone = _least(basis[:, 1:], values, weights)
    rest = float(weights @ np.square(values - basis @ found))
    without = float(weights @ np.square(values - basis[:, 1:] @ alone))
    block = rows * _BLOCKS // len(free)
    trials = []
    for number in range(_BLOCKS):
        keep = (block != number) * weights
        trials.append(_least(basis, values, keep)[0] / strength[0])
    spread = np.array(trials) - found[0] / strength[0]
    error = float(np.sqrt((_BLOCKS - 1) / _BLOCKS * np.square(spread).sum()))
    share = float(found[0] / strength[0])
    if error > _WELL:
        return Readout(None, error)
    if abs(share) < max(_LEAST, 2 * error):
        return Readout(0.0, error)
    believed = share > _CLEAR * error and share < _MOST and rest < _MOST_LEFT * without
    return Readout(min(share, 1.0) if believed else None, error)


def _robust(basis: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weights = np.ones(len(values))
    found = np.zeros(basis.shape[1])
    for _ in range(_ROUNDS):
        found = _least(basis, values, weights)
        off = np.abs(values - basis @ found)
        scale = max(1.48 * float(np.quantile(off, 0.7)), _FINEST)
        weights = geman_mcclure(off, 2 * scale)
    return found, weights


def _least(basis: np.ndarray, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    normal = basis.T @ (weights[:, None] * basis)
    normal += 1e-9 * np.trace(normal) * np.eye(len(normal))
    return np.linalg.solve(normal, basis.T @ (weights * values))


def _speeds(steps: Motion) -> Motion:
    """Derivative at each frame of the natural cubic spline through the summed steps."""
    count = len(steps)
    if count < 3:
        return np.repeat(steps[-1:], count, axis=0)
    matrix = np.diag(np.full(count, 4.0))
    matrix += np.diag(np.ones(count - 1), 1) + np.diag(np.ones(count - 1), -1)
    matrix[0, 0] = matrix[-1, -1] = 2.0
    wanted = np.empty_like(steps)
    wanted[1:-1] = 3 * (steps[1:-1] + steps[2:])
    wanted[0], wanted[-1] = 3 * steps[1], 3 * steps[-1]
    return np.asarray(np.linalg.solve(matrix, wanted.reshape(count, -1)).reshape(steps.shape))


def _centred(size: tuple[int, int]) -> Map:
    x, y = (size[0] - 1) / 2, (size[1] - 1) / 2
    return np.array([[1, 0, -x], [0, 1, -y], [0, 0, size[0]]]) / size[0]


def _logarithm(matrix: Map) -> Map | None:
    """Of a map near the identity, its last element 0; None where it is too far off."""
    determinant = float(np.linalg.det(matrix))
    if not np.isfinite(determinant) or determinant <= 0:
        return None
    off = matrix / np.cbrt(determinant) - np.eye(3)
    if float(np.linalg.norm(off)) > 0.5:
        return None
    power, result = off, off.copy()
    for number in range(2, _SETTLING):
        power = -power @ off
        result = result + power / number
    return np.asarray(result - result[2, 2] * np.eye(3))
